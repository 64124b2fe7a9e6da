"""What a window covers, in words: which kind it is, its zone and its edges.

Every vendor means something else by "in the last 30 days", so a rule that is shown to a
person says what it means.
"""

from segue.compiler.plan.windows import (
    DAY,
    Ahead,
    Calendar,
    Ever,
    Fixed,
    FixedDays,
    LastEvents,
    Sliding,
    Window,
    from_microseconds,
    to_date,
)
from segue.grammar.unparse import duration_text


def window_text(window: Window, zone: str) -> str:
    """A window of the plan as a phrase; `zone` is that of the catalog."""
    match window:
        case Ever():
            return "the whole history up to now"
        case LastEvents(count):
            return f"the latest {count} events, whenever they happened"
        case Sliding(start, end, closed):
            return _sliding(start, end, closed)
        case Calendar():
            return _calendar(window, zone)
        case Ahead(size):
            return f"ahead: from now (not included) to {length_text(size)} later (included)"
        case Fixed(start, end):
            return f"fixed: {_edges(_instant(start), _instant(end))}, both included"
        case FixedDays(start, end):
            days = _edges(_day(start), _day(end))
            return f"fixed: {days}, whole days of {zone}, both included"


def _sliding(start: int, end: int, closed: bool) -> str:
    to = "now" if end == 0 else f"{length_text(end)} ago"
    edge = "included" if closed else "not included"
    exact = ", a day being 24 hours" if start % DAY == 0 else ""
    return f"sliding: from {length_text(start)} ago ({edge}) to {to} (included){exact}"


def length_text(microseconds: int) -> str:
    """A length of time as people write it: `30d`, `1h30min`."""
    # People think of windows in days: 30d, not 4w2d.
    if microseconds % DAY == 0:
        return f"{microseconds // DAY}d"
    return duration_text(microseconds)


def _calendar(window: Calendar, zone: str) -> str:
    unit, count = window.unit, window.count
    where = f"{unit}s of {zone}" + (", Monday first" if unit == "week" else "")
    if window.previous:
        which = f"the {unit}" if count == 1 else f"the {count} {unit}s"
        return f"calendar: {which} before this one, complete, in {where}"
    this = "today" if unit == "day" else f"this {unit}"
    before = "" if count == 1 else f" and the {count - 1} before it"
    return f"calendar: {this}{before}, from its first instant to now, in {where}"


def _edges(start: str | None, end: str | None) -> str:
    if start is None:
        return f"until {end}" if end is not None else "always"
    return f"since {start}" if end is None else f"from {start} to {end}"


def _instant(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return from_microseconds(microseconds).replace(tzinfo=None).isoformat() + "Z"


def _day(days: int | None) -> str | None:
    return None if days is None else to_date(days).isoformat()
