"""A hash of all that a condition means: what the rule says, and what the catalog says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.identity import identities
from segue.compiler.plan.nodes import Aggregate, Expr, reachable


def meanings(catalog: Catalog, roots: Sequence[Expr]) -> list[str]:
    """For each condition another one when it, the zone, or a table or column it reads is another
    one."""
    hashes = identities(roots)
    return [_meaning(catalog, root, hashes[root.id]) for root in roots]


def _meaning(catalog: Catalog, root: Expr, hashed: str) -> str:
    entity = catalog.entity
    nodes = reachable([root])
    attributes = sorted({str(node.param) for node in nodes if node.op == "attribute"})
    columns = [
        replace(entity.attributes[name], description="", pii=False, consent=False)
        for name in attributes
        if name in entity.attributes
    ]
    events = [_without_words(catalog, name) for name in sorted(events_of([root]))]
    said = (hashed, catalog.timezone, entity.table, entity.key, columns, events)
    return sha256(repr(said).encode()).hexdigest()


def events_of(roots: Iterable[Expr]) -> set[str]:
    """The events that conditions name, those of later steps too."""
    found: set[str] = set()
    for node in reachable(roots):
        if isinstance(node.param, Aggregate):
            found |= {node.param.event, *(step.event for step in node.param.steps)}
    return found


def _without_words(catalog: Catalog, event: str) -> tuple[str, list[TableEvent]]:
    """What the catalog says of the rows of an event, without what is only for people."""
    members = []
    for member in catalog.members(event):
        properties = {
            name: replace(found, description="", pii=False)
            for name, found in member.properties.items()
        }
        members.append(
            replace(
                member,
                description="",
                rows=None,
                retention=None,
                lateness=None,
                arrived=None,
                properties=properties,
            )
        )
    return event, members
