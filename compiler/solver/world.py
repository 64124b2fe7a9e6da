"""The customers that the solver looks for: unknowns, and expressions of the plan over them."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from segue.compiler.catalog.model import Catalog, Field, TableEvent
from segue.compiler.operators.declaration import Missing, SolverCall
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.operators.solver_terms import Z3, Term, Truth, all_of, implied, z3
from segue.compiler.plan.nodes import (
    ROW_LEAVES,
    Aggregate,
    Expr,
    Kernel,
    Scored,
    State,
    reachable,
)
from segue.compiler.plan.windows import Binding, to_days
from segue.compiler.python.events import rows_among
from segue.compiler.scores.model import DAY_UNIT, ScoreKind
from segue.compiler.scores.numbers import LONGEST
from segue.compiler.solver.rows import NO_ROWS, Reading
from segue.compiler.solver.texts import Texts
from segue.compiler.types import FLOATS, TEXTS, Kind, Type

# Instants of evaluation that rules are written for: the years 1990 to 2100.
EARLIEST, LATEST = 631_152_000_000_000, 4_102_444_800_000_000
AMOUNT, DURATION = ScoreKind.AMOUNT, ScoreKind.DURATION
# Days of the calendar that every backend knows.
FIRST_DAY, LAST_DAY = to_days(date.min), to_days(date.max)


class History(Protocol):
    """How the events of a customer are told to the solver."""

    def aggregate(self, node: Expr) -> Term:
        """The result of a fold of events."""
        ...


class World:
    """The unknowns of one question, and what holds between them for every customer.

    What a catalog promises is held to be kept: a field without `?` is there, a number is in
    its range, an enum has one of its values. `binding` is given in a bounded world.
    """

    def __init__(self, catalog: Catalog, roots: Iterable[Expr], binding: Binding | None) -> None:
        self.catalog = catalog
        self.facts: list[Z3] = []
        self._pending: list[Callable[[], None]] = []
        self.attributes: dict[str, tuple[Term, Type]] = {}
        self.opaque: dict[str, None] = {}
        self.history: History | None = None
        self._binding = binding
        self._roots = tuple(roots)
        nodes = reachable(self._roots)
        self.nodes = nodes
        self.texts = Texts(nodes, _discriminators(catalog))
        self._over_rows = rows_among(self._roots)
        self._terms: dict[Hashable, Term] = {}

    # ------------------------------------------------------ what lowerings may ask

    @property
    def bounded(self) -> bool:
        """Whether everything is exact, and few."""
        return self._binding is not None

    @property
    def binding(self) -> Binding:
        """The instant of a bounded world, and the zone."""
        assert self._binding is not None
        return self._binding

    @cached_property
    def as_of(self) -> Term:
        """The instant of evaluation."""
        if self._binding is not None:
            return Term(z3.IntVal(self._binding.as_of))
        instant = z3.Int("as_of")
        self.fact(z3.And(instant >= EARLIEST, instant <= LATEST))
        return Term(instant)

    def fact(self, fact: Truth, /) -> None:
        """States what holds for every customer."""
        if fact is not True:
            self.facts.append(z3.BoolVal(False) if fact is False else fact)

    def constant(self, value: Hashable, type: Type) -> Term:
        """A value that is known, in the representation of its type."""
        if isinstance(value, bool):
            return Term(value)
        if isinstance(value, str):
            return Term(z3.IntVal(self.texts.number(value)))
        if type.kind in FLOATS:
            assert isinstance(value, int | float)
            # The number that was written: of 15%, not of the nearest double.
            return Term(z3.RealVal(f"{Decimal(repr(value)):f}"))
        return Term(z3.IntVal(value))

    def unknown(self, expr: Expr, rows: Hashable) -> Term:
        """Any value of the type of an expression over some rows; always the same one."""
        key = ("unknown", expr.id, rows)
        if key not in self._terms:
            name = f"{expr.op} {expr.id} {rows or ''}"
            present: Truth = z3.Bool(f"{name} is there") if expr.type.nullable else True
            self._terms[key] = Term(self.variable(name, expr.type), present)
        return self._terms[key]

    def call_text(self, call: Expr, constants: tuple[Hashable, ...], text: Term, /) -> Term:
        """A function of a text (or key), which is known for the texts that the rules mention."""
        return self.texts.call(call, constants, text, self.fact)

    def later(self, state: Callable[[], None]) -> None:
        """Keeps facts for the end: a `where` may ask for an aggregate of the same rows."""
        self._pending.append(state)

    def all_facts(self) -> list[Z3]:
        """What holds for every customer, with what was kept for the end."""
        while self._pending:
            self._pending.pop()()
        return self.facts

    # ------------------------------------------------------------------- unknowns

    def variable(self, name: str, type: Type) -> Z3:
        """An unknown value of a type, within what every value of that type keeps to."""
        match type.kind:
            case Kind.BOOL:
                return z3.Bool(name)
            case kind if kind in FLOATS:
                value = z3.Real(name)
                if kind is Kind.PROBABILITY:
                    self.fact(z3.And(value >= 0, value <= 1))
                return value
        value = z3.Int(name)
        if type.kind in TEXTS:
            if type.values is not None:
                self.fact(z3.Or(*(value == self.texts.number(v) for v in type.values)))
            elif self.bounded:
                self.fact(self.texts.among_known(value))
        elif type.kind is Kind.DATE:
            self.fact(z3.And(value >= FIRST_DAY, value <= LAST_DAY))
        return value

    def field(self, name: str, field: Field) -> Term:
        """An unknown value of a column, within what the catalog promises."""
        value = self.variable(name, field.type)
        present: Truth = z3.Bool(f"{name} is there") if field.type.nullable else True
        if field.minimum is not None:
            least = self.constant(field.minimum, field.type).value
            self.fact(implied(present, value >= least))
        if field.maximum is not None:
            greatest = self.constant(field.maximum, field.type).value
            self.fact(implied(present, value <= greatest))
        return Term(value, present)

    def fields(self, table: str) -> Iterator[Field]:
        """The properties that the events of a table have."""
        for event in self.catalog.events.values():
            if isinstance(event, TableEvent) and str(event.table) == table:
                yield from event.properties.values()

    def _attribute(self, name: str) -> Term:
        if name not in self.attributes:
            entity = self.catalog.entity
            if name == entity.key.name:
                type = entity.key.type
                term = Term(self.variable(f"entity.{name}", type))
            else:
                type = entity.attributes[name].type
                term = self.field(f"entity.{name}", entity.attributes[name])
            self.attributes[name] = (term, type)
        return self.attributes[name][0]

    # ---------------------------------------------------------------- expressions

    def lower(self, expr: Expr, reading: Reading = NO_ROWS) -> Term:
        """The term of an expression, about some rows where it reads rows."""
        rows = reading.key if expr.id in self._over_rows else ()
        key = (expr.id, rows)
        if key not in self._terms:
            self._terms[key] = self._lower(expr, reading, rows)
        return self._terms[key]

    def _lower(self, expr: Expr, reading: Reading, rows: Hashable) -> Term:
        match expr.op:
            case "literal":
                return self.constant(expr.param, expr.type)
            case "as_of":
                return self.as_of
            case "attribute":
                return self._attribute(str(expr.param))
            case "aggregate":
                assert self.history is not None
                return self.history.aggregate(expr)
            case op if op in ROW_LEAVES:
                return self._row_leaf(expr, reading)
        return self._operator(expr, reading, rows)

    def _opaque(self, expr: Expr, rows: Hashable) -> Term:
        """Any value, within the bounds that are known of a state or a score."""
        term = self.unknown(expr, rows)
        if isinstance(expr.param, Scored) and expr.param.kind in (AMOUNT, DURATION):
            self.fact(term.value >= 0)
            if expr.param.kind is DURATION:
                self.fact(term.value <= int(LONGEST) * DAY_UNIT)
        if isinstance(expr.param, State):
            if expr.param.low is not None:
                self.fact(term.value >= expr.param.low)
            if expr.param.high is not None:
                self.fact(term.value <= expr.param.high)
        return term

    def _row_leaf(self, expr: Expr, reading: Reading) -> Term:
        step, name = expr.param if isinstance(expr.param, tuple) else (expr.param, "")
        row, event = reading.rows[step]
        if expr.op == "property":
            return row.property(self, event, name)
        if expr.op == "event_id":
            return row.identity(self, event)
        return Term(row.time(self, event))

    def _operator(self, expr: Expr, reading: Reading, rows: Hashable) -> Term:
        operator = OPERATORS.get(expr.op)
        if operator is None or operator.solver is None:
            self.opaque[expr.op] = None
            return self._opaque(expr, rows)
        args = tuple(self.lower(arg, reading) for arg in expr.args)
        result = operator.solver(SolverCall(self, expr, args, rows))
        there = all_of(*(arg.present for arg in args))
        match operator.missing:
            case Missing.FALSE:
                return Term(all_of(there, result.present, result.value))
            case Missing.PROPAGATES:
                return Term(result.value, all_of(there, result.present), result.ways)
            case Missing.HANDLED:
                return result


def _discriminators(catalog: Catalog) -> Iterator[str]:
    """The texts that tell the events of one table apart."""
    for event in catalog.events.values():
        if isinstance(event, TableEvent):
            for values in event.where.values():
                yield from (v for v in values if isinstance(v, str))
            for field in event.properties.values():
                if event.where.get(field.column):
                    yield from field.type.values or ()


def aggregates(nodes: Iterable[Expr]) -> list[Expr]:
    """The folds of events among some expressions, but not what states are made of."""
    return [
        node
        for node in nodes
        if isinstance(node.param, Aggregate) and node.param.kernel is not Kernel.COLLECT
    ]


def finished(value: Truth) -> Any:
    """A truth as z3 takes it."""
    return z3.BoolVal(value) if isinstance(value, bool) else value
