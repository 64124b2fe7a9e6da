"""How a table lies in partitions: a column with the hour, day or month of a row's time.

An engine skips a partition only where a query compares this column. So what is promised of the
column is what makes it right to do so: see `Partition`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from segue.compiler.plan.windows import from_microseconds, to_microseconds


class Period(StrEnum):
    """What a partition holds the rows of, always of UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Holds(StrEnum):
    """What a partition column holds, as its type is written."""

    DATE = "date"
    """The day; of a month its first one."""
    TIMESTAMP = "timestamp"
    """The first instant of the period, without zone."""
    INSTANT = "timestamp(instant)"
    """The first instant of the period, with a time zone."""
    STRING = "string"
    """A text in a `format`."""
    INT = "int"
    """The digits of a `format` as a number."""


FORMAT = re.compile(r"yyyy(?P<m>[-/_. ]?)mm(?:(?P<d>[-/_. ]?)dd(?:(?P<h>[-/_. T]?)hh)?)?")
"""Texts in such a format are in the order of time, and all of one length."""
FORMATS = {
    Holds.STRING: {
        Period.HOUR: "yyyy-mm-dd hh",
        Period.DAY: "yyyy-mm-dd",
        Period.MONTH: "yyyy-mm",
    },
    Holds.INT: {Period.HOUR: "yyyymmddhh", Period.DAY: "yyyymmdd", Period.MONTH: "yyyymm"},
}
"""The format where the catalog names none."""
STARTS = {
    Period.HOUR: "yyyy-mm-dd hh:00:00.000000",
    Period.DAY: "yyyy-mm-dd 00:00:00.000000",
    Period.MONTH: "yyyy-mm-01 00:00:00.000000",
}
"""How the first instant of a period is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The column by which a table is partitioned, and what is promised of it.

    A row of the time `t` lies in a partition not before that of `t - lead` and not after that
    of `t + lag`, both in microseconds. `format` says how texts and numbers write the period.
    """

    column: str
    by: Period = Period.DAY
    holds: Holds = Holds.DATE
    format: str = ""
    lag: int = 0
    lead: int = 0

    @property
    def written(self) -> str:
        """How the period of an instant is written, in the signs of a `format`."""
        if self.holds is Holds.DATE:
            return STARTS[self.by][: len("yyyy-mm-dd")]
        return self.format or STARTS[self.by]

    @property
    def said(self) -> str:
        """All that the catalog says of it, in one line."""
        parts = (self.column, self.by, self.holds, self.format, str(self.lag), str(self.lead))
        return " ".join(repr(str(part)) for part in parts)

    def value(self, instant: int) -> str:
        """The value of the partition of an instant, as text."""
        return written(instant, self.written)

    def times(self, value: str) -> tuple[int, int] | None:
        """The first and the last time that the rows of a partition may have.

        None where a text is not the value of a partition.
        """
        start = _start(value, self.written)
        if start is None:
            return None
        end = to_microseconds(_next(start, self.by))
        return to_microseconds(start) - self.lag, end - 1 + self.lead


def written(instant: int, format: str) -> str:
    """An instant, in microseconds, in a `format`: cut off to what the format shows."""
    moment = from_microseconds(instant)
    year, month = f"{moment.year:04}", f"{moment.month:02}"
    shown = format.replace("yyyy", year).replace("mm", month, 1)
    return shown.replace("dd", f"{moment.day:02}").replace("hh", f"{moment.hour:02}")


def period_of(format: str) -> Period:
    """What the values of a format tell apart."""
    if "hh" in format:
        return Period.HOUR
    return Period.DAY if "dd" in format else Period.MONTH


def _start(value: str, format: str) -> datetime | None:
    digits = {"yyyy": "(?P<y>[0-9]{4})", "mm": "(?P<m>[0-9]{2})"}
    digits |= {"dd": "(?P<d>[0-9]{2})", "hh": "(?P<h>[0-9]{2})"}
    pattern = re.escape(format)
    for sign, found in digits.items():
        pattern = pattern.replace(sign, found, 1)
    match = re.fullmatch(pattern, value)
    if match is None:
        return None
    parts = {name: int(text) for name, text in match.groupdict().items()}
    try:
        return datetime(parts["y"], parts["m"], parts.get("d", 1), parts.get("h", 0), tzinfo=UTC)
    except ValueError:
        return None


def _next(start: datetime, by: Period) -> datetime:
    """The start of the period after; the last one of the calendar where there is none."""
    try:
        match by:
            case Period.HOUR:
                return start + timedelta(hours=1)
            case Period.DAY:
                return start + timedelta(days=1)
            case Period.MONTH:
                return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
