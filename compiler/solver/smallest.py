"""Makes a customer small and readable: few events, few of a kind, round numbers and ages."""

from collections.abc import Iterator
from typing import Any

from segue.compiler.operators.solver_terms import Z3, any_of, z3
from segue.compiler.plan.windows import DAY
from segue.compiler.solver.bounded import BoundedHistory, Group
from segue.compiler.solver.world import World
from segue.compiler.types import FLOATS, INTEGERS, Kind, Type

HOUR = DAY // 24
AGES = tuple(HOUR * n for n in (1, 2, 6, 12)) + tuple(
    DAY * n
    for n in (
        1,
        2,
        3,
        5,
        6,
        8,
        10,
        12,
        14,
        15,
        20,
        25,
        29,
        31,
        40,
        50,
        59,
        61,
        70,
        80,
        89,
        91,
        100,
        120,
        150,
        181,
        200,
        300,
        366,
        400,
        500,
        731,
        1000,
        2000,
    )
)
MODEST = 15
SMALL = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)


def smaller_models(solver: Any, model: Any, world: World, history: BoundedHistory) -> Iterator[Any]:
    """A smaller model, and the one it started from in case that one does not stand up."""
    small = _Smaller(solver, model)
    solver.push()
    for groups in history.groups.values():
        for group in reversed(groups):
            small.prefer(z3.Not(group.used))
    for groups in history.groups.values():
        for group in groups:
            if small.is_true(group.used):
                small.least(group.size)
    for term, type in world.attributes.values():
        _simplify(small, term.value, type, world)
    for groups in history.groups.values():
        for group in groups:
            if small.is_true(group.used):
                _simplify_row(small, group, world)
    solver.pop()
    yield small.model
    if small.model is not model:
        yield model


def modest_models(solver: Any, model: Any, _world: World, history: BoundedHistory) -> Iterator[Any]:
    """A model with few equal events, where there is one, else the one it started from.

    A first model may well have ten thousand of them, which take long to evaluate.
    """
    sizes = [group.size for groups in history.groups.values() for group in groups]
    if any(model.eval(size, model_completion=True).as_long() > MODEST for size in sizes):
        solver.push()
        solver.add(*(size <= MODEST for size in sizes))
        if solver.check() == z3.sat:
            model = solver.model()
        solver.pop()
    yield model


class _Smaller:
    """Adds wishes to a solver one after another, each if it can be had with those before."""

    def __init__(self, solver: Any, model: Any) -> None:
        self.solver, self.model = solver, model

    def is_true(self, value: Z3) -> bool:
        return bool(z3.is_true(self.model.eval(value, model_completion=True)))

    def prefer(self, wish: Z3) -> bool:
        """Keeps a wish if it can be had."""
        if not self.is_true(wish):
            self.solver.push()
            self.solver.add(wish)
            if self.solver.check() != z3.sat:
                self.solver.pop()
                return False
            self.model = self.solver.model()
            self.solver.pop()
        self.solver.add(wish)
        return True

    def least(self, value: Z3) -> None:
        """Makes a whole number as small as can be, by halves."""
        low, high = 1, self.model.eval(value, model_completion=True).as_long()
        while low < high:
            middle = (low + high) // 2
            self.solver.push()
            self.solver.add(value <= middle)
            if self.solver.check() == z3.sat:
                self.model = self.solver.model()
                high = self.model.eval(value, model_completion=True).as_long()
            else:
                low = middle + 1
            self.solver.pop()
        self.solver.add(value == high)


def _simplify_row(small: _Smaller, group: Group, world: World) -> None:
    for term, type in group.row.columns.values():
        _simplify(small, term.value, type, world)


def _simplify(small: _Smaller, value: Z3, type: Type, world: World) -> None:
    """Wishes for a value that reads well."""
    match type.kind:
        case Kind.TIMESTAMP:
            as_of = world.binding.as_of
            small.prefer(any_of(*(value == as_of - age for age in AGES)))
        case Kind.DATE:
            small.prefer(z3.And(value % 365 == 0, value >= 0, value <= 20_000))
        case Kind.DURATION:
            _ = small.prefer(value % DAY == 0) or small.prefer(value % 1_000_000 == 0)
        case kind if kind in INTEGERS:
            unit = 10**type.scale
            small.prefer(any_of(*(value == n * unit for n in SMALL)))
        case kind if kind in FLOATS:
            small.prefer(any_of(*(value == z3.Q(n, 100) for n in (0, 5, 10, 20, 50, 80, 100))))
