"""The instant of evaluation, as a person writes it on a command line or in a test."""

import re
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import from_microseconds, start_of_day, to_microseconds

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)

EXPECTED = "a time as in 2024-05-01T12:30:00Z, or a day as in 2024-05-01"


def read_instant(text: str, zone: ZoneInfo) -> int | None:
    """Microseconds since the epoch; None for what is no instant.

    A day is its first instant, and a time without `Z` or an offset is that of the clock, both
    in the zone.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            return start_of_day(date.fromisoformat(text), zone)
        if not _INSTANT.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text)
        return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def show_instant(microseconds: int) -> str:
    """An instant in UTC: `2024-05-01T12:30:00Z`."""
    return from_microseconds(microseconds).replace(tzinfo=None).isoformat() + "Z"
