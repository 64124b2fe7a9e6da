"""What differs between two texts: one stretch, from the first difference to the last."""

from typing import NamedTuple


class Change(NamedTuple):
    """`before[start:end]` became `after[start:end + growth]`; all else is the same."""

    start: int
    end: int
    growth: int


def change(before: str, after: str) -> Change:
    """The stretch that differs."""
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    left = most - start
    same = next((i for i in range(left) if before[-1 - i] != after[-1 - i]), left)
    return Change(start, len(before) - same, len(after) - len(before))
