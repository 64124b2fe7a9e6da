"""What generated code calls: the meaning of the operators that Python has no expression for.

Values are representations (see `segue.compiler.types`), never missing. Operands a rule could
drive out of range give a missing result or the nearest value that exists, so that evaluating
a shared expression early can never raise.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from hashlib import md5
from math import floor, sqrt
from re import ASCII, Match
from re import compile as compile_pattern
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import (
    DAY,
    Binding,
    Calendar,
    Sliding,
    Window,
    bounds,
    offset,
    period_edges,
    to_days,
)

GREATEST_FLOAT = 1.7976931348623157e308
GREATEST_EXACT_FLOAT = 2.0**53
GREATEST_UNITS = 9 * 10**18
FIRST_DAY, LAST_DAY = to_days(date.min), to_days(date.max)
HOUR = DAY // 24
UPPER_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
LOWER_TO_UPPER = {lower: upper for upper, lower in UPPER_TO_LOWER.items()}
BLANKS = " \t\n\r\f\v"


def finite(x: float) -> float | None:
    """A double, or missing where it is infinite or not a number."""
    return x if -GREATEST_FLOAT <= x <= GREATEST_FLOAT else None


def quotient(a: float, b: float) -> float | None:
    """IEEE division; missing where the divisor is 0 or the result is not finite."""
    return finite(a / b) if b else None


def whole(x: float) -> int | None:
    """The greatest whole number not above `x`, where doubles tell whole numbers apart."""
    return floor(x) if -GREATEST_EXACT_FLOAT <= x <= GREATEST_EXACT_FLOAT else None


def square_root(x: float) -> float | None:
    """The square root; missing for a negative number."""
    return sqrt(x) if x >= 0 else None


def fixed_point(x: float, places: int) -> int | None:
    """`floor(x · 10^places + 0.5)` in doubles; missing where that does not fit 64 bits."""
    scale = 10**places
    limit = float(GREATEST_UNITS // scale)
    return floor(x * float(scale) + 0.5) if -limit <= x <= limit else None


def ascii_lower(text: str) -> str:
    """The text with A to Z as a to z."""
    return text.lower() if text.isascii() else text.translate(UPPER_TO_LOWER)


def ascii_upper(text: str) -> str:
    """The text with a to z as A to Z."""
    return text.upper() if text.isascii() else text.translate(LOWER_TO_UPPER)


def trim(text: str) -> str:
    """The text without ASCII white space at its ends."""
    return text.strip(BLANKS)


@lru_cache(maxsize=4096)
def pattern(expression: str) -> Callable[[str], Match[str] | None]:
    """The search for a portable regular expression."""
    return compile_pattern(_python_regex(expression), ASCII).search


def _python_regex(expression: str) -> str:
    """The expression as Python writes it: `$` is the end, not also before a last newline."""
    out: list[str] = []
    in_class = False
    characters = iter(expression)
    for character in characters:
        if character == "\\":
            out.append(character + next(characters, ""))
            continue
        if character == "[" and not in_class:
            in_class = True
        elif character == "]":
            in_class = False
        elif character == "$" and not in_class:
            character = r"\Z"
        out.append(character)
    return "".join(out)


def bucket(key: str | int, salt: str, count: int) -> int:
    """A number from 0 to `count` - 1 that depends on the key and the salt alone."""
    digest = md5(f"{salt}:{key}".encode(errors="surrogatepass"), usedforsecurity=False)
    return int(digest.hexdigest()[:8], 16) % count


def local_day(instant: int, zone: ZoneInfo) -> int:
    """The calendar day of an instant in a zone."""
    return (instant + offset(instant, zone)) // DAY


def local_hour(instant: int, zone: ZoneInfo) -> int:
    """The hour of the clock at an instant in a zone."""
    return (instant + offset(instant, zone)) // HOUR % 24


def to_date(days: int) -> date:
    """The date of a day number, or the nearest that exists."""
    return date(1970, 1, 1) + timedelta(days=min(max(days, FIRST_DAY), LAST_DAY))


def anniversary(day: int, as_of: int, zone: ZoneInfo, within: int) -> bool:
    """Whether an anniversary of `day` falls on today or one of the next days."""
    today = to_date(local_day(as_of, zone))
    born = to_date(day)
    coming = _anniversary_in(born, today.year)
    if coming < today:
        coming = _anniversary_in(born, today.year + 1)
    return (coming - today).days <= within


def _anniversary_in(born: date, year: int) -> date:
    leap_day = born.month == 2 and born.day == 29
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, 2, 28) if leap_day and not is_leap else born.replace(year=year)


def period(instant: int, window: Window, unit: int | str, as_of: int, zone: ZoneInfo) -> int:
    """Which slice of the window an instant is in."""
    if isinstance(window, Calendar):
        return bisect_right(_edges(window, as_of, zone), instant) - 1
    assert isinstance(window, Sliding)
    assert isinstance(unit, int)
    after = bounds(window, Binding(as_of, zone)).after
    assert after is not None
    return (instant - after - 1) // unit


@lru_cache(maxsize=256)
def _edges(window: Calendar, as_of: int, zone: ZoneInfo) -> tuple[int, ...]:
    return period_edges(window, Binding(as_of, zone))
