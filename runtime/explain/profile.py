"""One entity of a warehouse with its events: only the columns that a rule reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.nodes import Aggregate, Expr, children, reachable
from segue.compiler.plan.windows import Binding, Bounds, bounds
from segue.compiler.python.boundary import to_user
from segue.compiler.python.profile import Profile
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.rows import Rows, table
from segue.compiler.sql.trees import column
from segue.compiler.types import Kind, Type
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Warehouse


@dataclass
class EventNeeds:
    """What is read of an event: properties, and from when on (None: from the beginning)."""

    properties: dict[str, None] = field(default_factory=dict)
    after: int | None = None


@dataclass(frozen=True)
class Needs:
    """What some expressions read of an entity; events are those of tables."""

    attributes: tuple[str, ...]
    events: Mapping[str, EventNeeds]


def needs_of(roots: Iterable[Expr], catalog: Catalog, binding: Binding) -> Needs:
    """All that the roots read."""
    nodes = reachable(roots)
    attributes = dict.fromkeys(str(node.param) for node in nodes if node.op == "attribute")
    attributes.pop(catalog.entity.key.name, None)
    events: dict[str, EventNeeds] = {}
    for node in nodes:
        if isinstance(node.param, Aggregate):
            _note_aggregate(node, node.param, catalog, binding, events)
    return Needs(tuple(attributes), events)


def _note_aggregate(
    node: Expr,
    aggregate: Aggregate,
    catalog: Catalog,
    binding: Binding,
    events: dict[str, EventNeeds],
) -> None:
    names = [aggregate.event, *(step.event for step in aggregate.steps)]
    after = bounds(aggregate.window, binding).after
    for name in names:
        for member in catalog.members(name):
            needs = events.setdefault(member.name, EventNeeds(after=after))
            # Later steps happen after the first, so its window begins early enough for all.
            if needs.after is not None:
                needs.after = None if after is None else min(needs.after, after)
    for leaf in _row_leaves(node):
        if leaf.op == "property" and isinstance(leaf.param, tuple):
            step, name = leaf.param
            for member in catalog.members(names[step]):
                events[member.name].properties[name] = None


def _row_leaves(aggregate: Expr) -> Iterable[Expr]:
    """The leaves that read rows of this aggregate, and not of one inside it."""
    stack, seen = list(children(aggregate)), set()
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen.add(node.id)
            yield node
            stack.extend(node.args)


def fetch_profile(
    warehouse: Warehouse, catalog: Catalog, needs: Needs, key: str, binding: Binding
) -> Profile:
    """Reads one entity; `Refusal` where there is none with this key."""
    target = dialect(warehouse.dialect)
    type = catalog.entity.key.type
    literal = target.literal(read_key(key, catalog), type)
    attributes = _fetch_attributes(warehouse, catalog, target, needs.attributes, literal)
    if attributes is None:
        entity = catalog.entity
        raise Refusal(
            f"there is no {entity.name} with {entity.key.name} {key}",
            f"looked in the table `{entity.table}`",
        )
    events = {
        name: _fetch_events(warehouse, catalog, target, name, wanted, literal, binding)
        for name, wanted in needs.events.items()
    }
    return Profile({**attributes, catalog.entity.key.name: read_key(key, catalog)}, events)


def read_key(text: str, catalog: Catalog) -> int | str:
    """A key as it was written on a command line."""
    if catalog.entity.key.type.kind is not Kind.INT:
        return text
    try:
        return int(text)
    except ValueError:
        raise Refusal(f"`{text}` is no key: {catalog.entity.key.name} is a whole number") from None


def _fetch_attributes(
    warehouse: Warehouse,
    catalog: Catalog,
    target: Dialect,
    names: Iterable[str],
    key: exp.Expr,
) -> dict[str, Any] | None:
    entity = catalog.entity
    fields = [entity.attributes[name] for name in names]
    items = [target.leaf(column(field.column), field) for field in fields]
    query = exp.select(column(entity.key.name), *items).from_(table(entity.table))
    same = target.is_key(column(entity.key.name), key.copy(), entity.key.type)
    rows = warehouse.fetch(query.where(same).limit(2))
    if len(rows) > 1:
        raise Refusal(
            f"several rows of `{entity.table}` have this {entity.key.name}",
            f"nobody can tell which is right: `segue run` leaves the {entity.name} as it was",
        )
    row = next(iter(rows), None)
    if row is None:
        return None
    return {f.name: to_user(v, f.type) for f, v in zip(fields, row[1:], strict=True)}


def _fetch_events(
    warehouse: Warehouse,
    catalog: Catalog,
    target: Dialect,
    name: str,
    needs: EventNeeds,
    key: exp.Expr,
    binding: Binding,
) -> list[dict[str, Any]]:
    event = catalog.events[name]
    assert isinstance(event, TableEvent)
    rows = Rows(target, name, (event,), catalog.entity.key.type)
    items: dict[str, tuple[exp.Expr, Type]] = {"at": (rows.moment, Type(Kind.TIMESTAMP))}
    if event.id is not None:
        items["id"] = (rows.id, event.id.type)
    for title in needs.properties:
        items[title] = (rows.property(title), event.properties[title].type)
    same = target.is_key(rows.raw_key, key.copy(), catalog.entity.key.type)
    conditions = [same, *rows.scanned(Bounds(needs.after, binding.as_of))]
    which = rows.condition()
    if which is not None:
        conditions.append(which)
    query = exp.select(*(tree for tree, _ in items.values())).from_(rows.source)
    found = warehouse.fetch(query.where(*conditions))
    types = [(title, type) for title, (_, type) in items.items()]
    return [
        {title: to_user(value, type) for (title, type), value in zip(types, row, strict=True)}
        for row in found
    ]
