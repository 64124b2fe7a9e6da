"""Evaluates a plan from attributes and events held in memory.

For tests of rules, small data, explanations and the replay of a solver's witness; the meaning
is the reference for the other backends. Filters and values over rows are generated functions;
so is the walk over the expressions of the entity.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import ROW_LEAVES, Aggregate, Expr, Scored, children, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.scores import score
from segue.compiler.plan.windows import Binding, LastEvents, bounds
from segue.compiler.python import access, boundary, support
from segue.compiler.python.boundary import reader, to_user
from segue.compiler.python.function import instant
from segue.compiler.python.kernels import (
    AT,
    FIRST_PROPERTY,
    ID,
    BoundStep,
    Row,
    fold,
    follows,
    latest,
)
from segue.compiler.python.module import Module, call, item, name
from segue.compiler.python.profile import History, Profile
from segue.compiler.python.scalar import Leaf, Lowered, Lowering, needed
from segue.compiler.python.snapshot import Snapshot, dependent, population_nodes, standings
from segue.compiler.scores.scorer import is_served, scorers

Functions = tuple[Callable[..., Any] | None, ...]
"""The filter, the value and the weight of a row, then the filters of the steps."""


def compile_evaluator(plan: Plan) -> "Evaluator":
    """An evaluator of everything the plan names, and of any other expression of its graph."""
    return Evaluator(plan)


class Evaluator:
    """Evaluates profiles; programs are compiled when first needed and kept."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._dependent = dependent(plan)
        self._programs: dict[frozenset[int], _Program] = {}

    def read(self, profile: Profile) -> History:
        """The profile, read once to be evaluated at many instants."""
        return History(profile, self.plan.catalog)

    def evaluate(
        self,
        profile: Profile | History,
        as_of: datetime | int,
        snapshot: Snapshot | None = None,
    ) -> "Evaluation":
        """The profile at an instant (a datetime, or microseconds since the epoch).

        What compares it with everybody is read off the snapshot; without one, asking for that
        raises `NeedsSnapshot`.
        """
        evaluation = self.evaluation(profile, as_of, snapshot)
        named = (self.plan.metrics, self.plan.conditions, self.plan.segments)
        roots = [definition.expr for group in named for definition in group.values()]
        evaluation.compute([r for r in roots if snapshot or r.id not in self._dependent])
        return evaluation

    def evaluation(
        self,
        profile: Profile | History,
        as_of: datetime | int,
        snapshot: Snapshot | None = None,
    ) -> "Evaluation":
        """The profile at an instant, of which only what is asked for is computed."""
        history = self.read(profile) if isinstance(profile, Profile) else profile
        return Evaluation(self, history, instant(as_of), snapshot)

    def program(self, roots: Iterable[Expr]) -> "_Program":
        """What computes the roots and all they need."""
        roots = tuple(roots)
        key = frozenset(root.id for root in roots)
        if key not in self._programs:
            self._programs[key] = _Program(self.plan, roots)
        return self._programs[key]


class Evaluation:
    """The values of one profile at one instant."""

    def __init__(
        self, evaluator: Evaluator, history: History, as_of: int, snapshot: Snapshot | None
    ) -> None:
        self.as_of = as_of
        self.snapshot = snapshot
        self._evaluator = evaluator
        self._history = history
        self._values: dict[int, Any] = {}

    def compute(self, roots: Iterable[Expr]) -> None:
        """Make these values, and those of the expressions they are made of, known."""
        program = self._evaluator.program(roots)
        self._values.update(program.run(self._history, self.as_of, self.snapshot))

    def value(self, expr: Expr) -> Any:
        """The value of an expression of the entity, in representation; None is missing."""
        if expr.id not in self._values:
            self.compute([expr])
        return self._values[expr.id]

    def shown(self, expr: Expr) -> Any:
        """The value as a program sees it: decimals, datetimes, timedeltas."""
        return to_user(self.value(expr), expr.type)

    def score(self, condition: Expr) -> float:
        """The match score of a condition."""
        found: float = self.value(score(self._evaluator.plan, condition))
        return found

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics by name, as a program sees them."""
        return self._named(self._evaluator.plan.metrics)

    @property
    def conditions(self) -> dict[str, bool]:
        """The named conditions."""
        return self._named(self._evaluator.plan.conditions)

    @property
    def segments(self) -> dict[str, bool]:
        """The segments, and whether the profile belongs."""
        return self._named(self._evaluator.plan.segments)

    @property
    def scores(self) -> dict[str, float]:
        """The segments, and how near the profile is to each."""
        segments = self._evaluator.plan.segments
        return {title: self.score(segment.expr) for title, segment in segments.items()}

    @property
    def members(self) -> tuple[str, ...]:
        """The segments the profile belongs to."""
        return tuple(title for title, belongs in self.segments.items() if belongs)

    def _named(self, definitions: Mapping[str, Definition]) -> dict[str, Any]:
        return {title: self.shown(found.expr) for title, found in definitions.items()}


class _Program:
    """One generated function that computes expressions of the entity, arguments first."""

    def __init__(self, plan: Plan, roots: Iterable[Expr]) -> None:
        catalog = plan.catalog
        module = Module(support, boundary, access)
        module.names["zone"] = self._zone = ZoneInfo(catalog.timezone)
        rows = rows_among(roots)
        nodes = [node for node in reachable(roots) if node.id not in rows]
        # Named twice, so that each becomes a variable.
        module.standings = standings(plan, population_nodes(nodes))
        module.scorers = scorers(plan, nodes)
        lowering = _EntityLowering(module, catalog, self._zone, rows, [*nodes, *nodes])
        self._ids = [node.id for node in nodes]
        results: list[ast.expr] = [lowering.value(node) for node in nodes]
        body = [*lowering.statements, ast.Return(ast.Tuple(results, ast.Load()))]
        self._function = module.define("values", ("history", "as_of", "snapshot"), body)
        self.source = module.text

    def run(self, history: History, as_of: int, snapshot: Snapshot | None) -> dict[int, Any]:
        """The values by expression."""
        return dict(zip(self._ids, self._function(history, as_of, snapshot), strict=True))


def rows_among(roots: Iterable[Expr]) -> frozenset[int]:
    """Which of the needed expressions read an event row."""
    found: set[int] = set()
    for node in reachable(roots):
        if node.op in ROW_LEAVES or any(arg.id in found for arg in node.args):
            found.add(node.id)
    return frozenset(found)


class _EntityLowering(Lowering):
    def __init__(
        self,
        module: Module,
        catalog: Catalog,
        zone: ZoneInfo,
        rows: frozenset[int],
        roots: Iterable[Expr],
    ) -> None:
        self._catalog, self._zone, self._rows = catalog, zone, rows
        super().__init__(module, {}, roots)

    def arguments(self, node: Expr) -> tuple[Expr, ...]:
        """The operands, or for an aggregate what its rows are compared with."""
        if isinstance(node.param, Aggregate):
            return outer(node, self._rows)
        return () if is_served(node) else node.args

    def lower_leaf(self, node: Expr) -> Lowered:
        """An attribute that is read, or events that are folded."""
        if node.op == "attribute":
            return self._given(str(node.param), node)
        if isinstance(node.param, Scored):
            # From a table that a process does not have: given beside the attributes.
            return self._given(node.param.score, node)
        assert isinstance(node.param, Aggregate)
        given = self.arguments(node)
        may_miss = {arg.id: self._lowered[arg.id].may_miss for arg in given}
        function = _fold_function(self.module, self._catalog, node, given, may_miss)
        bound = Fold(node.param, function, self._zone)
        values = (self.value(arg) for arg in given)
        tree = call(self.module.bind(bound), name("history"), name("as_of"), *values)
        return Lowered(tree, node.type.nullable, False)

    def _given(self, title: str, node: Expr) -> Lowered:
        attributes = ast.Attribute(name("history"), "attributes", ast.Load())
        found = call("lookup", attributes, self.module.constant(title))
        tree = call(self.module.bind(reader(node.type)), found)
        return Lowered(tree, True, False)


def outer(node: Expr, rows: frozenset[int]) -> tuple[Expr, ...]:
    """The expressions of the entity that the rows of an aggregate are compared with."""
    found: dict[int, Expr] = {}
    stack = list(children(node))
    while stack:
        part = stack.pop()
        if part.id in rows:
            stack.extend(part.args)
        elif part.op not in ("literal", "as_of"):
            found[part.id] = part
    return tuple(found[i] for i in sorted(found))


@dataclass(frozen=True, eq=False)
class Fold:
    """An aggregate bound to its generated functions."""

    aggregate: Aggregate
    functions: Callable[..., Functions]
    zone: ZoneInfo

    def __call__(self, history: History, as_of: int, *outer: Any) -> Any:
        """The result over the events of one profile."""
        aggregate = self.aggregate
        where, value, weight, *filters = self.functions(as_of, *outer)
        binding = Binding(as_of, self.zone)
        rows = history.rows(aggregate.event).between(bounds(aggregate.window, binding))
        if isinstance(aggregate.window, LastEvents):
            rows = latest(rows, aggregate.window.count)
        if where is not None:
            rows = [row for row in rows if where(row)]
        if aggregate.steps:
            rows = self._followed(history, as_of, rows, filters)
        return fold(aggregate.kernel, rows, value, weight)

    def _followed(
        self,
        history: History,
        as_of: int,
        rows: Iterable[Row],
        filters: Iterable[Callable[..., bool] | None],
    ) -> list[Row]:
        steps = [
            BoundStep(history.rows(step.event), step.negated, step.within, where)
            for step, where in zip(self.aggregate.steps, filters, strict=True)
        ]
        return [row for row in rows if follows(steps, (row,), row[AT], as_of)]


def _fold_function(
    module: Module,
    catalog: Catalog,
    node: Expr,
    given: tuple[Expr, ...],
    may_miss: Mapping[int, bool],
) -> Callable[..., Functions]:
    """The function that binds the filters of an aggregate to the values of the entity."""
    aggregate = node.param
    assert isinstance(aggregate, Aggregate)
    events = (aggregate.event, *(step.event for step in aggregate.steps))
    leaves = {arg.id: Leaf(name(f"n{arg.id}"), may_miss[arg.id], simple=True) for arg in given}
    for row in rows_inside(node):
        leaves[row.id] = _row_leaf(catalog, events, row)
    parts = [
        ("where", aggregate.where, 1, True),
        ("value", aggregate.value, 1, False),
        ("weight", aggregate.weight, 1, False),
    ]
    parts += [
        (f"step_{i}", step.where, i + 1, True) for i, step in enumerate(aggregate.steps, start=1)
    ]
    body: list[ast.stmt] = []
    results: list[ast.expr] = []
    for title, expr, depth, truth in parts:
        if expr is None:
            results.append(ast.Constant(None))
        else:
            body.append(_row_function(module, leaves, title, expr, depth, truth))
            results.append(name(title))
    body.append(ast.Return(ast.Tuple(results, ast.Load())))
    return module.define(f"fold_{node.id}", ("as_of", *(f"n{arg.id}" for arg in given)), body)


def rows_inside(node: Expr) -> list[Expr]:
    """The row leaves of an aggregate itself, not of aggregates inside it."""
    return [part for part in needed(children(node), ()) if part.op in ROW_LEAVES]


def _row_leaf(catalog: Catalog, events: tuple[str, ...], leaf: Expr) -> Leaf:
    if leaf.op == "property":
        assert isinstance(leaf.param, tuple)
        step, title = leaf.param
        place = FIRST_PROPERTY + list(catalog.events[events[step]].properties).index(title)
        return Leaf(item(name(f"r{step}"), place), True)
    assert isinstance(leaf.param, int)
    place = AT if leaf.op == "event_time" else ID
    return Leaf(item(name(f"r{leaf.param}"), place), leaf.op == "event_id")


def _row_function(
    module: Module, leaves: Mapping[int, Leaf], title: str, expr: Expr, depth: int, truth: bool
) -> ast.stmt:
    lowering = Lowering(module, leaves, [expr])
    result = lowering.truth(expr) if truth else lowering.value(expr)
    return ast.FunctionDef(
        name=title,
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(arg=f"r{step}") for step in range(depth)],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[*lowering.statements, ast.Return(result)],
        decorator_list=[],
        lineno=1,
    )
