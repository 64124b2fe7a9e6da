"""Windows of time, and the exact instants they cover.

A window in the plan is relative; `bounds` binds it to one `as_of` and one zone. Every bound
window is a half-open interval `(after, until]` of microseconds since the epoch: an event at
`until` counts, an event at `after` does not. No backend does date arithmetic: they compare
with these integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from segue.compiler.plan.moments import Moment, UnknownMoment, earliest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
WEEK = 7 * DAY
# As far as windows reach: a day from the ends of the calendar, whatever the zone.
FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
RULES_FROM = 0
RULES_UNTIL = 29_220 * DAY

CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Ever:
    """The whole history up to `as_of`."""


@dataclass(frozen=True, slots=True)
class Sliding:
    """From `start` ago to `end` ago, in microseconds: `(as_of - start, as_of - end]`.

    `closed` includes the instant exactly `start` ago; no syntax writes it, the demand analysis
    does (`age(last(x)) <= 7d` is true at exactly 7 days).
    """

    start: int
    end: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whole calendar periods of the project's zone.

    The current period and the `count - 1` before it, up to `as_of`; or, when `previous`, the
    `count` complete periods before the current one. Weeks start on Monday.
    """

    unit: CalendarUnit
    count: int
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """From `start` to `end`, both included, in microseconds since the epoch; `None` is open."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class FixedDays:
    """From the first instant of one local day to the last of another (days since the epoch)."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class LastEvents:
    """The last `count` events, latest first, equal times by greatest event id.

    Like any window it is drawn first: `where` and the steps of a sequence choose among the
    events in it, so `count(purchase where amount > 100 over last 5)` says how many of the last
    five purchases were big. No syntax writes `until`: a back-test asks for the last events up to
    an earlier instant than `as_of`.
    """

    count: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next `size` microseconds: `(as_of, as_of + size]`.

    Only the label of a score looks there, of a past whose future is known: see
    `segue.compiler.scores.training`.
    """

    size: int


Window = Ever | Sliding | Calendar | Fixed | FixedDays | LastEvents | Ahead


class Bounds(NamedTuple):
    """The interval `(after, until]`, in microseconds since the epoch; `after` None is open."""

    after: int | None
    until: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What a run fixes once: the instant of evaluation and the project's time zone."""

    as_of: int
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The calendar day of `as_of` in the project's zone."""
        return local_datetime(self.as_of, self.zone).date()


def to_microseconds(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime."""
    return (moment - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The aware UTC datetime of microseconds since the epoch."""
    if isinstance(microseconds, Moment):
        raise UnknownMoment("the instant is known only when the query runs")
    return EPOCH + timedelta(microseconds=microseconds)


def local_datetime(microseconds: int, zone: ZoneInfo) -> datetime:
    """The wall clock of the zone at an instant."""
    return from_microseconds(microseconds).astimezone(zone)


def offset(microseconds: int, zone: ZoneInfo) -> int:
    """How far the zone's clock is ahead of UTC at an instant, in microseconds.

    The zone's rules are followed from 1970 to 2050; before and after, it keeps the offset it
    has there. So a backend without zone data can hold them all.
    """
    known = min(max(microseconds, RULES_FROM), RULES_UNTIL)
    ahead = local_datetime(known, zone).utcoffset()
    assert ahead is not None
    return ahead // MICROSECOND


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day, in microseconds since the epoch.

    Midnight may not exist (a skipped hour, or a whole skipped day) or exist twice: the first
    instant whose local date is `day` or later is meant, so consecutive days always tile time.
    """
    naive = datetime(day.year, day.month, day.day)
    # `fold=0` gives the first of two midnights. In a gap it gives an instant after the gap
    # began, so walk to the transition itself: the earliest instant already on `day` or later.
    candidate = to_microseconds(naive.replace(tzinfo=zone, fold=0))
    if local_datetime(candidate, zone).replace(tzinfo=None) == naive:
        return candidate
    low, high = candidate - 2 * DAY, candidate + 2 * DAY
    while high - low > 1:
        middle = (low + high) // 2
        if local_datetime(middle, zone).date() >= day:
            high = middle
        else:
            low = middle
    return high


def start_of_period(day: date, unit: CalendarUnit) -> date:
    """The first day of the period that holds `day`."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)


def shift_period(start: date, unit: CalendarUnit, count: int) -> date:
    """The start of the period `count` periods after the one that starts at `start`.

    Or the nearest day that windows reach: what lies beyond is no rule's concern.
    """
    match unit:
        case "day" | "week":
            ordinal = start.toordinal() + count * (1 if unit == "day" else 7)
            return date.fromordinal(min(max(ordinal, FIRST_DAY.toordinal()), LAST_DAY.toordinal()))
        case "month" | "quarter" | "year":
            months = {"month": 1, "quarter": 3, "year": 12}[unit] * count
            index = start.year * 12 + start.month - 1 + months
            year, month = index // 12, index % 12 + 1
            if not FIRST_DAY.year <= year <= LAST_DAY.year:
                return FIRST_DAY if year < FIRST_DAY.year else LAST_DAY
            return max(date(year, month, 1), FIRST_DAY)


def bounds(window: Window, binding: Binding) -> Bounds:
    """The interval a window covers at `as_of`; only `Ahead` covers events after it."""
    as_of, zone = binding.as_of, binding.zone
    match window:
        case Ever():
            return Bounds(None, as_of)
        case LastEvents(_, last):
            return Bounds(None, as_of if last is None else earliest(last, as_of))
        case Sliding(start, end, closed):
            return Bounds(as_of - start - (1 if closed else 0), as_of - end)
        case Ahead(size):
            return Bounds(as_of, as_of + size)
        case Fixed(start, end):
            return Bounds(
                None if start is None else start - 1, as_of if end is None else earliest(end, as_of)
            )
        case FixedDays(first, last):
            after = None
            if first is not None and first > to_days(FIRST_DAY):
                after = start_of_day(to_date(first), zone) - 1
            until = as_of
            if last is not None and last < to_days(LAST_DAY):
                until = start_of_day(to_date(last + 1), zone) - 1
            return Bounds(after, earliest(until, as_of))
        case Calendar():
            # Only two of the edges: a window may have millions of periods.
            shifts = _shifts(window)
            after = _period_start(window.unit, shifts[0], binding) - 1
            until = _period_start(window.unit, shifts[-1], binding) - 1
            return Bounds(after, earliest(until, as_of))


def merged(intervals: Iterable[Bounds]) -> tuple[Bounds, ...]:
    """The same instants in as few intervals as can be, in order."""
    found: list[Bounds] = []
    for after, until in sorted(intervals, key=_first):
        last = found[-1] if found else None
        if last is not None and (after is None or after <= last.until):
            found[-1] = Bounds(last.after, max(last.until, until))
        else:
            found.append(Bounds(after, until))
    return tuple(found)


def covers(hull: Bounds, interval: Bounds) -> bool:
    """Whether all instants of an interval lie in another one."""
    starts = hull.after is None or (interval.after is not None and hull.after <= interval.after)
    return starts and interval.until <= hull.until


def _first(interval: Bounds) -> tuple[bool, int]:
    return interval.after is not None, interval.after or 0


def period_edges(window: Calendar, binding: Binding) -> tuple[int, ...]:
    """First instants of the window's periods, in order, and the end of the last: n + 1 edges."""
    return tuple(_period_start(window.unit, shift, binding) for shift in _shifts(window))


def _shifts(window: Calendar) -> range:
    """How many periods after the current one each edge is."""
    first = -window.count if window.previous else 1 - window.count
    return range(first, first + window.count + 1)


def _period_start(unit: CalendarUnit, shift: int, binding: Binding) -> int:
    if isinstance(binding.as_of, Moment):
        return binding.as_of.period(unit, shift)
    current = start_of_period(binding.today, unit)
    return start_of_day(shift_period(current, unit, shift), binding.zone)


def to_date(days: int) -> date:
    """The calendar day `days` after 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=days)


def to_days(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days
