"""What a run found and did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segue.runtime.incremental.extent import Extent
from segue.runtime.lifecycles.outcome import LifecycleCount


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """One segment after a run; `change` says what became of its rule since the last one."""

    segment: str
    members: int
    entered: int
    left: int
    change: str = ""

    @property
    def stayed(self) -> int:
        """Members that were members before."""
        return self.members - self.entered


Key: TypeAlias = int | str
"""The key of an entity."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Entities whose key several rows have, how many rows these are, and the first of the keys."""

    entities: int
    rows: int
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """An entity that an engine could not evaluate, and why, in its words."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. `run_id` is None for a trial; instants are microseconds since the epoch.

    `removed` are segments that the rules have no more, whose members have left.
    """

    run_id: int | None
    as_of: int
    previous_as_of: int | None
    ruleset: str
    entities: int
    counts: tuple[SegmentCount, ...]
    removed: tuple[SegmentCount, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    lifecycles: tuple[LifecycleCount, ...] = ()
    repeated: bool = False
    """The same rules at the same instant as the run before."""
    repeats: Repeats | None = None
    """Entities that stay where they were, since nobody can tell which of their rows is right."""
    failed: tuple[Failed, ...] = ()
    """Entities that stay where they were, since they could not be evaluated."""
    extent: Extent = field(default_factory=Extent)
    """How much was computed, and why."""

    @property
    def entered(self) -> int:
        """Entries in all segments."""
        return sum(count.entered for count in self.counts)

    @property
    def left(self) -> int:
        """Exits from all segments, removed ones included."""
        return sum(count.left for count in (*self.counts, *self.removed))

    @property
    def changed(self) -> bool:
        """Whether anybody entered or left, or the segments are not those of the last run."""
        moved = any(count.moved or count.change for count in self.lifecycles)
        return bool(self.entered or self.left or self.removed or self.renamed or moved)
