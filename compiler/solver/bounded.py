"""Customers with few events, exactly: where the solver looks for a witness.

Each table of events has a handful of rows; each stands for one or more equal events, so that
ten opens need one row. Every kernel, window and sequence has its exact meaning here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

from segue.compiler.catalog.model import TableEvent
from segue.compiler.operators.solver_terms import (
    Z3,
    Term,
    Truth,
    all_of,
    any_of,
    chosen,
    implied,
    opposite,
    truth,
    z3,
)
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, Step
from segue.compiler.plan.windows import Bounds, LastEvents, bounds
from segue.compiler.solver.rows import Reading, Row
from segue.compiler.solver.world import World, aggregates, finished

MOST_EQUAL_BITS = 8
_SINGLE_ROWS = frozenset({Kernel.SUM, Kernel.MODE})


@dataclass(frozen=True, slots=True)
class Group:
    """A row, whether the customer has it, and how many equal events it stands for."""

    row: Row
    used: Z3
    size: Z3
    bits: tuple[Z3, ...] = ()

    def times(self, value: Z3) -> Z3:
        """`size · value`, written so that it stays linear."""
        if not self.bits:
            return self.size * value
        return z3.Sum(*(z3.If(bit, value * 2**n, 0) for n, bit in enumerate(self.bits)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row of step 0 of an aggregate with the event it is read as, and whether it counts."""

    group: Group
    event: TableEvent
    counts: Truth

    @property
    def reading(self) -> Reading:
        """The row, for the expressions over it."""
        return Reading({0: (self.group.row, self.event)})


class BoundedHistory:
    """The events of a customer: at most `rows` groups of equal ones in each table."""

    def __init__(self, world: World, rows: int) -> None:
        self.world = world
        self._rows = rows
        self._terms: dict[int, Term] = {}
        self.groups: dict[str, list[Group]] = {}
        self._weighed = frozenset(_weighed_tables(world))

    def aggregate(self, node: Expr) -> Term:
        """The result of a fold of events."""
        if node.id not in self._terms:
            aggregate = node.param
            assert isinstance(aggregate, Aggregate)
            self._terms[node.id] = _fold(self.world, aggregate, self._chosen(aggregate))
        return self._terms[node.id]

    def _of_table(self, table: str) -> list[Group]:
        if table not in self.groups:
            made = [self._group(table, number) for number in range(self._rows)]
            for earlier, later in pairwise(made):
                self.world.fact(implied(later.used, earlier.used))
            self.groups[table] = made
        return self.groups[table]

    def _group(self, table: str, number: int) -> Group:
        name = f"{table}[{number}]"
        row, used = Row(name, table), z3.Bool(f"{name} is used")
        if table not in self._weighed:
            size = z3.Int(f"{name} times")
            self.world.fact(size >= 1)
            return Group(row, used, size)
        bits = tuple(z3.Bool(f"{name} times {2**n}") for n in range(MOST_EQUAL_BITS))
        self.world.fact(z3.Or(*bits))
        size = z3.Sum(*(z3.If(bit, 2**n, 0) for n, bit in enumerate(bits)))
        return Group(row, used, size, bits)

    def _chosen(self, aggregate: Aggregate) -> list[Chosen]:
        return [
            Chosen(group, event, self._counts(aggregate, group, event))
            for event in self.world.catalog.members(aggregate.event)
            for group in self._of_table(str(event.table))
        ]

    def _counts(self, aggregate: Aggregate, group: Group, event: TableEvent) -> Truth:
        world, row = self.world, group.row
        reading = Reading({0: (row, event)})
        time = row.time(world, event)
        within = [self._happened(group, event)]
        if isinstance(aggregate.window, LastEvents):
            within.append(self._is_among_last(aggregate.window.count, group, event))
        else:
            within.append(_inside(time, bounds(aggregate.window, world.binding)))
        where = True if aggregate.where is None else truth(world.lower(aggregate.where, reading))
        return all_of(*within, where, self._followed(aggregate.steps, 1, reading, time))

    def _happened(self, group: Group, event: TableEvent) -> Truth:
        """The customer has the row, it is one of this event, and not in the future."""
        time = group.row.time(self.world, event)
        as_of = self.world.binding.as_of
        return all_of(group.used, group.row.is_of(self.world, event), time <= as_of)

    def _is_among_last(self, count: int, group: Group, event: TableEvent) -> Truth:
        time = group.row.time(self.world, event)
        self.world.fact(group.size == 1)
        later = []
        for other in self._of_table(str(event.table)):
            if other is not group:
                others = other.row.time(self.world, event)
                # Ids break ties; the witness numbers rows in their own order.
                self.world.fact(implied(all_of(group.used, other.used), others != time))
                later.append(z3.If(all_of(self._happened(other, event), others > time), 1, 0))
        return z3.Sum(*later, 0) < count

    def _followed(self, steps: tuple[Step, ...], place: int, reading: Reading, time: Z3) -> Truth:
        """Whether the steps, of which the first has a place, can be taken after an instant."""
        if not steps:
            return True
        step, rest, world = steps[0], steps[1:], self.world
        as_of = world.binding.as_of
        found = []
        for event in world.catalog.members(step.event):
            for group in self._of_table(str(event.table)):
                at = group.row.time(world, event)
                inner = Reading({**reading.rows, place: (group.row, event)})
                near = True if step.within is None else at <= time + step.within
                where = True if step.where is None else truth(world.lower(step.where, inner))
                takes = all_of(self._happened(group, event), at > time, near, where)
                onwards = True if step.negated else self._followed(rest, place + 1, inner, at)
                found.append(all_of(takes, onwards))
        if not step.negated:
            return any_of(*found)
        over = True if step.within is None else time + step.within <= as_of
        return all_of(
            over, opposite(any_of(*found)), self._followed(rest, place + 1, reading, time)
        )


def _weighed_tables(world: World) -> Iterator[str]:
    """The tables whose values are added up."""
    for node in aggregates(world.nodes):
        aggregate = node.param
        assert isinstance(aggregate, Aggregate)
        if aggregate.kernel in _SINGLE_ROWS:
            yield from (str(e.table) for e in world.catalog.members(aggregate.event))


def _inside(time: Z3, window: Bounds) -> Truth:
    after = True if window.after is None else time > window.after
    return all_of(after, time <= window.until)


def _fold(world: World, aggregate: Aggregate, rows: list[Chosen]) -> Term:
    if aggregate.value is None:
        return Term(z3.Sum(*(z3.If(finished(r.counts), r.group.size, 0) for r in rows), 0))
    assert aggregate.kernel is not Kernel.COLLECT, "states are not looked into"
    values = [world.lower(aggregate.value, row.reading) for row in rows]
    counts = [all_of(row.counts, value.present) for row, value in zip(rows, values, strict=True)]
    some = any_of(*counts)
    match aggregate.kernel:
        case Kernel.COUNT:
            return Term(_total(counts, (row.group.size for row in rows)))
        case Kernel.SUM:
            pairs = zip(rows, values, strict=True)
            return Term(_total(counts, (row.group.times(value.value) for row, value in pairs)))
        case Kernel.DISTINCT:
            return Term(_distinct(counts, values))
        case Kernel.MIN | Kernel.MAX:
            least = aggregate.kernel is Kernel.MIN
            keys: list[tuple[Z3, ...]] = [(value.value,) for value in values]
            return Term(_best(values, counts, keys, least), some)
        case Kernel.FIRST | Kernel.LAST:
            least = aggregate.kernel is Kernel.FIRST
            times = [row.group.row.time(world, row.event) for row in rows]
            keys = [(time, v.value) for time, v in zip(times, values, strict=True)]
            return Term(_best(values, counts, keys, least), some)
        case Kernel.MODE:
            weights = [_weight(world, aggregate, row) for row in rows]
            return Term(_mode(counts, values, weights), some)


def _total(counts: list[Truth], amounts: Iterable[Z3]) -> Z3:
    pairs = zip(counts, amounts, strict=True)
    return z3.Sum(*(z3.If(finished(counts), amount, 0) for counts, amount in pairs), 0)


def _distinct(counts: list[Truth], values: list[Term]) -> Z3:
    first = []
    for place, (counted, value) in enumerate(zip(counts, values, strict=True)):
        earlier = (all_of(counts[i], values[i].value == value.value) for i in range(place))
        first.append(z3.If(finished(all_of(counted, opposite(any_of(*earlier)))), 1, 0))
    return z3.Sum(*first, 0)


def _best(
    values: list[Term],
    counts: list[Truth],
    keys: list[tuple[Z3, ...]],
    least: bool,
) -> Z3:
    """The value with the least or the greatest key; of anything where none counts."""
    best = values[-1].value
    for place in range(len(values) - 2, -1, -1):
        beats = (
            implied(counts[other], _not_after(keys[place], keys[other], least))
            for other in range(place + 1, len(values))
        )
        best = chosen(all_of(counts[place], *beats), values[place].value, best)
    return best


def _not_after(a: tuple[Z3, ...], b: tuple[Z3, ...], least: bool) -> Truth:
    """`a` comes before `b` in the order that is asked for, or equals it."""
    if isinstance(a[0], bool) or z3.is_bool(a[0]):
        return implied(a[0], b[0]) if least else implied(b[0], a[0])
    before = a[0] < b[0] if least else a[0] > b[0]
    if len(a) == 1:
        return any_of(before, a[0] == b[0])
    return any_of(before, all_of(a[0] == b[0], _not_after(a[1:], b[1:], least)))


def _weight(world: World, aggregate: Aggregate, row: Chosen) -> Z3:
    if aggregate.weight is None:
        return row.group.size
    weight = world.lower(aggregate.weight, row.reading)
    return row.group.times(chosen(weight.present, weight.value, z3.IntVal(0)))


def _mode(counts: list[Truth], values: list[Term], weights: list[Z3]) -> Z3:
    totals = [
        _total(
            [
                all_of(c, other.value == value.value)
                for c, other in zip(counts, values, strict=True)
            ],
            weights,
        )
        for value in values
    ]
    keys = [(-total, value.value) for total, value in zip(totals, values, strict=True)]

    def better(best: tuple[Any, Any, Truth], place: int) -> tuple[Any, Any, Truth]:
        key, value, there = best
        takes = all_of(
            counts[place], any_of(opposite(there), _not_after(keys[place], key, least=True))
        )
        return (
            tuple(chosen(takes, a, b) for a, b in zip(keys[place], key, strict=True)),
            chosen(takes, values[place].value, value),
            any_of(there, counts[place]),
        )

    first = (keys[0], values[0].value, counts[0])
    return reduce(better, range(1, len(values)), first)[1]
