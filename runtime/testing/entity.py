"""What a test gives, as the Python backend takes it."""

from collections.abc import Iterator
from typing import Any

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.python.boundary import to_user
from segue.compiler.python.profile import Profile
from segue.runtime.testing.model import Given, Row


def profile_of(given: Given, catalog: Catalog) -> Profile:
    """The entity and its events; a row is of every event of its table that it fits."""
    entity = catalog.entity
    attributes = {
        name: to_user(value, entity.attributes[name].type)
        for name, value in given.attributes.items()
        if name != entity.key.name
    }
    if entity.key.name in given.attributes:
        attributes[entity.key.name] = given.attributes[entity.key.name]
    events = {
        event.name: list(_events(event, given.rows.get(str(event.table), ())))
        for event in catalog.events.values()
        if isinstance(event, TableEvent)
    }
    return Profile(attributes, events)


def _events(event: TableEvent, rows: tuple[Row, ...]) -> Iterator[dict[str, Any]]:
    for row in rows:
        moment = row.get(event.at.name)
        fits = all(row.get(column) in values for column, values in event.where.items())
        if not fits or not isinstance(moment, int):
            continue
        found: dict[str, Any] = {"at": from_microseconds(moment)}
        if event.id is not None:
            found["id"] = row.get(event.id.name)
        for name, field in event.properties.items():
            found[name] = to_user(row.get(field.column), field.type)
        yield found
