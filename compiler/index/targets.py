"""What a name in a rule can stand for."""

from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """The sorts of thing that have names."""

    DEFINITION = "definition"
    LIFECYCLE = "lifecycle"
    STAGE = "stage"
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

    `name` is the full name of a definition or a lifecycle, else the name as written. `owner` says
    whose it is: the lifecycle of a stage, the define of a parameter, the event of a property, the
    field of an accepted value (`country`, `purchase.category`); it is empty for everything else.
    """

    kind: TargetKind
    name: str
    owner: str = ""

    @property
    def last(self) -> str:
        """The last part of the name: what stands at the place, folders apart."""
        in_full = self.kind in (TargetKind.DEFINITION, TargetKind.LIFECYCLE)
        return self.name.rpartition(".")[2] if in_full else self.name


def definition(full_name: str) -> Target:
    """A metric, condition, segment, tier or other block, by its full name."""
    return Target(TargetKind.DEFINITION, full_name)


def lifecycle(full_name: str) -> Target:
    """A lifecycle: its name, and those of its stages, are no names of definitions."""
    return Target(TargetKind.LIFECYCLE, full_name)


def stage(lifecycle_name: str, name: str) -> Target:
    """A stage of a lifecycle, which is named in full."""
    return Target(TargetKind.STAGE, name, lifecycle_name)


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
