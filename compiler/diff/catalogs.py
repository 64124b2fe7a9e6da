"""What is different between two catalogs, and which expressions that can touch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from segue.compiler.catalog.model import Catalog, Event, Field, TableEvent, UnionEvent
from segue.compiler.plan.nodes import Aggregate, Expr, children, reachable
from segue.compiler.plan.windows import Calendar, FixedDays

_OF_THE_ZONE = frozenset({"date", "hour", "period", "anniversary in days"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing of a catalog: what it is read from, and what is promised of it."""

    read: object
    promised: object


def catalog_changes(base: Catalog, head: Catalog) -> Mapping[str, str]:
    """What changed, by name (`purchase.amount`), in words."""
    before, after = dict(_entries(base)), dict(_entries(head))
    found = {}
    for name in (*before, *(n for n in after if n not in before)):
        if name not in after:
            found[name] = "is no longer in the catalog"
        elif name not in before:
            found[name] = "is new in the catalog"
        elif before[name].read != after[name].read:
            found[name] = "is read from something else"
        elif before[name].promised != after[name].promised:
            found[name] = "is promised to be something else"
    return found


def touching(expr: Expr, base: Catalog, head: Catalog) -> str:
    """Why an expression of either catalog may be another than it looks, or nothing."""
    before, after = dict(_entries(base)), dict(_entries(head))
    for name in _read_by(expr):
        if name not in after:
            return f"`{name}` is no longer in the catalog"
        if name in before and before[name].read != after[name].read:
            return f"`{name}` of the catalog is read from something else"
    return ""


def _entries(catalog: Catalog) -> Iterator[tuple[str, _Entry]]:
    entity = catalog.entity
    yield "timezone", _Entry(catalog.timezone, None)
    yield entity.name, _Entry((entity.table, entity.key), None)
    for attribute in entity.attributes.values():
        yield attribute.name, _field(attribute)
    for event in catalog.events.values():
        yield event.name, _Entry(_source(event), None)
        for name, found in event.properties.items():
            yield f"{event.name}.{name}", _field(found)


def _source(event: Event) -> object:
    if isinstance(event, TableEvent):
        where = tuple(sorted(event.where.items()))
        return event.table, event.key, event.at, event.id, where, event.partition
    assert isinstance(event, UnionEvent)
    return event.any_of


def _field(field: Field) -> _Entry:
    type = field.type
    read = (field.column, type.kind, type.scale, field.default, field.unit, field.time)
    return _Entry(read, (type.nullable, type.values, field.minimum, field.maximum))


def _read_by(root: Expr) -> Iterator[str]:
    for node in reachable([root]):
        if node.op == "attribute":
            yield str(node.param)
        if node.op in _OF_THE_ZONE:
            yield "timezone"
        if isinstance(node.param, Aggregate):
            yield from _read_by_aggregate(node, node.param)


def _read_by_aggregate(node: Expr, aggregate: Aggregate) -> Iterator[str]:
    events = (aggregate.event, *(step.event for step in aggregate.steps))
    yield from events
    if isinstance(aggregate.window, Calendar | FixedDays):
        yield "timezone"
    stack = list(children(node))
    while stack:
        inner = stack.pop()
        stack.extend(inner.args)
        if inner.op == "property" and isinstance(inner.param, tuple):
            step, name = inner.param
            yield f"{events[step]}.{name}"
