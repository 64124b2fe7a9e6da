"""What a picture of a lifecycle shows: stages, the moves between them, and how many went."""

from dataclasses import dataclass

from segue.compiler.plan.lifecycles import Lifecycle, Reason
from segue.runtime.history.lifecycle import LifecycleHistory, Stays


@dataclass(frozen=True, slots=True)
class StageBox:
    """One stage. Counts are None where no store was at hand."""

    name: str
    title: str
    initial: bool
    entered: bool
    left: bool
    nurture: tuple[str, ...]
    present: int | None = None
    from_nowhere: int | None = None
    to_nowhere: int | None = None
    stays: Stays | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A progression from one stage to another, by their places; `count` went this way."""

    before: int
    after: int
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A lifecycle to be drawn. `counted` says whether there are counts at all."""

    name: str
    title: str
    stages: tuple[StageBox, ...]
    arrows: tuple[Arrow, ...]
    counted: bool

    @property
    def present(self) -> int:
        """How many are in some stage."""
        return sum(stage.present or 0 for stage in self.stages)


def picture_of(lifecycle: Lifecycle, history: LifecycleHistory | None = None) -> Picture:
    """The picture of a lifecycle, with what runs have counted."""
    moves = tuple(lifecycle.moves())
    places = {name: place for place, name in enumerate(lifecycle.stages)}
    return Picture(
        lifecycle.name,
        lifecycle.title,
        tuple(_box(lifecycle, name, history) for name in lifecycle.stages),
        tuple(
            Arrow(places[before], places[after], _count(history, before, after))
            for before, after, reason in moves
            if reason is Reason.PROGRESSED and before is not None and after is not None
        ),
        history is not None,
    )


def _box(lifecycle: Lifecycle, name: str, history: LifecycleHistory | None) -> StageBox:
    stage = lifecycle.stages[name]
    now = history.sizes[-1].sizes.get(name, 0) if history is not None and history.sizes else 0
    return StageBox(
        name,
        stage.title,
        initial=lifecycle.initial == name,
        entered=stage.enter is not None,
        left=stage.exit is not None,
        nurture=stage.nurture,
        present=None if history is None else now,
        from_nowhere=_count(history, None, name),
        to_nowhere=_count(history, name, None),
        stays=None if history is None else history.stays.get(name),
    )


def _count(history: LifecycleHistory | None, before: str | None, after: str | None) -> int | None:
    return None if history is None else history.matrix.get((before, after), 0)
