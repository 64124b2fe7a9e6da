"""The instants of a back-test."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import DAY, local_datetime, to_microseconds
from segue.runtime.refusal import Refusal

MOST = 5000


def instants(first: int, last: int, every: int, zone: ZoneInfo) -> list[int]:
    """From `first` up to `last`, `every` so many microseconds.

    Whole days follow the calendar of the zone: every evaluation is at the same time of day.
    """
    if last < first:
        raise Refusal("`--to` is before `--from`")
    if (last - first) // every >= MOST:
        raise Refusal(f"that is more than {MOST} dates", "choose a longer `--every`")
    found = []
    start = local_datetime(first, zone)
    for number in range(MOST + 1):
        if every % DAY == 0:
            try:
                moment = to_microseconds(start + timedelta(days=number * (every // DAY)))
            except OverflowError:  # The calendar ends with the year 9999.
                break
        else:
            moment = first + number * every
        if moment > last:
            break
        found.append(moment)
    return found
