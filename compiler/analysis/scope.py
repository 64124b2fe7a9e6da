"""What names can mean at one place of a rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from segue.compiler.plan.nodes import Expr


@dataclass(frozen=True, slots=True)
class EventArgument:
    """An event passed to a define: `define recent(e, w) = exists(e over last w)`."""

    event: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The module a rule stands in, a define's arguments, and the event rows in sight.

    `define` is the full name of the define whose arguments these are. `events` holds the event
    of each step of the sequence so far, the current one last; a step that was negated has no row
    afterwards and is None. `part` is the part of a score that this is: only its label may look
    ahead.
    """

    module: tuple[str, ...] = ()
    arguments: Mapping[str, Expr | EventArgument] = field(default_factory=dict)
    events: tuple[str | None, ...] = ()
    define: str = ""
    part: Literal["", "label", "feature", "among"] = ""

    def outside_rows(self) -> "Scope":
        """The same place, for an expression about the entity."""
        return replace(self, events=())

    def with_row(self, event: str) -> "Scope":
        """The same place with the row of one more step in sight."""
        return self.with_rows((*self.events, event))

    def with_rows(self, events: tuple[str | None, ...]) -> "Scope":
        """The same place with other rows in sight."""
        return replace(self, events=events)

    def step_of(self, event: str) -> int | None:
        """The step whose row a qualified name means: the nearest earlier one of that event, or
        the current one."""
        earlier = range(len(self.events) - 2, -1, -1)
        steps = (*earlier, len(self.events) - 1) if self.events else ()
        return next((step for step in steps if self.events[step] == event), None)
