"""Predicates over metric values: who belongs to which segment, from values already computed.

The caller's values: bool, int, float, str, `Decimal` or int for decimals, `timedelta` for
durations, `datetime` for timestamps (without a zone: UTC), `date` for dates, and a ratio as
the float 0.15. Missing are None, NaN, an infinite float, and an absent key or attribute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.scores import score
from segue.compiler.python.access import Shape, access
from segue.compiler.python.function import (
    Evaluate,
    careful_function,
    fast_function,
    make_module,
)
from segue.compiler.python.inputs import Input, find_inputs
from segue.compiler.python.module import Module


@dataclass(frozen=True)
class Predicates:
    """Compiled segments.

    `evaluate(values, as_of=None)` gives one truth per segment, in the order of `segments`. It
    is the generated function itself, so calling it costs nothing on top. `as_of` is needed
    only where a segment compares a timestamp with it.
    """

    segments: tuple[str, ...]
    inputs: tuple[Input, ...]
    evaluate: Evaluate
    careful: Evaluate = field(repr=False)
    _scores: Evaluate = field(repr=False)
    _source: Callable[[], str] = field(repr=False)

    @property
    def source(self) -> str:
        """What was generated, as Python text for people."""
        return self._source()

    def members(self, values: Any, as_of: Any = None) -> tuple[str, ...]:
        """The segments these values belong to."""
        return tuple(compress(self.segments, self.evaluate(values, as_of)))

    def mask(self, values: Any, as_of: Any = None) -> int:
        """The segments these values belong to, as bits: bit i for `segments[i]`."""
        bits = 0
        for place, member in enumerate(self.evaluate(values, as_of)):
            if member:
                bits |= 1 << place
        return bits

    def scores(self, values: Any, as_of: Any = None) -> tuple[float, ...]:
        """The match score of each segment: 1 for members, less for those who are not."""
        return self._scores(values, as_of)


def compile_predicates(
    plan: Plan,
    segments: Iterable[str] | None = None,
    shape: Shape = "mapping",
    columns: Sequence[str] | None = None,
) -> Predicates:
    """Compile segments (all by default) to one function over metric values.

    `shape` says what `evaluate` is given; for `row`, `columns` names the places of the row.
    Raises `UnnamedAggregate` where a segment counts events without naming the metric.
    """
    names = tuple(plan.segments) if segments is None else tuple(segments)
    roots = {title: plan.segments[title].expr for title in names}
    inputs = find_inputs(plan, roots)
    how = access(inputs.inputs, shape, columns)
    module = make_module(plan.catalog.timezone)
    careful = _on_demand(lambda: careful_function(module, inputs, how, roots.values()))
    module.names["careful"] = careful
    evaluate = fast_function(module, inputs, how, roots.values(), "careful")
    order = tuple(i.name for i in inputs.inputs) if columns is None else columns
    scores = _on_demand(lambda: _score_function(plan, roots, shape, order))
    return Predicates(names, inputs.inputs, evaluate, careful, scores, module.text)


def _score_function(
    plan: Plan, roots: Mapping[str, Expr], shape: Shape, columns: Sequence[str]
) -> Evaluate:
    """The scores: they look inside named conditions, and so may need more than the truths do.

    Raises `UnnamedAggregate` where what they need has no name, and `ValueError` where a row
    lacks it.
    """
    build = Build(plan.graph, plan.catalog)
    scored = {title: score(build, root) for title, root in roots.items()}
    inputs = find_inputs(plan, scored)
    how = access(inputs.inputs, shape, columns if shape == "row" else None)
    module: Module = make_module(plan.catalog.timezone)
    return careful_function(module, inputs, how, scored.values(), truths=False)


def _on_demand(make: Callable[[], Evaluate]) -> Evaluate:
    """A function that is compiled when it is first called."""
    made: list[Evaluate] = []

    def evaluate(values: Any, as_of: Any = None) -> tuple[Any, ...]:
        if not made:
            made.append(make())
        return made[0](values, as_of)

    return evaluate
