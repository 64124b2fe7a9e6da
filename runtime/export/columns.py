"""The columns of an export: which values, under which names.

Attributes are in an export where they are asked for; personal ones only by their name, never by
`*`. What the catalog does not know cannot be asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from segue.compiler.catalog.model import Attribute, Entity
from segue.compiler.types import Kind, Type
from segue.grammar.suggestions import did_you_mean
from segue.runtime.refusal import Refusal

EVERY = "*"


class What(StrEnum):
    """What is exported."""

    MEMBERS = "members"
    ENTRIES = "entries"
    EXITS = "exits"


OWN = {
    What.MEMBERS: ("segment", "entered_at", "run_id"),
    What.ENTRIES: ("segment", "at", "reason", "run_id"),
    What.EXITS: ("segment", "at", "reason", "run_id"),
}
"""What the store says of each row, beside the key."""

_TYPES = {
    "segment": Type(Kind.STRING),
    "reason": Type(Kind.STRING),
    "run_id": Type(Kind.INT),
    "at": Type(Kind.TIMESTAMP),
    "entered_at": Type(Kind.TIMESTAMP),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """One column: its name in the export, where it comes from, and its type.

    `attribute` is set for one of the entity, else `source` is the key or a column of the store.
    """

    name: str
    source: str
    type: Type
    attribute: Attribute | None = None


def read_columns(written: Sequence[str], what: What, entity: Entity) -> tuple[Exported, ...]:
    """The columns of `key=external_id,email=email`; without any, those of the store.

    Raises `Refusal` for what is no column, for none, and for a name that two of them have.
    """
    items = [item.strip() for text in written for item in text.split(",") if item.strip()]
    if written and not items:
        raise Refusal("`--columns` names no column", "write them as in `key=external_id,email`")
    if not items:
        items = ["segment", "key", OWN[what][1]]
    found: list[Exported] = []
    for item in items:
        source, equals, name = (part.strip() for part in item.partition("="))
        if source == EVERY:
            found += _every(entity, {column.source for column in found})
        else:
            if equals and not name:
                raise Refusal(f"`{item}` has no name", "write `email=address`, or `email` alone")
            found.append(_column(source, name or source, what, entity))
    names = [column.name for column in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refusal(f"two columns are called `{twice}`", "`source=name` gives one another name")
    return tuple(found)


def _every(entity: Entity, given: set[str]) -> list[Exported]:
    return [
        Exported(name, name, attribute.read_type, attribute)
        for name, attribute in entity.attributes.items()
        if not attribute.pii and name not in given
    ]


def _column(source: str, name: str, what: What, entity: Entity) -> Exported:
    if source in entity.attributes:
        attribute = entity.attributes[source]
        return Exported(name, source, attribute.read_type, attribute)
    if source in ("key", entity.key.name):
        return Exported(name, "key", entity.key.type)
    if source in OWN[what]:
        return Exported(name, source, _TYPES[source])
    known = ("key", *OWN[what], *entity.attributes)
    hint = did_you_mean(source, known) or f"there are {', '.join(known)}"
    raise Refusal(f"there is no column `{source}` to export", hint)


def consent_of(entity: Entity, written: str | None) -> tuple[Attribute, ...]:
    """The attributes that must all be true of who is exported.

    By default every one that the catalog marks with `consent: true`; `none` asks for no consent.
    """
    marked = {name: a for name, a in entity.attributes.items() if a.consent}
    if written is None:
        return tuple(marked.values())
    if written == "none":
        return ()
    if written not in marked:
        known = ", ".join((*marked, "none"))
        hint = f"there are {known}; the catalog marks such an attribute with `consent: true`"
        raise Refusal(f"`{written}` does not stand for consent", hint)
    return (marked[written],)
