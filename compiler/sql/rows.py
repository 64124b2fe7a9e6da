"""The rows of an event: which table holds them, and how its columns are read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, Property, TableEvent, TableName, TimeKind
from segue.compiler.catalog.partition import Partition
from segue.compiler.plan.moments import earliest, latest
from segue.compiler.plan.windows import Bounds
from segue.compiler.sql.chosen import Chosen
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.names import Names
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    any_of,
    case,
    column,
    identifier,
    integer,
    not_null,
)
from segue.compiler.types import Kind, Type

ENTITY_KEY = "entity_key"


def table(name: TableName, alias: str | None = None) -> exp.Table:
    """A table of the warehouse."""
    return exp.Table(
        this=identifier(name.name),
        db=identifier(name.schema) if name.schema else None,
        catalog=identifier(name.catalog) if name.catalog else None,
        alias=exp.TableAlias(this=identifier(alias)) if alias else None,
    )


_KEY_COLUMN = "segue_key_column"


def rows_of(name: TableName, key: str, alias: str | None = None) -> exp.Table:
    """A table whose rows belong to the entity whose key is in a column."""
    found = table(name, alias)
    found.meta[_KEY_COLUMN] = key
    return found


_READS = "segue_reads"


def reading(source: exp.Table) -> "tuple[Place, Bounds | None] | None":
    """Of which place of events a table of a query has the rows, and the interval in which all that
    are read lie, where that is known; None of any other table."""
    found: tuple[Place, Bounds | None] | None = source.meta.get(_READS)
    return found


def key_column(source: exp.Table) -> str | None:
    """The column that says whose the rows of a table of a query are; None of any other table."""
    key: str | None = source.meta.get(_KEY_COLUMN)
    return key


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of an event are: events in one place can share a scan."""

    table: TableName
    key: str
    at: str
    time: TimeKind
    partition: Partition | None = None


def place(event: TableEvent) -> Place:
    """Where the rows of a table event are."""
    return Place(event.table, event.key, event.at.name, event.at.kind, event.partition)


@dataclass(frozen=True)
class Rows:
    """The rows of one event under one alias, whatever holds them.

    `members` are the table events behind it. When they are in several places, `union` names
    the step of the query that brings them together, every column in its representation.
    """

    dialect: Dialect
    event: str
    members: tuple[TableEvent, ...]
    key_type: Type
    alias: str | None = None
    union: "Union | None" = None
    chosen: Chosen | None = None
    only: Tree | None = None
    """A further condition on the rows of a table."""
    covered: Bounds | None = None
    """An interval in which all rows lie that are read; None where that is not known."""

    @property
    def source(self) -> exp.Table:
        """What stands after FROM."""
        if self.union is not None:
            alias = exp.TableAlias(this=identifier(self.alias)) if self.alias else None
            return exp.Table(this=identifier(self.union.name), alias=alias)
        found = rows_of(self.members[0].table, self.members[0].key, self.alias)
        found.meta[_READS] = (place(self.members[0]), self.covered)
        return found

    @property
    def key(self) -> Tree:
        """The entity's key, as what tells entities apart."""
        raw = self.raw_key
        return raw if self.union is not None else self.dialect.key(raw, self.key_type)

    @property
    def raw_key(self) -> Tree:
        """The entity's key as the table holds it."""
        return column(ENTITY_KEY if self.union else self.members[0].key, self.alias)

    @property
    def time(self) -> Tree:
        """The time as the table holds it."""
        if self.union is not None:
            return column("at", self.alias)
        at = self.members[0].at
        return self.dialect.raw_time(column(at.name, self.alias), at.kind)

    @property
    def id(self) -> Tree:
        """The event's id."""
        first = self.members[0].id
        assert first is not None, "the checker lets only events with an id be ordered"
        return column(first.name, self.alias)

    @property
    def id_kind(self) -> Kind:
        """The kind of the event's id."""
        first = self.members[0].id
        assert first is not None
        return first.type.kind

    def epoch(self, time: Tree) -> Tree:
        """A raw time (or an extreme of some) in microseconds."""
        return time if self.union else self.dialect.epoch(time, self.members[0].at.kind)

    @property
    def moment(self) -> Tree:
        """The time in microseconds."""
        return self.epoch(self.time)

    def within(self, covered: Bounds) -> list[Tree]:
        """The conditions on the raw time for an interval."""
        if self.union is None:
            return self.dialect.within(self.time, self.members[0].at.kind, covered)
        conditions: list[Tree] = []
        if covered.after is not None:
            conditions.append(exp.GT(this=self.time, expression=integer(covered.after)))
        conditions.append(exp.LTE(this=self.time, expression=integer(covered.until)))
        return conditions

    def scanned(self, covered: Bounds) -> list[Tree]:
        """The conditions of a query that reads the rows of an interval, and no others.

        The time of a row says whether it is one; by its partition an engine knows where none are.
        """
        return [*self.within(covered), *self.partitions(covered)]

    def partitions(self, covered: Bounds) -> list[Tree]:
        """The conditions on the partition column for an interval, where the catalog names one."""
        found = None if self.union else self.members[0].partition
        if found is None:
            return []
        return self.dialect.partitions(column(found.column, self.alias), found, covered)

    def usable(self) -> Tree:
        """A row without a key belongs to nobody; one without a time fails every window."""
        if self.chosen is not None and self.union is None:
            return self.chosen.holds(self.raw_key)
        present = not_null(self.raw_key)
        return present if self.only is None else exp.and_(present, self.only.copy(), copy=False)

    def condition(self) -> Tree | None:
        """Which rows of the table are of this event."""
        return None if self.union else self._which(self.members)

    def _which(self, members: Iterable[TableEvent]) -> Tree | None:
        merged = merge_discriminators([member.where for member in members])
        if merged is None:
            return None
        alternatives = []
        for where in merged:
            parts = (
                self.dialect.discriminator(column(name, self.alias), values)
                for name, values in where.items()
            )
            together = all_of(parts)
            assert together is not None
            alternatives.append(together)
        return any_of(alternatives)

    def property(self, name: str) -> Tree:
        """A property in its representation."""
        if self.union is not None:
            self.union.properties[name] = None
            return column(name, self.alias)
        return self._read(name, lambda field, raw: self.dialect.leaf(raw, field))

    def raw(self, name: str) -> tuple[Tree, Callable[[Tree], Tree]] | None:
        """A property as the table holds it, and how to convert an extreme of some afterwards.

        Only for instants and days, whose conversion keeps the order and costs something.
        """
        fields = [member.properties[name] for member in self.members]
        first = fields[0]
        alike = all((f.column, f.time) == (first.column, first.time) for f in fields)
        if self.union or not alike or first.type.kind not in (Kind.TIMESTAMP, Kind.DATE):
            return None
        raw = column(first.column, self.alias)
        if first.type.kind is Kind.DATE:
            return raw, self.dialect.day_number
        time = first.time or TimeKind.UTC
        return self.dialect.raw_time(raw, time), lambda raw: self.dialect.epoch(raw, time)

    def _read(self, name: str, convert: Callable[[Property, Tree], Tree]) -> Tree:
        groups: dict[tuple[object, ...], list[TableEvent]] = {}
        for member in self.members:
            field = member.properties[name]
            groups.setdefault((field.column, field.unit, field.time), []).append(member)
        readings = []
        for members in groups.values():
            field = members[0].properties[name]
            readings.append((members, convert(field, column(field.column, self.alias))))
        if len(readings) == 1:
            return readings[0][1]
        branches = []
        for members, tree in readings:
            which = self._which(members)
            branches.append((which if which is not None else exp.true(), tree))
        return case(*branches)


def merge_discriminators(
    wheres: list[Mapping[str, tuple[str | int | bool, ...]]],
) -> list[Mapping[str, tuple[str | int | bool, ...]]] | None:
    """The alternatives as few as possible; None when one of them takes every row."""
    if any(not where for where in wheres):
        return None
    columns = {tuple(where) for where in wheres}
    if len(columns) == 1 and len(next(iter(columns))) == 1:
        name = next(iter(wheres[0]))
        values = dict.fromkeys(value for where in wheres for value in where[name])
        return [{name: tuple(values)}]
    unique: list[Mapping[str, tuple[str | int | bool, ...]]] = []
    for where in wheres:
        if where not in unique:
            unique.append(where)
    return unique


@dataclass
class Union:
    """Events of several tables in one step of the query; it learns what is read of it."""

    name: str
    event: str
    members: tuple[TableEvent, ...]
    key_type: Type
    dialect: Dialect
    properties: dict[str, None]
    covered: Bounds
    chosen: Chosen | None = None
    stretches: tuple[Bounds, ...] = ()
    """Intervals in `covered` with all rows that are wanted, where these are known to be few."""

    def widen(self, covered: Bounds) -> None:
        """Take in an interval that somebody reads."""
        after, until = self.covered
        if after is not None:
            after = None if covered.after is None else earliest(after, covered.after)
        self.covered = Bounds(after, latest(until, covered.until))

    @cached_property
    def query(self) -> exp.Query:
        """The union of all members, every column in its representation."""
        places: dict[Place, list[TableEvent]] = {}
        for member in self.members:
            places.setdefault(place(member), []).append(member)
        selects = [
            self._rows_of(tuple(members), stretch)
            for members in places.values()
            for stretch in self.stretches or (self.covered,)
        ]
        union: exp.Query = selects[0]
        for select in selects[1:]:
            union = exp.union(union, select, distinct=False, copy=False)
        return union

    def _rows_of(self, members: tuple[TableEvent, ...], covered: Bounds) -> exp.Select:
        rows = Rows(self.dialect, self.event, members, self.key_type, chosen=self.chosen)
        items = [exp.alias_(rows.key, ENTITY_KEY, quoted=True)]
        items.append(exp.alias_(rows.moment, "at", quoted=True))
        for name in self.properties:
            items.append(exp.alias_(rows.property(name), name, quoted=True))
        conditions = [*rows.scanned(covered), rows.usable()]
        which = rows.condition()
        if which is not None:
            conditions.append(which)
        return exp.select(*items, copy=False).from_(rows.source).where(*conditions, copy=False)


class Sources:
    """The rows of every event of a catalog, in one dialect.

    Of the `chosen` entities; and of a single table of events, `only` those of a condition.
    """

    def __init__(
        self,
        catalog: Catalog,
        dialect: Dialect,
        names: Names,
        chosen: Chosen | None = None,
        only: Tree | None = None,
    ) -> None:
        self.catalog = catalog
        self.dialect = dialect
        self.names = names
        self.chosen = chosen
        self.only = only
        self.unions: dict[str, Union] = {}

    def rows(self, event: str, covered: Bounds, alias: str | None = None) -> Rows:
        """The rows of an event, of which an interval is read."""
        members, key_type = self.catalog.members(event), self.catalog.entity.key.type
        if len({place(member) for member in members}) == 1:
            return Rows(
                self.dialect, event, members, key_type, alias, None, self.chosen, self.only, covered
            )
        union = self.unions.get(event)
        if union is None:
            name = self.names.fresh(f"{event}_rows")
            union = Union(name, event, members, key_type, self.dialect, {}, covered, self.chosen)
            self.unions[event] = union
        union.widen(covered)
        return Rows(self.dialect, event, members, key_type, alias, union)
