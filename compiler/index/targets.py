"""What a name in a rule can stand for."""

from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """The sorts of thing that have names."""

    DEFINITION = "definition"
    PARAMETER = "parameter"
    ENTITY = "entity"
    KEY = "key"
    ATTRIBUTE = "attribute"
    EVENT = "event"
    PROPERTY = "property"
    VALUE = "value"
    FUNCTION = "function"
    BUILTIN = "builtin"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Target:
    """One named thing. Two places mean the same thing exactly when their targets are equal.

    `name` is the full name of a definition, else the name as written. `owner` says whose it
    is: the define of a parameter, the event of a property, the field of an accepted value
    (`country`, `purchase.category`); it is empty for everything else.
    """

    kind: TargetKind
    name: str
    owner: str = ""

    @property
    def last(self) -> str:
        """The last part of the name: what stands at the place, folders apart."""
        return self.name.rpartition(".")[2] if self.kind is TargetKind.DEFINITION else self.name


def definition(full_name: str) -> Target:
    """A metric, condition, segment or other block, by its full name."""
    return Target(TargetKind.DEFINITION, full_name)


def event(name: str) -> Target:
    """An event of the catalog."""
    return Target(TargetKind.EVENT, name)


def property_of(event_name: str, name: str) -> Target:
    """A property of an event, or its time (`at`)."""
    return Target(TargetKind.PROPERTY, name, event_name)


def parameter(define: str, name: str) -> Target:
    """A parameter of a define, which is named in full."""
    return Target(TargetKind.PARAMETER, name, define)


def function(name: str) -> Target:
    """A function of the language, aggregates included."""
    return Target(TargetKind.FUNCTION, name)
