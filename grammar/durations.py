"""What to say about a literal that begins like a number and is none."""

import re

_NUMBER_AND_UNIT = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)", re.ASCII)

# Spellings of the units there are.
_UNITS = {
    **dict.fromkeys(("sec", "secs", "second", "seconds", "S"), "s"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours", "H"), "h"),
    **dict.fromkeys(("day", "days", "D"), "d"),
    **dict.fromkeys(("wk", "wks", "week", "weeks", "W"), "w"),
    **dict.fromkeys(("millis", "msec"), "ms"),
}
# Lengths that depend on the calendar.
_CALENDAR = {
    **dict.fromkeys(("mo", "mon", "mos", "month", "months", "M"), "months"),
    **dict.fromkeys(("q", "Q", "qtr", "quarter", "quarters"), "quarters"),
    **dict.fromkeys(("y", "Y", "yr", "yrs", "year", "years", "a"), "years"),
}
# How many of the next smaller unit one is.
_SMALLER = {"w": (7, "d"), "d": (24, "h"), "h": (60, "min"), "min": (60, "s"), "s": (1000, "ms")}
_MOST_DIGITS = 9


def explain_number(text: str) -> tuple[str, str, str]:
    """For a malformed literal: what is wrong, how to write it, and the terminal meant."""
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if match is None or len(match[1]) > _MOST_DIGITS:
        return f"`{text}` is no number", _plain_help(text), "NUMBER"
    amount, unit = match.groups()
    if unit == "m":
        return (
            f"`{text}` could mean minutes or months",
            f"write `{amount}min`, or `{_window(amount, 'month')}`",
            "DURATION",
        )
    if unit in _CALENDAR:
        name = _CALENDAR[unit]
        days = {"months": 30, "quarters": 90, "years": 365}[name]
        return (
            f"{name} differ in length, so `{text}` is no duration",
            f"write `{_window(amount, name.removesuffix('s'))}` as a window, or count days: "
            f"`{round(float(amount) * days)}d`",
            "DURATION",
        )
    unit = _UNITS.get(unit, unit)
    if "." in amount and unit in _SMALLER:
        factor, smaller = _SMALLER[unit]
        return (
            "durations are made of whole numbers",
            f"write `{round(float(amount) * factor)}{smaller}`",
            "DURATION",
        )
    if unit in _SMALLER or unit == "ms":
        return f"`{match[2]}` is no unit", f"write `{amount}{unit}`", "DURATION"
    return f"`{match[2]}` is no unit", "the units are ms, s, min, h, d and w", "DURATION"


def is_unit(word: str) -> bool:
    """Whether a word is a unit of time, however it is spelt."""
    return word in _UNITS or word in _CALENDAR or word in (*_SMALLER, "ms")


def _window(amount: str, unit: str) -> str:
    return f"last {amount} calendar {unit}" + ("" if amount == "1" else "s")


def _plain_help(text: str) -> str:
    if re.fullmatch(r"\d+\.?\d*[eE]\d+", text):
        return "write the digits out: `1_000_000`"
    return "names begin with a letter; numbers are written `10`, `1_000`, `2.5`, `15%`"
