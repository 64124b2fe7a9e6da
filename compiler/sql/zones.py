"""The offsets of a time zone, as a ladder of instants."""

from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import DAY, Binding, Bounds, local_datetime

EARLIEST = 0
"""1970-01-01: before it a zone is taken to have kept the offset it had then."""
LATEST = 5 * 366 * DAY
"""How long after `as_of` offsets are known, for columns that may lie in the future."""
MICROSECOND = timedelta(microseconds=1)


class Offset(NamedTuple):
    """From `start` on, the clock of the zone is `offset` microseconds ahead of UTC."""

    start: int
    offset: int


def offsets(binding: Binding, covered: Bounds | None = None) -> tuple[Offset, ...]:
    """The offsets in force over what is covered, or from 1970 to five years after `as_of`."""
    first, last = EARLIEST, binding.as_of + LATEST
    if covered is not None:
        first, last = EARLIEST if covered.after is None else covered.after, covered.until
    first = max(first, EARLIEST)
    # Whole days, so that all windows of a run find the same answer in the cache.
    ladder = _ladder(binding.zone, first // DAY * DAY, (last // DAY + 1) * DAY)
    before = [step for step in ladder if step.start <= first]
    after = [step for step in ladder if first < step.start <= last]
    return (before[-1], *after)


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


def offset(microseconds: int, zone: ZoneInfo) -> int:
    """How far the zone's clock is ahead of UTC at an instant."""
    ahead = local_datetime(microseconds, zone).utcoffset()
    assert ahead is not None
    return ahead // MICROSECOND
