"""Which bit of an entity's words stands for which segment.

A segment keeps its bit for good. One that is removed leaves its bit unused, and gets it back
when it returns; one that is renamed takes its bit, and so its members, along.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segue.compiler.sql.statements import WORD_BITS


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment to be computed; `definition` changes with the meaning of its condition."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one segment: bit `number % 62` of word `number // 62`."""

    number: int
    segment: str
    definition: str
    retired: bool = False

    @property
    def word(self) -> int:
        """Which word."""
        return self.number // WORD_BITS

    @property
    def flag(self) -> int:
        """The bit in the word, as a number."""
        return 1 << self.number % WORD_BITS


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of the segments that a run computes, and what is new since the last run.

    `renamed` gives the old name of each segment with a new one. `words` is how many words the
    store has.
    """

    active: tuple[Slot, ...]
    words: int
    added: tuple[Slot, ...] = ()
    removed: tuple[Slot, ...] = ()
    redefined: tuple[Slot, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def mask(self, word: int) -> int:
        """The bits of a word that this run decides."""
        return sum(slot.flag for slot in (*self.active, *self.removed) if slot.word == word)


def words_of(slots: Sequence[Slot]) -> int:
    """How many words it takes to hold these slots."""
    return max((slot.word + 1 for slot in slots), default=0)


def arrange(stored: Sequence[Slot], wanted: Sequence[Segment], *, partial: bool = False) -> Layout:
    """The layout of a run. A `partial` one leaves all segments it does not name as they are."""
    known = {slot.segment: slot for slot in stored}
    names = {segment.name for segment in wanted}
    gone = [] if partial else [s for s in stored if not s.retired and s.segment not in names]
    renamed = _renamed(gone, [s for s in wanted if s.name not in known])
    free = max((slot.number for slot in stored), default=-1) + 1
    active: list[Slot] = []
    added: list[Slot] = []
    redefined: list[Slot] = []
    for segment in wanted:
        slot = renamed.get(segment.name) or known.get(segment.name)
        if slot is None:
            slot = Slot(free, segment.name, segment.definition, retired=True)
            free += 1
        now = Slot(slot.number, segment.name, segment.definition)
        active.append(now)
        if slot.retired:
            added.append(now)
        elif slot.definition != segment.definition:
            redefined.append(now)
    taken = {slot.number for slot in renamed.values()}
    return Layout(
        active=tuple(sorted(active, key=lambda slot: slot.number)),
        words=-(-free // WORD_BITS),
        added=tuple(added),
        removed=tuple(replace(s, retired=True) for s in gone if s.number not in taken),
        redefined=tuple(redefined),
        renamed={name: slot.segment for name, slot in renamed.items()},
    )


def _renamed(gone: Iterable[Slot], new: Iterable[Segment]) -> dict[str, Slot]:
    """New segments that say what exactly one vanished segment said, and no other new one says."""
    gone, new = list(gone), list(new)
    before = Counter(slot.definition for slot in gone)
    after = Counter(segment.definition for segment in new)
    by_definition = {slot.definition: slot for slot in gone}
    return {
        segment.name: by_definition[segment.definition]
        for segment in new
        if before[segment.definition] == after[segment.definition] == 1
    }
