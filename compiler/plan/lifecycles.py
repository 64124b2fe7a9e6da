"""Lifecycles: the stages an entity passes through, and the rule by which it moves.

At one evaluation an entity makes at most one move:

1. Of the stages its present one names in `next`, in that order, the first whose entry condition
   holds is its new stage. An entity without a stage tries all stages, in order of definition.
2. Else, where the exit condition of its stage holds, it leaves to no stage.
3. Else it stays. One without a stage starts in the `initial` stage where there is one.

What happens next depends on the present stage and on conditions at `as_of`, and on nothing
else: not on how the entity came to where it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from segue.compiler.plan.nodes import Expr
from segue.grammar import ast


class Reason(StrEnum):
    """Why the stage of an entity is another one than before."""

    ENTERED = "entered"
    """It had none, and an entry condition holds."""
    STARTED = "started"
    """It had none, and no entry condition holds: it starts in the `initial` stage."""
    PROGRESSED = "progressed"
    """The entry condition of a stage in `next` holds."""
    EXITED = "exited"
    """The exit condition of its stage holds, and it moves to no other."""
    STAGE_REMOVED = "stage_removed"
    """Its stage is no longer part of the rules: it counts as one without a stage."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. `enter` is None where only the `initial` clause leads here, `exit` where
    nobody leaves to no stage; `next`, `nurture` and `triggers` are names, as written."""

    name: str
    enter: Expr | None
    exit: Expr | None
    next: tuple[str, ...]
    source: ast.Stage

    @property
    def title(self) -> str:
        """The description in the rule file, or nothing."""
        return self.source.title or ""

    @property
    def nurture(self) -> tuple[str, ...]:
        """The sequences that accompany everybody in the stage."""
        return tuple(name.text for name in self.source.nurture)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The events and conditions at which it is worth a look whether somebody moves on."""
        return tuple(name.text for name in self.source.triggers)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Stages by name, in order of definition. `name` is the full name, dotted by module."""

    name: str
    stages: Mapping[str, Stage]
    initial: str | None
    source: ast.Lifecycle

    @property
    def title(self) -> str:
        """The description in the rule file, or nothing."""
        return self.source.title or ""

    @property
    def conditions(self) -> tuple[Expr, ...]:
        """Every entry and exit condition, each once."""
        found: dict[int, Expr] = {}
        for stage in self.stages.values():
            for condition in (stage.enter, stage.exit):
                if condition is not None:
                    found[condition.id] = condition
        return tuple(found.values())

    def tried_from(self, stage: str | None) -> tuple[Stage, ...]:
        """The stages whose entry is tried by an entity in a stage, in that order.

        A stage that is none of this lifecycle (it was taken out of the rules) is no stage.
        """
        present = self.stages.get(stage) if stage is not None else None
        names = tuple(self.stages) if present is None else present.next
        return tuple(self.stages[name] for name in names if self.stages[name].enter is not None)

    def moves(self) -> Iterator[tuple[str | None, str | None, Reason]]:
        """Every move the rules allow, as (from, to, reason); None is no stage."""
        for stage in self.tried_from(None):
            yield None, stage.name, Reason.ENTERED
        if self.initial is not None:
            yield None, self.initial, Reason.STARTED
        for stage in self.stages.values():
            for following in self.tried_from(stage.name):
                yield stage.name, following.name, Reason.PROGRESSED
            if stage.exit is not None:
                yield stage.name, None, Reason.EXITED
