"""Values of the plan as a person reads them."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import local_datetime, to_date
from segue.compiler.types import FLOATS, Kind, Type
from segue.grammar.unparse import quote

HIDDEN = "•••"
MISSING = "missing"
_LONGEST_TEXT = 60
_UNITS = (
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("µs", 1),
)


def show_value(value: Any, type: Type, zone: ZoneInfo) -> str:
    """A representation of a type, in the language's own literals where there is one."""
    if value is None:
        return MISSING
    match type.kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return f"{Decimal(value).scaleb(-type.scale):f}"
        case Kind.RATIO | Kind.PROBABILITY:
            return f"{_short(value * 100)}%"
        case kind if kind in FLOATS:
            return _short(value)
        case Kind.STRING | Kind.ENUM:
            text = str(value)
            return quote(text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…")
        case Kind.DATE:
            return to_date(value).isoformat()
        case Kind.TIMESTAMP:
            return show_local(value - value % 1_000_000, zone)
        case Kind.DURATION:
            return show_duration(value)
        case _:
            return str(value)


def show_duration(microseconds: int) -> str:
    """A length of time by its two greatest units: `7d`, `about 324d8h`."""
    rest = abs(microseconds)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    about = "about " if rest else ""
    sign = "-" if microseconds < 0 else ""
    return f"{about}{sign}{''.join(parts) or '0s'}"


def show_local(microseconds: int, zone: ZoneInfo) -> str:
    """An instant on the clock of the zone: `2024-05-01 14:30 CEST`."""
    moment = local_datetime(microseconds, zone)
    text = moment.strftime("%Y-%m-%d %H:%M")
    if moment.second or moment.microsecond:
        text += moment.strftime(":%S")
    if moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return f"{text} {moment.strftime('%Z')}"


def _short(number: float) -> str:
    text = f"{number:.4g}"
    return f"{number:g}" if "e" in text else text
