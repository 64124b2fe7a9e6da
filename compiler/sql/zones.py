"""The offsets of a time zone, as a ladder of instants."""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from segue.compiler.plan.moments import Moment
from segue.compiler.plan.windows import (
    DAY,
    RULES_FROM,
    RULES_UNTIL,
    Binding,
    Bounds,
    offset,
)


class Offset(NamedTuple):
    """From `start` on, the clock of the zone is `offset` microseconds ahead of UTC."""

    start: int
    offset: int


def offsets(binding: Binding, covered: Bounds | None = None) -> tuple[Offset, ...]:
    """The offsets in force over what is covered, or in all years whose rules are known."""
    if covered is None or any(isinstance(edge, Moment) for edge in covered):
        covered = Bounds(None, RULES_UNTIL)
    after, last = covered
    first = RULES_FROM if after is None else min(max(after, RULES_FROM), RULES_UNTIL)
    last = min(last, RULES_UNTIL)
    # Whole days, so that all windows of a run find the same answer in the cache.
    ladder = _ladder(binding.zone, first // DAY * DAY, (last // DAY + 1) * DAY)
    before = [step for step in ladder if step.start <= first]
    later = [step for step in ladder if first < step.start <= last]
    return (before[-1], *later)


@lru_cache(maxsize=256)
def _ladder(zone: ZoneInfo, first: int, last: int) -> tuple[Offset, ...]:
    steps = [Offset(first, offset(first, zone))]
    low = first
    while low < last:
        high = low + DAY
        if offset(high, zone) != steps[-1].offset:
            start = _transition(zone, low, high)
            steps.append(Offset(start, offset(start, zone)))
            low = start
            continue
        low = high
    return tuple(steps)


def _transition(zone: ZoneInfo, low: int, high: int) -> int:
    """The first instant after `low` whose offset differs from that of `low`."""
    before = offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high
