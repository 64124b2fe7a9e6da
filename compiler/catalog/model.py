"""What a catalog says, resolved: an entity with its attributes, events with their properties.

Values of a column (defaults, bounds) are held as the type represents them (see
`segue.compiler.types`): a `decimal(2)` of 9.99 is 999, a date is a day number, a duration a
number of microseconds. So a backend can emit them as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from segue.compiler.catalog.partition import Holds, Partition
from segue.compiler.types import Type
from segue.grammar.span import NOWHERE, Span

Value = bool | int | float | str
"""A value of a column, in the representation of its type."""


class TimeKind(StrEnum):
    """How a column holds an instant."""

    UTC = "utc"
    """A timestamp without zone that means UTC."""
    INSTANT = "instant"
    """A timestamp with time zone."""
    DATE = "date"
    """A date: the instant is midnight UTC at the start of that day."""


PARTITION_KINDS = {
    Holds.DATE: TimeKind.DATE,
    Holds.TIMESTAMP: TimeKind.UTC,
    Holds.INSTANT: TimeKind.INSTANT,
}
"""The kinds of the partition columns that hold times."""


class Unit(StrEnum):
    """What one of a duration column's numbers counts."""

    MICROSECOND = "us"
    MILLISECOND = "ms"
    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"
    DAY = "d"

    @property
    def microseconds(self) -> int:
        """The length of one unit."""
        return _MICROSECONDS[self]


_MICROSECONDS = {
    Unit.MICROSECOND: 1,
    Unit.MILLISECOND: 1_000,
    Unit.SECOND: 1_000_000,
    Unit.MINUTE: 60_000_000,
    Unit.HOUR: 3_600_000_000,
    Unit.DAY: 86_400_000_000,
}
LENGTHS = {"d": Unit.DAY.microseconds, "h": Unit.HOUR.microseconds, "m": Unit.MINUTE.microseconds}
"""The units that a catalog writes lengths in, as in `36h`, the longest first."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table, with as much of its address as the catalog gives."""

    name: str
    schema: str | None = None
    catalog: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The address, outermost part first."""
        return tuple(p for p in (self.catalog, self.schema, self.name) if p is not None)

    def __str__(self) -> str:
        """The address as a catalog writes it."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that identifies a row: the key of the entity, the id of an event."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """The column that says when an event happened."""

    name: str
    kind: TimeKind = TimeKind.UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column a rule can read: an attribute of the entity or a property of an event.

    `type` is the column's own type; a `default` stands in where the column is missing, so a
    rule sees `read_type`. `unit` is set for durations, `time` for timestamps; `minimum` and
    `maximum` are included in the range.
    """

    name: str
    column: str
    type: Type
    default: Value | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    unit: Unit | None = None
    time: TimeKind | None = None
    pii: bool = False
    description: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def read_type(self) -> Type:
        """The type a rule sees: never missing where a default stands in."""
        return self.type if self.default is None else self.type.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Field):
    """A column of the entity. `consent` marks one that says whether contact is allowed."""

    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Field):
    """A column of an event.

    In a union the column is that of the first member; each member has its own.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What a segment has as members. Rules read the key under the name of its column.

    `places` are those of the names of its `table` and its `key`.
    """

    name: str
    table: TableName
    key: Column
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    description: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def place(self, setting: str) -> Span:
        """Where the catalog names the table, or the column, of a setting."""
        return self.places.get(setting, self.span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens to an entity at an instant; what both kinds of event share."""

    name: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    description: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEvent(Event):
    """An event whose rows are those of one table.

    `key` is the column that holds the entity's key. Where several events share a table,
    `where` picks the rows: each column must hold one of its values. `rows` is about how many
    there are, and `retention` for how many microseconds they are kept, where the catalog says so.
    `lateness` is how many microseconds after its time a row may still come or change, `arrived`
    the column that says when it came: what a refresh has to know to read only what is new.
    `partition` is the column by which an engine can tell which files it need not read.
    `places` are those of the names of its table and columns, by setting; of columns in `where`, by
    `where.` and the column.
    """

    table: TableName
    key: str
    at: TimeColumn
    id: Column | None = None
    where: Mapping[str, tuple[str | int | bool, ...]] = field(default_factory=dict)
    rows: int | None = None
    retention: int | None = None
    lateness: int | None = None
    arrived: TimeColumn | None = None
    partition: Partition | None = None
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def place(self, setting: str) -> Span:
        """Where the catalog names the table, or the column, of a setting."""
        return self.places.get(setting, self.span)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionEvent(Event):
    """Any of several events. `any_of` names table events only (unions inside are resolved).

    Its properties are those that every member has with the same type.
    """

    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All that rules may speak of. `timezone` is the IANA zone of calendar windows."""

    entity: Entity
    events: Mapping[str, TableEvent | UnionEvent] = field(default_factory=dict)
    timezone: str = "UTC"

    @property
    def unpartitioned(self) -> "Catalog":
        """The same of tables that no engine reads in parts, which need no such column."""
        events = {
            name: replace(event, partition=None) if isinstance(event, TableEvent) else event
            for name, event in self.events.items()
        }
        return replace(self, events=events)

    def members(self, event: str) -> tuple[TableEvent, ...]:
        """The table events behind an event: itself, or the members of a union."""
        found = self.events[event]
        if isinstance(found, TableEvent):
            return (found,)
        members = (self.events[name] for name in found.any_of)
        return tuple(m for m in members if isinstance(m, TableEvent))
