"""What a run did to the stages of a lifecycle."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StageCount:
    """One stage after a run; `change` says what became of its rule since the last one."""

    stage: str
    entities: int
    arrived: int
    departed: int
    change: str = ""


@dataclass(frozen=True, slots=True)
class MoveCount:
    """How many went from one stage to another (None: no stage), and why."""

    before: str | None
    after: str | None
    reason: str
    entities: int


@dataclass(frozen=True, slots=True)
class LifecycleCount:
    """A lifecycle after a run. `moves` are the most frequent first; stages in their order,
    those that the rules no longer have last."""

    name: str
    stages: tuple[StageCount, ...]
    moves: tuple[MoveCount, ...] = field(default=())
    change: str = ""

    @property
    def entities(self) -> int:
        """How many are in some stage."""
        return sum(stage.entities for stage in self.stages)

    @property
    def moved(self) -> int:
        """How many are in another stage than before."""
        return sum(move.entities for move in self.moves)
