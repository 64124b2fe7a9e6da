"""States: numbers that events change one after the other, kept between two bounds.

Adding `s` and keeping the sum between `low` and `high` is a function of the number before. Two
such functions one after the other are again such a function:

    clamp(clamp(x + s₁, l₁, h₁) + s₂, l₂, h₂)
      = clamp(x + s₁ + s₂, clamp(l₁ + s₂, l₂, h₂), clamp(h₁ + s₂, l₂, h₂))

and so is setting a number, which is kept between that number and itself. So the changes of any
stretch of time are three numbers, and stretches are joined in any grouping: a batch, parts of it
added later, and a stream of single events give the same state exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from segue.compiler.plan.nodes import State

Changes = Sequence[tuple[int, int]]
"""Instants (microseconds since the epoch) with the values that a state is changed by."""


@dataclass(frozen=True, slots=True)
class Change:
    """The function `x -> clamp(x + by, low, high)`; a bound that is None does not bind."""

    by: int = 0
    low: int | None = None
    high: int | None = None

    def __call__(self, before: int) -> int:
        """The number after the change."""
        return clamp(before + self.by, self.low, self.high)

    def then(self, later: "Change") -> "Change":
        """Both changes, this one first, as one."""
        low = None if self.low is None else later(self.low)
        high = None if self.high is None else later(self.high)
        return Change(
            self.by + later.by,
            later.low if low is None else low,
            later.high if high is None else high,
        )


NO_CHANGE = Change()


def clamp(value: int, low: int | None, high: int | None) -> int:
    """The value, or the bound that it is beyond."""
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def change(state: State, place: int, value: int) -> Change:
    """What one value does to a state, by the operation at a place of its arguments."""
    if state.operations[place] == "add":
        return Change(value, state.low, state.high)
    settled = clamp(value, state.low, state.high)
    return Change(0, settled, settled)


def composed(state: State, changes: Iterable[Changes]) -> Change:
    """All changes, in order, as one; `changes` are those of each argument of the state."""
    in_order = sorted(
        (at, place, value) for place, found in enumerate(changes) for at, value in found
    )
    steps = (change(state, place, value) for _, place, value in in_order)
    return reduce(Change.then, steps, NO_CHANGE)


@dataclass(frozen=True, slots=True)
class Folding:
    """A state that is ready to be computed from what happened."""

    state: State

    def __call__(self, *changes: Changes) -> int:
        """The state after all changes."""
        state = self.state
        return composed(state, changes)(clamp(state.initial, state.low, state.high))
