"""Rows of events in the solver: unknown columns of a table, made when a rule reads them."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from segue.compiler.catalog.model import Catalog, TableEvent, TimeKind
from segue.compiler.operators.solver_terms import Z3, Term, Truth, all_of, any_of, z3
from segue.compiler.plan.windows import DAY
from segue.compiler.types import TIMESTAMP, Kind, Type

if TYPE_CHECKING:
    from segue.compiler.solver.world import World


@dataclass
class Row:
    """One row of a table that the solver chooses. `columns` are those that something reads."""

    name: str
    table: str
    columns: dict[str, tuple[Term, Type]] = field(default_factory=dict)

    def time(self, world: "World", event: TableEvent) -> Z3:
        """When the event of the row happened."""
        column = event.at.name
        if column not in self.columns:
            value = z3.Int(f"{self.name}.{column}")
            if event.at.kind is TimeKind.DATE:
                world.fact(value % DAY == 0)
            if not world.bounded and shares_time(world.catalog, event):
                world.fact(value <= world.as_of.value)
            self.columns[column] = (Term(value), TIMESTAMP)
        return self.columns[column][0].value

    def property(self, world: "World", event: TableEvent, name: str) -> Term:
        """A property of the event of the row."""
        found = event.properties[name]
        if found.column not in self.columns:
            term = world.field(f"{self.name}.{found.column}", found)
            self.columns[found.column] = (term, found.type)
        return self.columns[found.column][0]

    def identity(self, world: "World", event: TableEvent) -> Term:
        """The id of the row."""
        assert event.id is not None
        if event.id.name not in self.columns:
            term = Term(world.variable(f"{self.name}.{event.id.name}", event.id.type))
            self.columns[event.id.name] = (term, event.id.type)
        return self.columns[event.id.name][0]

    def is_of(self, world: "World", event: TableEvent) -> Truth:
        """Whether the row is one of this event, of the several that a table may hold."""
        return all_of(
            *(self._holds(world, event, column, values) for column, values in event.where.items())
        )

    def _holds(
        self, world: "World", event: TableEvent, column: str, values: tuple[Any, ...]
    ) -> Truth:
        if column not in self.columns:
            fields = {f.column: f for f in world.fields(self.table)}
            name = f"{self.name}.{column}"
            if column in fields:
                self.columns[column] = (world.field(name, fields[column]), fields[column].type)
            else:
                type = _type_of(values[0])
                self.columns[column] = (Term(world.variable(name, type)), type)
        term, type = self.columns[column]
        return all_of(
            term.present,
            any_of(*(term.value == world.constant(v, type).value for v in values)),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows that an expression under an aggregate is about, by step, and their events."""

    rows: Mapping[int, tuple[Row, TableEvent]] = field(default_factory=dict)

    @property
    def key(self) -> Hashable:
        """What tells the values of an expression over some rows from those over others."""
        return tuple((step, row.name, event.name) for step, (row, event) in self.rows.items())


NO_ROWS = Reading()


def shares_time(catalog: Catalog, event: TableEvent) -> bool:
    """Whether all events of the table take their time from one column.

    Then a row that happened at all is in the past, whichever event it is read as.
    """
    return all(
        other.at == event.at
        for other in catalog.events.values()
        if isinstance(other, TableEvent) and other.table == event.table
    )


def _type_of(value: str | int | bool) -> Type:
    if isinstance(value, bool):
        return Type(Kind.BOOL)
    return Type(Kind.INT if isinstance(value, int) else Kind.STRING)
