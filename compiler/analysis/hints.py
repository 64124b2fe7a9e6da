"""What somebody may have meant who wrote a name that is not there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from segue.compiler.analysis.elsewhere import written_here
from segue.compiler.analysis.scope import Scope
from segue.compiler.catalog.model import TableEvent
from segue.compiler.types import TEXTS, Kind
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

# What people who know other languages write, and what Segue calls it.
OTHER_NAMES = {
    "now": "as_of",
    "current_date": "today",
    "current_timestamp": "as_of",
    "null": "is missing",
    "none": "is missing",
    "nan": "is missing",
    "missing": "is missing",
    "empty": "is missing",
    "unknown": "is missing",
}

_SIZES = frozenset({"length", "len", "size", "count", "total"})


def name_hint(analysis: "Analysis", scope: Scope, node: ast.Name) -> str:
    """For a name that means no value here.

    Where it may only be misspelt, what is spelt like it is said once all types are known.
    """
    word = OTHER_NAMES.get(node.text.lower())
    if word is not None:
        return f"write `{word}`"
    hint = (
        _property_of(analysis, node)
        or _attribute_of_other_owner(analysis, node)
        or _other_module(analysis, node)
    )
    if not hint:
        analysis.unknown[node.span] = (node, scope)
    return hint


def function_hint(analysis: "Analysis", node: ast.Call, functions: Iterable[str]) -> str:
    """For a function that is not there."""
    name = node.function.rpartition(".")[2]
    first = node.arguments[0] if node.arguments else None
    events = analysis.catalog.events
    if name.lower() in _SIZES and isinstance(first, ast.Name) and first.text in events:
        return f"write `count({first.text})`"
    word = written_here(node)
    return f"write {word}" if word else did_you_mean(node.function, functions)


def event_hint(analysis: "Analysis", name: str, function: str = "") -> str:
    """For a word in place of an event."""
    events = analysis.catalog.events
    owners = [event for event, found in events.items() if name in found.properties]
    if owners and function:
        return f"`{name}` is a property: write `{function}({owners[0]}.{name})`"
    tables = _by_table(analysis)
    if name in tables:
        return f"`{name}` is its table: write `{tables[name]}`"
    entity = analysis.catalog.entity
    if name in entity.attributes:
        return f"`{name}` is an attribute of {entity.name}, and never happens"
    return did_you_mean(name, events) or "the events are " + ", ".join(f"`{e}`" for e in events)


def property_hint(analysis: "Analysis", event: str, name: str) -> str:
    """For a property that an event does not have."""
    events = analysis.catalog.events
    if name in _SIZES:
        return f"how many there are is `count({event})`"
    properties = [*events[event].properties, "at"]
    near = did_you_mean(name, properties)
    if near:
        return near
    listed = ", ".join(f"`{p}`" for p in properties)
    owner = next((e for e, found in events.items() if name in found.properties), None)
    if owner is not None:
        return f"`{owner}` has one; the properties of `{event}` are {listed}"
    return f"properties: {listed}"


def _property_of(analysis: "Analysis", node: ast.Name) -> str:
    """The name of a property, without its event."""
    name = node.text
    owners = [e for e, found in analysis.catalog.events.items() if name in found.properties]
    if not owners:
        return ""
    ways = _listed(folds(analysis, owners[0], name))
    return f"`{name}` is a property of `{owners[0]}`: write {ways}"


def folds(analysis: "Analysis", event: str, name: str) -> tuple[str, ...]:
    """How a property of events becomes a value of the entity: the likeliest ways first."""
    field = analysis.catalog.events[event].properties.get(name)
    named = f"{event}.{name}"
    kind = Kind.TIMESTAMP if field is None else field.type.kind
    if kind is Kind.BOOL:
        return (f"exists({event} where {name})", f"last({named})")
    if kind in TEXTS:
        return (f"last({named})", f"mode({named})", f"exists({event} where {name} == …)")
    if kind in (Kind.DATE, Kind.TIMESTAMP):
        return (f"last({named})", f"first({named})")
    if kind in (Kind.RATIO, Kind.PROBABILITY):
        return (f"avg({named})", f"last({named})", f"max({named})")
    return (f"sum({named})", f"last({named})", f"max({named})")


def fold_hint(analysis: "Analysis", event: str, name: str) -> str:
    """For a property of events in place of a value of the entity."""
    return f"say which: {_listed(folds(analysis, event, name))}"


def compared_hint(analysis: "Analysis", node: ast.Expression, function: str) -> str:
    """For a property, or an event, where entities are compared by one value of each."""
    if not isinstance(node, ast.Name):
        return ""
    events = analysis.catalog.events
    event, _, name = node.text.rpartition(".")
    owner = (
        event
        if event in events
        else next(
            (e for e, found in events.items() if not event and name in found.properties), None
        )
    )
    entity = analysis.catalog.entity.name
    if not event and name in events:
        first = f"count({name} over last 30d)"
    elif owner is not None and (name in events[owner].properties or name == "at"):
        first = folds(analysis, owner, name)[0] if name != "at" else f"age(last({owner}.at))"
    else:
        return ""
    if function == "by":
        return f"a group is one value of each {entity}, as in `by {first}`"
    return f"compare one value of each {entity}: `{function.replace('…', first)}`"


def aged_hint(analysis: "Analysis", node: ast.Expression) -> str:
    """For an event, or its time, whose age is asked: which of the events?"""
    if not isinstance(node, ast.Name) or node.parts[-1] not in (node.parts[0], "at"):
        return ""
    event = node.parts[0]
    if event not in analysis.catalog.events:
        return ""
    return f"say of which: `age(last({event}.at))` or `age(first({event}.at))`"


def _listed(texts: Iterable[str]) -> str:
    first, *others = (f"`{text}`" for text in texts)
    return f"{', '.join((first, *others[:-1]))} or {others[-1]}" if others else first


def _attribute_of_other_owner(analysis: "Analysis", node: ast.Name) -> str:
    """`contact.plan`, `customers.country`."""
    if len(node.parts) != 2 or node.parts[1] not in analysis.catalog.entity.attributes:
        return ""
    return f"write `{node.parts[1]}`, or `{analysis.catalog.entity.name}.{node.parts[1]}`"


def _other_module(analysis: "Analysis", node: ast.Name) -> str:
    """The name of a definition in another folder."""
    found = [
        symbol.name
        for symbol in analysis.symbols
        if symbol.name.rpartition(".")[2] == node.parts[-1] and "." in symbol.name
    ]
    return f"write `{found[0]}`, with its folder" if found else ""


def _by_table(analysis: "Analysis") -> dict[str, str]:
    """The first event of each table."""
    found: dict[str, str] = {}
    for event in analysis.catalog.events.values():
        if isinstance(event, TableEvent):
            found.setdefault(event.table.name, event.name)
    return found


def date_hint(written: ast.Expression, kind: Kind, operator: str, other: ast.Expression) -> str:
    """How a moment is compared with a day, for a day in quotes or with slashes."""
    if isinstance(other, ast.String) and _is_day(other.value):
        day, what = other.value, "a day stands without quotes"
    elif isinstance(other, ast.Binary) and other.operator == "/":
        day, what = "2025-03-01", f"`{unparse(other)}` is a division, a day is `2025-03-01`"
    else:
        return ""
    name = unparse(written)
    left = f"date({name})" if kind is Kind.TIMESTAMP else name
    return f"{what}: write `{left} {operator} {day}`"


def _is_day(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [4, 2, 2] and all(part.isdigit() for part in parts)
