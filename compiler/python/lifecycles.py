"""The next stage of one entity, from its present one and the truths of conditions."""

from collections.abc import Callable
from dataclasses import dataclass

from segue.compiler.plan.lifecycles import Lifecycle, Reason, Stage
from segue.compiler.plan.nodes import Expr

Truth = Callable[[Expr], bool]
"""Whether a condition holds; asked only for the conditions that decide."""


@dataclass(frozen=True, slots=True)
class Move:
    """What one evaluation did: the stage after it, and why it is another one (None: it is not)."""

    before: str | None
    after: str | None
    reason: Reason | None

    @property
    def moved(self) -> bool:
        """Whether the stage is another one."""
        return self.reason is not None


def advance(lifecycle: Lifecycle, stage: str | None, truth: Truth) -> Move:
    """One evaluation of an entity that is in a stage (None: in no stage)."""
    present = lifecycle.stages.get(stage) if stage is not None else None
    after, reason = _next(lifecycle, present, truth)
    if stage is not None and present is None:
        reason = Reason.STAGE_REMOVED
    return Move(stage, after, reason)


def _next(
    lifecycle: Lifecycle, present: Stage | None, truth: Truth
) -> tuple[str | None, Reason | None]:
    for tried in lifecycle.tried_from(None if present is None else present.name):
        assert tried.enter is not None
        if truth(tried.enter):
            return tried.name, Reason.ENTERED if present is None else Reason.PROGRESSED
    if present is None:
        started = lifecycle.initial
        return started, None if started is None else Reason.STARTED
    if present.exit is not None and truth(present.exit):
        return None, Reason.EXITED
    return present.name, None
