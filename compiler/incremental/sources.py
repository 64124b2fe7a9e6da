"""Where events come from, and which of their rows a run has seen.

Rows are only added, and each belongs to one of two kinds of source:

- one with a `lateness` is *closed* up to that long before `as_of`: nothing older comes any more,
  and what is younger is read again;
- one with a column `arrived` is read on from the greatest value of that column.

So `Mark` says of a source which of its rows were there in a run.

A row that may be of several events comes as late as the slowest of them: the lateness of an event
without a `where` is never less than that of another one in its table. Events that share no row
are late each in its own way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from segue.compiler.catalog.model import Catalog, TableEvent, TimeColumn
from segue.compiler.sql.rows import Place, place
from segue.compiler.types import Type


@dataclass(frozen=True, slots=True)
class Source:
    """The events of one table that come in one way. `lateness` is in microseconds, and 0 where
    there is a column `arrived`.

    Where other rows of the table come in another way, `counted` are all events of the catalog that
    come in this one, whose rows alone are counted; else it is empty, and all rows are.
    """

    place: Place
    lateness: int
    arrived: TimeColumn | None
    members: tuple[TableEvent, ...]
    key_type: Type
    counted: tuple[TableEvent, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in a store: the same as long as the catalog says the same of it."""
        where = self.place
        column = "" if self.arrived is None else f"{self.arrived.name} {self.arrived.kind}"
        how = [str(where.table), where.key, where.at, str(where.time), str(self.lateness), column]
        how += [] if where.partition is None else [where.partition.said]
        how += sorted(str(sorted(event.where.items())) for event in self.counted)
        return " ".join(repr(part) for part in how)


class Arrival(NamedTuple):
    """How the rows of an event come: from where, and up to how many microseconds after their time,
    or with which column that says when. `lateness` is None where the catalog says nothing."""

    place: Place
    lateness: int | None
    arrived: TimeColumn | None

    @property
    def alike(self) -> tuple[int | None, TimeColumn | None]:
        """The same of rows that come alike, wherever they are."""
        return self.lateness, self.arrived


@dataclass(frozen=True, slots=True)
class Mark:
    """The rows of a source that were there: those up to the instant `closed` that had not
    arrived after `arrived`. Where there is no column, or no row had a value in it, that is None.
    """

    closed: int
    arrived: int | None = None


def sources(catalog: Catalog, events: Iterable[str]) -> tuple[Source, ...]:
    """The sources of table events, of which each says how late it comes."""
    arrival_of = {event.name: _arrival(catalog, event) for event in _table_events(catalog)}
    groups: dict[Arrival, list[TableEvent]] = {}
    for name in events:
        (member,) = catalog.members(name)
        assert says_lateness(member), name
        groups.setdefault(arrival_of[name], []).append(member)
    key = catalog.entity.key.type
    return tuple(
        Source(
            place=arrival.place,
            lateness=arrival.lateness or 0,
            arrived=arrival.arrived,
            members=tuple(members),
            key_type=key,
            counted=_counted(catalog, arrival, arrival_of),
        )
        for arrival, members in groups.items()
    )


def lateness_of(catalog: Catalog, event: TableEvent) -> int | None:
    """How late the rows of an event may come, in microseconds, also those that are of others too.

    0 where they say when they arrived, None where the catalog says nothing.
    """
    if event.arrived is not None:
        return 0
    if event.lateness is None:
        return None
    others = (
        other.lateness
        for other in _table_events(catalog)
        if (other.table, other.at) == (event.table, event.at) and not _apart(event, other)
    )
    return max((late for late in others if late is not None), default=event.lateness)


def arrivals(catalog: Catalog, events: Iterable[TableEvent]) -> list[Arrival]:
    """How the rows of some events come: one for those that come alike."""
    return list(dict.fromkeys(_arrival(catalog, event) for event in events))


def says_lateness(event: TableEvent) -> bool:
    """Whether the catalog says how late the rows of an event come."""
    return event.lateness is not None or event.arrived is not None


def _arrival(catalog: Catalog, event: TableEvent) -> Arrival:
    return Arrival(place(event), lateness_of(catalog, event), event.arrived)


def _counted(
    catalog: Catalog, arrival: Arrival, arrival_of: Mapping[str, Arrival]
) -> tuple[TableEvent, ...]:
    """The events whose rows are counted apart from others of their table; none for all rows."""
    here = [event for event in _table_events(catalog) if event.table == arrival.place.table]
    mine = tuple(event for event in here if arrival_of[event.name] == arrival)
    others = any(arrival_of[event.name].alike != arrival.alike for event in here)
    return mine if others and all(event.where for event in mine) else ()


def _table_events(catalog: Catalog) -> Iterable[TableEvent]:
    return (event for event in catalog.events.values() if isinstance(event, TableEvent))


def _apart(one: TableEvent, other: TableEvent) -> bool:
    """Whether no row can be of both: they want different values of the same type in a column."""
    for column in one.where.keys() & other.where.keys():
        mine, theirs = one.where[column], other.where[column]
        alike = len({type(value) for value in (*mine, *theirs)}) == 1
        if alike and not set(mine) & set(theirs):
            return True
    return False
