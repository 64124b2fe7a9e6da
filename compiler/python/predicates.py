"""Predicates over metric values: who belongs to which segment, from values already computed.

The caller's values: bool, int, float, str, `Decimal` or int for decimals, `timedelta` for
durations, `datetime` for timestamps (without a zone: UTC), `date` for dates, and a ratio as
the float 0.15. Missing are None, NaN, an infinite float, and an absent key or attribute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.scores import score
from segue.compiler.python.access import Access, Shape, access
from segue.compiler.python.function import (
    Evaluate,
    careful_function,
    fast_function,
    make_module,
)
from segue.compiler.python.inputs import Input, Inputs, find_inputs
from segue.compiler.python.module import Module
from segue.compiler.python.snapshot import Snapshot
from segue.compiler.python.tables import (
    computed_truths,
    lay_out,
    mask_function,
    names_of,
    pack,
    unpack,
)

# Measured: with fewer segments, testing their conditions is faster than looking up tables.
LARGE = 150


@dataclass(frozen=True)
class Predicates:
    """Compiled segments.

    `evaluate(values, as_of=None)` gives one truth per segment, in the order of `segments`.
    `mask(values, as_of=None)` gives them as the bits of a number, the lowest for `segments[0]`.
    For a small ruleset `evaluate` is the generated function itself, so calling it costs nothing
    on top; for a large one that is `mask`, and `segments` is in an order of its own. `as_of` is
    needed only where a segment depends on time beyond what its metrics already hold.
    """

    segments: tuple[str, ...]
    inputs: tuple[Input, ...]
    evaluate: Evaluate
    mask: Callable[..., int]
    careful: Evaluate = field(repr=False)
    _scores: Evaluate = field(repr=False)
    _source: Callable[[], str] = field(repr=False)

    @property
    def source(self) -> str:
        """What was generated, as Python text for people."""
        return self._source()

    def members(self, values: Any, as_of: Any = None) -> tuple[str, ...]:
        """The segments these values belong to."""
        return names_of(self.mask(values, as_of), self.segments)

    def scores(self, values: Any, as_of: Any = None) -> tuple[float, ...]:
        """The match score of each segment: 1 for members, less for those who are not."""
        return self._scores(values, as_of)


def compile_predicates(
    plan: Plan,
    segments: Iterable[str] | None = None,
    shape: Shape = "mapping",
    columns: Sequence[str] | None = None,
    tables: bool | None = None,
    snapshot: Snapshot | None = None,
) -> Predicates:
    """Compile segments (all by default) for evaluation over metric values.

    `shape` says what `evaluate` is given; for `row`, `columns` names the places of the row.
    `tables` asks for tables or for one function; by default the number of segments decides.
    With a `snapshot`, population functions follow from the values that they compare; without
    one, a metric that is named with one is an input like any other.
    Raises `UnnamedAggregate` where a segment counts events without naming the metric.
    """
    names = tuple(plan.segments) if segments is None else tuple(segments)
    roots = {title: plan.segments[title].expr for title in names}
    inputs = find_inputs(plan, roots, compared=snapshot is not None)
    how = access(inputs.inputs, shape, columns)
    parts = _Parts(plan, inputs, how, make_module(plan, roots.values(), snapshot), snapshot)
    large = len(names) >= LARGE if tables is None else tables
    return _with_tables(parts, roots) if large else _with_function(parts, roots)


@dataclass(frozen=True, slots=True)
class _Parts:
    plan: Plan
    inputs: Inputs
    access: Access
    module: Module
    snapshot: Snapshot | None

    def careful(self, title: str, roots: Iterable[Expr]) -> Evaluate:
        """The careful function of some roots, under a global name; compiled when needed."""
        roots = tuple(roots)
        function = _on_demand(
            lambda: careful_function(self.module, self.inputs, self.access, roots)
        )
        self.module.names[title] = function
        return function

    def scores(self, roots: Mapping[str, Expr]) -> Evaluate:
        """The match scores of some roots; compiled when needed.

        Scores look inside named conditions, and so may need more than the truths do: the first
        call raises `UnnamedAggregate` where that has no name.
        """

        def make() -> Evaluate:
            scored = {title: score(self.plan, root) for title, root in roots.items()}
            inputs = find_inputs(self.plan, scored, compared=self.snapshot is not None)
            shape, columns = self.access.shape, list(self.access.positions)
            how = access(inputs.inputs, shape, columns if shape == "row" else None)
            module = make_module(self.plan, scored.values(), self.snapshot)
            return careful_function(module, inputs, how, scored.values(), truths=False)

        return _on_demand(make)


def _with_function(parts: _Parts, roots: Mapping[str, Expr]) -> Predicates:
    careful = parts.careful("careful", roots.values())
    evaluate = fast_function(parts.module, parts.inputs, parts.access, roots.values(), "careful")

    def mask(values: Any, as_of: Any = None) -> int:
        return pack(map(bool, evaluate(values, as_of)[::-1]))

    return Predicates(
        segments=tuple(roots),
        inputs=parts.inputs.inputs,
        evaluate=evaluate,
        mask=mask,
        careful=careful,
        _scores=parts.scores(roots),
        _source=parts.module.text,
    )


def _with_tables(parts: _Parts, roots: Mapping[str, Expr]) -> Predicates:
    layout = lay_out(roots, parts.inputs)
    order = (*layout.tabled, *layout.rest)
    careful = parts.careful("careful", [roots[title] for title in order])
    parts.careful("truths_careful", computed_truths(layout, parts.inputs))
    parts.careful("rest_careful", [roots[title] for title in reversed(layout.rest)])

    def careful_mask(values: Any, as_of: Any = None) -> int:
        return pack(careful(values, as_of)[::-1])

    parts.module.names["careful_mask"] = careful_mask
    mask = mask_function(parts.module, parts.inputs, parts.access, roots, layout, "careful_mask")

    def evaluate(values: Any, as_of: Any = None) -> tuple[bool, ...]:
        return unpack(mask(values, as_of), len(order))

    return Predicates(
        segments=order,
        inputs=parts.inputs.inputs,
        evaluate=evaluate,
        mask=mask,
        careful=careful,
        _scores=parts.scores({title: roots[title] for title in order}),
        _source=parts.module.text,
    )


def _on_demand(make: Callable[[], Evaluate]) -> Evaluate:
    """A function that is compiled when it is first called."""
    made: list[Evaluate] = []

    def evaluate(values: Any, as_of: Any = None) -> tuple[Any, ...]:
        if not made:
            made.append(make())
        return made[0](values, as_of)

    return evaluate
