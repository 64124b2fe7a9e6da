"""The plan read as literally as its documentation, one entity and one row at a time.

The judge where two backends disagree: slow, and with nothing clever in it. Only the scalar
operators are taken from their declarations (as the Python backend has them).
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor, isfinite
from typing import Any, ClassVar

from parity.case import Case
from parity.engines.base import SCORE, Answers
from segue.compiler.catalog.model import Field, TableEvent, Unit
from segue.compiler.operators.declaration import Missing, PythonCall
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import (
    Aggregate,
    Among,
    Expr,
    Kernel,
    Population,
    Scored,
    State,
    Step,
)
from segue.compiler.plan.scores import score
from segue.compiler.plan.windows import DAY, LastEvents, bounds, to_days, to_microseconds
from segue.compiler.python import support
from segue.compiler.scores.reference import predict
from segue.compiler.scores.scorer import model_of
from segue.compiler.types import FLOATS, Kind


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of an event."""

    event: TableEvent
    at: int
    row: dict[str, Any]


Rows = tuple[Happening | None, ...]


class Reference:
    """See the module."""

    name = "reference"
    latest: ClassVar[tuple[Case, Answers] | None] = None
    """The case that was evaluated last: that of a judge is often asked for again."""

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        if Reference.latest is None or Reference.latest[0] is not case:
            Reference.latest = case, self.answers(case)
        return Reference.latest[1]

    def answers(self, case: Case) -> Answers:
        """The same, computed anew."""
        plan = case.plan
        roots = {name: metric.expr for name, metric in plan.metrics.items()}
        roots |= {name: segment.expr for name, segment in plan.segments.items()}
        roots |= {n + SCORE: score(plan, s.expr) for n, s in plan.segments.items()}
        return self.values(case, roots)

    def values(self, case: Case, roots: Mapping[str, Expr]) -> Answers:
        """The values of some expressions of the plan for every entity."""
        return _Run(case).answers(roots)


class _Run:
    def __init__(self, case: Case) -> None:
        self.case, self.binding = case, case.binding
        self.functions: dict[int, Callable[..., Any]] = {}
        self.happenings: dict[str, dict[Any, list[Happening]]] = {}
        for name in case.catalog.events:
            self.happenings[name] = self._happenings(name)
        self.key: Any = None
        self.row: dict[str, Any] = {}
        self.memos: dict[Any, dict[int, Any]] = defaultdict(dict)
        self.standings: dict[int, dict[Any, Any]] = {}

    @property
    def memo(self) -> dict[int, Any]:
        return self.memos[self.key]

    def _happenings(self, name: str) -> dict[Any, list[Happening]]:
        found: dict[Any, list[Happening]] = defaultdict(list)
        for event in self.case.catalog.members(name):
            for row in self.case.tables[event.table.name].rows:
                if all(row[column] in values for column, values in event.where.items()):
                    at = read_moment(row[event.at.name])
                    if at is not None and row[event.key] is not None:
                        found[row[event.key]].append(Happening(event, at, row))
        return found

    def answers(self, roots: Mapping[str, Expr]) -> Answers:
        entity = self.case.catalog.entity
        answers: Answers = {name: {} for name in roots}
        for row in self.case.tables[entity.table.name].rows:
            self.key, self.row = row[entity.key.name], row
            for name, root in roots.items():
                answers[name][self.key] = self.value(root, ())
        return answers

    def value(self, node: Expr, rows: Rows) -> Any:
        """The value of an expression beside the rows of an aggregate's steps."""
        if rows:
            return self._value(node, rows)
        if node.id not in self.memo:
            self.memo[node.id] = self._value(node, rows)
        return self.memo[node.id]

    def _value(self, node: Expr, rows: Rows) -> Any:
        match node.op:
            case "literal":
                return node.param
            case "as_of":
                return self.binding.as_of
            case "attribute":
                return self._attribute(str(node.param))
            case "property":
                assert isinstance(node.param, tuple)
                step, name = node.param
                here = rows[step]
                assert here is not None
                prop = here.event.properties[name]
                return read(here.row[prop.column], prop)
            case "event_time":
                assert isinstance(node.param, int)
                here = rows[node.param]
                assert here is not None
                return here.at
            case "aggregate":
                assert isinstance(node.param, Aggregate)
                if node.id not in self.memo:
                    self.memo[node.id] = self._aggregate(node.param)
                return self.memo[node.id]
            case "state":
                assert isinstance(node.param, State)
                return self._state(node.param, [self.value(arg, ()) for arg in node.args])
            case "population":
                assert isinstance(node.param, Population)
                if node.id not in self.standings:
                    self.standings[node.id] = self._standings(node, node.param)
                return self.standings[node.id][self.key]
            case "score":
                assert isinstance(node.param, Scored)
                model = model_of(self.case.plan.models, node.param)
                return predict(model, [self.value(arg, ()) for arg in node.args])
            case "and":
                return all(self.value(arg, rows) for arg in node.args)
            case "or":
                return any(self.value(arg, rows) for arg in node.args)
            case _:
                return self._apply(node, [self.value(arg, rows) for arg in node.args])

    def _attribute(self, name: str) -> Any:
        entity = self.case.catalog.entity
        if name == entity.key.name and name not in entity.attributes:
            return self.key
        attribute = entity.attributes[name]
        return read(self.row[attribute.column], attribute)

    def _apply(self, node: Expr, args: list[Any]) -> Any:
        missing = OPERATORS[node.op].missing if node.op in OPERATORS else Missing.PROPAGATES
        if missing is not Missing.HANDLED and None in args:
            return False if missing is Missing.FALSE else None
        if node.id not in self.functions:
            self.functions[node.id] = self._compile(node)
        return self.functions[node.id](*args)

    def _compile(self, node: Expr) -> Callable[..., Any]:
        lower = OPERATORS[node.op].python
        assert lower is not None, node.op
        names = [f"x{i}" for i in range(len(node.args))]
        operands: list[ast.expr] = [ast.Name(n, ast.Load()) for n in names]
        body = lower(PythonCall(node, tuple(operands)))
        scope = {name: getattr(support, name) for name in dir(support)}
        scope |= {"as_of": self.binding.as_of, "zone": self.binding.zone}
        body = _Bind(scope).visit(body)
        arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
        tree = ast.Expression(ast.Lambda(arguments, body))
        code = compile(ast.fix_missing_locations(tree), node.op, "eval")
        function: Callable[..., Any] = eval(code, scope)
        return function

    def _state(self, state: State, changes: list[list[tuple[int, int]]]) -> int:
        def bounded(value: int) -> int:
            low = value if state.low is None else max(value, state.low)
            return low if state.high is None else min(low, state.high)

        here = bounded(state.initial)
        flat = [(at, place, v) for place, found in enumerate(changes) for at, v in found]
        for _, place, value in sorted(flat):
            here = bounded(here + value if state.operations[place] == "add" else value)
        return here

    # -------------------------------------------------------------- populations

    def _standings(self, node: Expr, asked: Population) -> dict[Any, Any]:
        entity, here = self.case.catalog.entity, (self.key, self.row)
        everybody: dict[Any, list[Any]] = {}
        for row in self.case.tables[entity.table.name].rows:
            self.key, self.row = row[entity.key.name], row
            everybody[self.key] = [self.value(arg, ()) for arg in node.args]
        self.key, self.row = here
        if asked.among is Among.TOP:
            return {key: _is_among_first(asked, key, everybody) for key in everybody}
        groups: dict[tuple[Any, ...], list[Any]] = {tuple(g): [] for _, *g in everybody.values()}
        for value, *group in everybody.values():
            if value is not None:
                groups[tuple(group)].append(value)
        if asked.among in (Among.BELOW, Among.ABOVE):
            return {
                key: _stands(asked.among, value, groups[tuple(group)])
                for key, (value, *group) in everybody.items()
            }
        found = {group: _of_all(asked, values) for group, values in groups.items()}
        return {key: found[tuple(group)] for key, (_, *group) in everybody.items()}

    # --------------------------------------------------------------- aggregates

    def _aggregate(self, fold: Aggregate) -> Any:
        after, until = bounds(fold.window, self.binding)
        within = [
            here
            for here in self.happenings[fold.event].get(self.key, ())
            if here.at <= until and (after is None or here.at > after)
        ]
        if isinstance(fold.window, LastEvents):
            within.sort(key=_latest_first, reverse=True)
            within = within[: fold.window.count]
        found = [
            here
            for here in within
            if (fold.where is None or self.value(fold.where, (here,)))
            and self._followed((here,), here.at, fold.steps)
        ]
        return self._fold(fold, found)

    def _followed(self, rows: Rows, at: int, steps: tuple[Step, ...]) -> bool:
        if not steps:
            return True
        step, later = steps[0], steps[1:]
        if step.negated:
            if step.within is not None and at + step.within > self.binding.as_of:
                return False
            if any(True for _ in self._matches(rows, at, step)):
                return False
            return self._followed((*rows, None), at, later)
        return any(
            self._followed((*rows, found), found.at, later)
            for found in self._matches(rows, at, step)
        )

    def _matches(self, rows: Rows, at: int, step: Step) -> list[Happening]:
        return [
            found
            for found in self.happenings[step.event].get(self.key, ())
            if at < found.at <= self.binding.as_of
            and (step.within is None or found.at <= at + step.within)
            and (step.where is None or self.value(step.where, (*rows, found)))
        ]

    def _fold(self, fold: Aggregate, found: list[Happening]) -> Any:
        if fold.value is None:
            assert fold.kernel is Kernel.COUNT
            return len(found)
        pairs = [(here.at, self.value(fold.value, (here,))) for here in found]
        present = [(at, value) for at, value in pairs if value is not None]
        values = [value for _, value in present]
        match fold.kernel:
            case Kernel.COLLECT:
                return present
            case Kernel.COUNT:
                return len(values)
            case Kernel.SUM:
                return sum(values)
            case Kernel.DISTINCT:
                return len(set(values))
        if not values:
            return None
        match fold.kernel:
            case Kernel.MIN:
                return min(values)
            case Kernel.MAX:
                return max(values)
            case Kernel.FIRST:
                return min(present)[1]
            case Kernel.LAST:
                return max(present)[1]
            case Kernel.MODE:
                weights: dict[Any, int] = defaultdict(int)
                for here, (_, value) in zip(found, pairs, strict=True):
                    weight = 1 if fold.weight is None else self.value(fold.weight, (here,))
                    # The sum of no weights at all is 0.
                    if value is not None:
                        weights[value] += weight or 0
                return min(weights, key=lambda v: (-weights[v], v)) if weights else None
        raise AssertionError(fold.kernel)


def _is_among_first(asked: Population, key: Any, everybody: Mapping[Any, list[Any]]) -> bool:
    """Whether an entity is one of the first, in the order of values and then of keys."""
    mine, _ = everybody[key]
    if mine is None:
        return False
    there = [(value, k) for value, k in everybody.values() if value is not None]
    before = [pair for pair in there if pair[0] > mine or (pair[0] == mine and pair[1] < key)]
    assert asked.first is not None
    return len(before) < asked.first


def _stands(among: Among, mine: Any, values: list[Any]) -> int | None:
    """How many values of a group are below one of it, or above."""
    if mine is None:
        return None
    return sum(value < mine if among is Among.BELOW else value > mine for value in values)


def _of_all(asked: Population, values: list[Any]) -> Any:
    """What is said of a group as a whole, from the values that are there."""
    match asked.among:
        case Among.COUNT:
            return len(values)
        case Among.SUM:
            return sum(values)
    assert asked.share is not None
    share = Fraction(*asked.share) * len(values)
    return min((v for v in values if sum(w <= v for w in values) >= share), default=None)


class _Bind(ast.NodeTransformer):
    """Gives constants names: windows and tuples have no source text."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        name = f"constant{len(self.scope)}"
        self.scope[name] = node.value
        return ast.Name(name, ast.Load())


def _latest_first(here: Happening) -> tuple[int, bool, Any]:
    assert here.event.id is not None
    identity = here.row[here.event.id.name]
    return here.at, identity is not None, identity


def read_moment(value: Any) -> int | None:
    """The instant in a time column: UTC without a zone, midnight UTC of a date."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return to_days(value) * DAY
    return to_microseconds(value if value.tzinfo else value.replace(tzinfo=UTC))


def read(value: Any, field: Field) -> Any:
    """A column's value in the representation of its type."""
    if value is None:
        return None
    match field.type.kind:
        case Kind.TIMESTAMP:
            return read_moment(value)
        case Kind.DATE:
            assert isinstance(value, date)
            return to_days(value)
        case Kind.DECIMAL:
            return int(Decimal(value).scaleb(field.type.scale))
        case Kind.DURATION:
            unit = field.unit or Unit.MICROSECOND
            if unit is Unit.MICROSECOND:
                return int(value)
            return floor(float(value) * float(unit.microseconds) + 0.5)
        case kind if kind in FLOATS:
            # Zero has no sign.
            return float(value) + 0.0 if isfinite(value) else None
        case _:
            return value
