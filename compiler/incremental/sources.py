"""Where events come from, and which of their rows a run has seen.

Rows are only added, and each belongs to one of two kinds of source:

- one with a `lateness` is *closed* up to that long before `as_of`: nothing older comes any more,
  and what is younger is read again;
- one with a column `arrived` is read on from the greatest value of that column.

So `Mark` says of a source which of its rows were there in a run.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from segue.compiler.catalog.model import Catalog, TableEvent, TimeColumn
from segue.compiler.sql.rows import Place, place
from segue.compiler.types import Type


@dataclass(frozen=True, slots=True)
class Source:
    """The events of one table that come in one way. `lateness` is in microseconds, and 0 where
    there is a column `arrived`."""

    place: Place
    lateness: int
    arrived: TimeColumn | None
    members: tuple[TableEvent, ...]
    key_type: Type

    @property
    def name(self) -> str:
        """What it is called in a store: the same as long as the catalog says the same of it."""
        where = self.place
        column = "" if self.arrived is None else f"{self.arrived.name} {self.arrived.kind}"
        how = [str(where.table), where.key, where.at, str(where.time), str(self.lateness), column]
        how += [] if where.partition is None else [where.partition.said]
        return " ".join(repr(part) for part in how)


@dataclass(frozen=True, slots=True)
class Mark:
    """The rows of a source that were there: those up to the instant `closed` that had not
    arrived after `arrived`. Where there is no column, or no row had a value in it, that is None.
    """

    closed: int
    arrived: int | None = None


def sources(catalog: Catalog, events: Iterable[str]) -> tuple[Source, ...]:
    """The sources of table events, of which each says how late it comes."""
    groups: dict[tuple[Place, int, TimeColumn | None], list[TableEvent]] = {}
    for name in events:
        (member,) = catalog.members(name)
        lateness = 0 if member.arrived is not None else member.lateness
        assert lateness is not None, name
        groups.setdefault((place(member), lateness, member.arrived), []).append(member)
    key = catalog.entity.key.type
    return tuple(Source(*how, tuple(members), key) for how, members in groups.items())


def says_lateness(event: TableEvent) -> bool:
    """Whether the catalog says how late the rows of an event come."""
    return event.lateness is not None or event.arrived is not None
