"""A customer that the solver found: plain values, to be replayed, shown, or made a test of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from segue.compiler.catalog.model import Catalog, TableEvent, Value
from segue.compiler.operators.solver_terms import Term, z3
from segue.compiler.types import FLOATS, TEXTS, Kind, Type

# Lint rules tell of customers, and most runs ask for none: those need no world.
if TYPE_CHECKING:
    from segue.compiler.solver.bounded import BoundedHistory, Group
    from segue.compiler.solver.world import World


@dataclass(frozen=True, slots=True)
class Happening:
    """Some equal rows of a table: the columns that matter, in representation."""

    table: str
    columns: Mapping[str, Value | None]
    times: int = 1


@dataclass(frozen=True, slots=True)
class Witness:
    """One customer at one instant. Attributes and columns that decide nothing are not there."""

    as_of: int
    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    events: tuple[Happening, ...] = ()

    @property
    def size(self) -> int:
        """How many events the customer has."""
        return sum(happening.times for happening in self.events)


def read_witness(model: Any, world: "World", history: "BoundedHistory") -> Witness:
    """The customer of a model."""
    read = _Reader(model, world)
    attributes = {name: read.value(*pair) for name, pair in world.attributes.items()}
    events = [
        read.group(group)
        for groups in history.groups.values()
        for group in groups
        if read.is_true(group.used)
    ]
    return Witness(world.binding.as_of, attributes, tuple(events))


class _Reader:
    def __init__(self, model: Any, world: "World") -> None:
        self._model = model
        self._world = world

    def is_true(self, value: Any) -> bool:
        return value is True or bool(z3.is_true(self._evaluate(value)))

    def _evaluate(self, value: Any) -> Any:
        return self._model.eval(value, model_completion=True)

    def group(self, group: "Group") -> Happening:
        columns = {name: self.value(*pair) for name, pair in group.row.columns.items()}
        return Happening(group.row.table, columns, self._evaluate(group.size).as_long())

    def value(self, term: Term, type: Type) -> Value | None:
        if term.present is not True and not self.is_true(term.present):
            return None
        found = self._evaluate(term.value)
        match type.kind:
            case Kind.BOOL:
                return bool(z3.is_true(found))
            case kind if kind in TEXTS:
                return self._world.texts.text(found.as_long()) or ""
            case kind if kind in FLOATS:
                return _float(found)
        return int(found.as_long())


def _float(found: Any) -> float:
    if z3.is_algebraic_value(found):
        found = found.approx(20)
    return float(found.numerator_as_long() / found.denominator_as_long())


def only_tables(witness: Witness, tables: frozenset[str]) -> Witness:
    """The customer as somebody sees them who reads some tables only."""
    return replace(witness, events=tuple(e for e in witness.events if e.table in tables))


def rows_of(witness: Witness, catalog: Catalog) -> dict[str, list[dict[str, Value | None]]]:
    """The rows of each table, by the table's address, every event one row with an id of its own.

    Later events have greater ids.
    """
    rows: dict[str, list[dict[str, Value | None]]] = {}
    for happening in witness.events:
        copies = [dict(happening.columns) for _ in range(happening.times)]
        rows.setdefault(happening.table, []).extend(copies)
    for event in catalog.events.values():
        if isinstance(event, TableEvent) and str(event.table) in rows:
            _give_ids(rows[str(event.table)], event)
    return rows


def _give_ids(rows: list[dict[str, Value | None]], event: TableEvent) -> None:
    def time(row: dict[str, Value | None]) -> int:
        moment = row.get(event.at.name)
        return moment if isinstance(moment, int) else 0

    if event.id is None:
        return
    for number, row in enumerate(sorted(rows, key=time), 1):
        whole = event.id.type.kind is Kind.INT
        row.setdefault(event.id.name, number if whole else f"id{number:04}")
