"""One entity with its events, held in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.python.boundary import Reader, read_timestamp, reader, to_user
from segue.compiler.python.kernels import AT, Row, Rows


@dataclass(frozen=True, slots=True)
class Profile:
    """An entity as a program holds it.

    `attributes` are by name, the key among them if a rule reads it. `events` are by the name
    of a table's event (not of a union): each row has `at`, its properties by name, and `id`
    where the event has one. Rows may come in any order.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def profile_of_rows(
    attributes: Mapping[str, Any],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    catalog: Catalog,
) -> Profile:
    """The profile of attributes by name and of rows by their table's address, in representation.

    A row is of every event of its table that it fits.
    """
    entity = catalog.entity
    known = {
        name: to_user(value, entity.attributes[name].type)
        for name, value in attributes.items()
        if name != entity.key.name
    }
    if entity.key.name in attributes:
        known[entity.key.name] = attributes[entity.key.name]
    events = {
        event.name: list(_events(event, rows.get(str(event.table), ())))
        for event in catalog.events.values()
        if isinstance(event, TableEvent)
    }
    return Profile(known, events)


def _events(event: TableEvent, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        moment = row.get(event.at.name)
        fits = all(row.get(column) in values for column, values in event.where.items())
        if not fits or not isinstance(moment, int):
            continue
        found: dict[str, Any] = {"at": from_microseconds(moment)}
        if event.id is not None:
            found["id"] = row.get(event.id.name)
        for name, column in event.properties.items():
            found[name] = to_user(row.get(column.column), column.type)
        yield found


class History:
    """The events of a profile in representation, read and sorted once per event."""

    def __init__(self, profile: Profile, catalog: Catalog) -> None:
        for event in profile.events:
            if not isinstance(catalog.events.get(event), TableEvent):
                raise ValueError(f"`{event}` is no event of a table in the catalog")
        self.attributes = profile.attributes
        self._profile = profile
        self._catalog = catalog
        self._rows: dict[str, Rows] = {}

    def rows(self, event: str) -> Rows:
        """The rows of an event; of a union, those of all its members."""
        if event not in self._rows:
            self._rows[event] = self._read(event)
        return self._rows[event]

    def _read(self, event: str) -> Rows:
        properties = self._catalog.events[event].properties
        columns = [(name, reader(field.type)) for name, field in properties.items()]
        rows: list[Row] = []
        for member in self._catalog.members(event):
            read_id = reader(member.id.type) if member.id is not None else None
            for row in self._profile.events.get(member.name, ()):
                try:
                    read = _row(row, read_id, columns)
                except TypeError as error:
                    raise TypeError(f"a row of `{member.name}`: {error}") from None
                if read is not None:
                    rows.append(read)
        rows.sort(key=lambda row: row[AT])
        return Rows([row[AT] for row in rows], rows)


def _row(
    row: Mapping[str, Any], read_id: Reader | None, columns: Sequence[tuple[str, Reader]]
) -> Row | None:
    if "at" not in row:
        raise TypeError("it has no `at`, the time it happened")
    at = read_timestamp(row["at"])
    if at is None:
        return None  # What happened at no instant is in no window.
    identity = None if read_id is None else read_id(row.get("id"))
    return (at, identity, *(read(row.get(name)) for name, read in columns))
