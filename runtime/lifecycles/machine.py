"""One lifecycle to advance one entity at a time, in a service."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.python.lifecycles import Move, advance
from segue.compiler.python.profile import Profile
from segue.compiler.python.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segue.compiler.python.events import Evaluator
    from segue.compiler.python.snapshot import Snapshot


class LifecycleMachine:
    """The stages of a lifecycle, and the step from one to the next."""

    def __init__(self, lifecycle: Lifecycle, evaluator: "Callable[[], Evaluator]") -> None:
        self._lifecycle = lifecycle
        self._evaluator = evaluator

    def __repr__(self) -> str:
        return f"<lifecycle {self.name} ({len(self.stages)} stages)>"

    @property
    def name(self) -> str:
        """The full name."""
        return self._lifecycle.name

    @property
    def initial(self) -> str | None:
        """The stage in which everybody starts who enters no other one."""
        return self._lifecycle.initial

    @property
    def stages(self) -> "Mapping[str, Stage]":
        """The stages in order, each with its `nurture` sequences, `triggers` and `next`."""
        return self._lifecycle.stages

    def advance(
        self,
        profile: Profile,
        stage: str | None = None,
        as_of: datetime | None = None,
        snapshot: "Snapshot | None" = None,
    ) -> Move:
        """One evaluation of an entity that is in a stage (None: in no stage).

        The `Move` has `after`, the stage it is in now, and `reason`, which is None where it
        stayed. `as_of` is now by default; events after it do not count. A stage that the
        lifecycle does not have counts as none, with the reason `stage_removed`. Conditions that
        compare with everybody are read off the `snapshot`.
        """
        moment = as_of if as_of is not None else datetime.now(UTC)
        evaluation = self._evaluator().evaluation(profile, moment, snapshot)
        return advance(self._lifecycle, stage, evaluation.value)
