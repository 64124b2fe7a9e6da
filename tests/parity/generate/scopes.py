"""What an expression may mention where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from segue.compiler.catalog.model import Catalog
from segue.compiler.types import TIMESTAMP, Kind, Type
from segue.grammar import ast


@dataclass
class Vocabulary:
    """What the ruleset has defined so far; it grows as definitions are accepted."""

    catalog: Catalog
    edges: tuple[int, ...]
    values: dict[str, Type] = field(default_factory=dict)
    segments: list[str] = field(default_factory=list)
    defines: dict[str, "Signature"] = field(default_factory=dict)


EVENT = "event"


@dataclass(frozen=True, slots=True)
class Signature:
    """A define: the kind of each parameter (or `event`) and whether it is constant; the result."""

    parameters: tuple[tuple[Kind | str, bool], ...]
    result: Kind


@dataclass(frozen=True, slots=True)
class Scope:
    """The events whose rows are in sight, and the parameters of the define around.

    In the value of an aggregate (`qualified`) the row's properties are written with the event,
    which is what says the event at all.
    """

    events: tuple[str | None, ...] = ()
    qualified: bool = False
    parameters: Mapping[str, Type] = field(default_factory=dict)
    event_parameter: str | None = None

    def outside(self) -> "Scope":
        """The same place, about the entity."""
        return replace(self, events=(), qualified=False)


def names(vocabulary: Vocabulary, scope: Scope, kind: Kind) -> list[ast.Name]:
    """The names of a kind, those of rows first."""
    return [*row_names(vocabulary, scope, kind), *outer_names(vocabulary, scope, kind)]


def row_names(vocabulary: Vocabulary, scope: Scope, kind: Kind) -> list[ast.Name]:
    """The properties and times of the rows in sight."""
    found = []
    for step, event in enumerate(scope.events):
        if event is None or event == scope.event_parameter:
            continue
        properties = vocabulary.catalog.events[event].properties
        fitting = [name for name, prop in properties.items() if prop.read_type.kind is kind]
        if kind is TIMESTAMP.kind:
            fitting.append("at")
        last = step == len(scope.events) - 1
        for name in fitting:
            if last and not scope.qualified:
                found.append(ast.Name((name,)))
            if not last or scope.qualified or name == fitting[0]:
                found.append(ast.Name((event, name)))
    return found


def outer_names(vocabulary: Vocabulary, scope: Scope, kind: Kind) -> list[ast.Name]:
    """Attributes, definitions and parameters, those that a row's property hides apart."""
    entity = vocabulary.catalog.entity
    hidden = _hidden(vocabulary, scope)
    found = [ast.Name((n,)) for n, type in scope.parameters.items() if type.kind is kind]
    for name, attribute in entity.attributes.items():
        if attribute.read_type.kind is kind:
            found.append(ast.Name((entity.name, name) if name in hidden else (name,)))
    found += [ast.Name((n,)) for n, type in vocabulary.values.items() if type.kind is kind]
    if entity.key.type.kind is kind:
        found.append(ast.Name((entity.key.name,)))
    if kind is Kind.TIMESTAMP:
        found.append(ast.Name(("as_of",)))
    if kind is Kind.DATE:
        found.append(ast.Name(("today",)))
    return found


def _hidden(vocabulary: Vocabulary, scope: Scope) -> frozenset[str]:
    event = scope.events[-1] if scope.events else None
    if event is None or event == scope.event_parameter:
        return frozenset()
    return frozenset(vocabulary.catalog.events[event].properties)
