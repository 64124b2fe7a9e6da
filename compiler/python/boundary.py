"""Between the values a program holds and the representations the plan computes with.

Programs say `Decimal`, `timedelta`, `datetime` and `date`; the plan says integers. What counts
as missing is decided here: `None`, NaN and other values unequal to themselves, and the
infinities of a float. A number for an exact type (int, decimal) should be exact; a float is
taken at its exact value, and a decimal rounded half up to the places of its type.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from operator import index
from typing import Any, SupportsFloat

from segue.compiler.plan.windows import (
    DAY,
    EPOCH,
    MICROSECOND,
    from_microseconds,
    to_days,
    to_microseconds,
)
from segue.compiler.python.support import FIRST_DAY, GREATEST_FLOAT, LAST_DAY, to_date
from segue.compiler.types import FLOATS, Kind, Type

Value = bool | int | float | str
"""A representation; missing is None beside it."""
Reader = Callable[[Any], Value | None]
INFINITY = float("inf")


def is_missing(value: Any) -> bool:
    """Whether a program's value counts as none: None, NaN, NaT, NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA refuses to be true or false
        return True


def read_bool(value: Any) -> bool | None:
    """A truth, or a number for one: 0 is false."""
    if value is True or value is False:
        return bool(value)
    if is_missing(value):
        return None
    if isinstance(value, str):  # "false" would be true
        raise TypeError(f"a truth is expected, not {value!r}")
    return bool(value)


def is_true(value: Any) -> bool:
    """Whether a truth that may be missing is there and true."""
    return read_bool(value) is True


def is_false(value: Any) -> bool:
    """Whether a truth that may be missing is there and false."""
    return read_bool(value) is False


def read_int(value: Any) -> int | float | None:
    """A whole number. A fraction given for one is compared as the number it is."""
    return None if is_missing(value) else _exact(value, 0, value)


@cache
def read_decimal(scale: int) -> Reader:
    """A number in units of 10^-scale, halves rounded up."""
    factor: int = 10**scale

    def read(value: Any) -> int | float | None:
        if value.__class__ is int:
            return int(value) * factor
        return None if is_missing(value) else _exact(value, scale, None)

    return read


def _exact(value: Any, scale: int, otherwise: Any) -> int | float:
    """The nearest count of 10^-scale; `otherwise` (unless None) where it is not that number.

    An infinity stays one: exact types have none, so it is beyond every threshold.
    """
    try:
        numerator, denominator = value.as_integer_ratio()
    except OverflowError:
        return INFINITY if value > 0 else -INFINITY
    except AttributeError:
        try:
            numerator, denominator = index(value), 1
        except TypeError:
            raise TypeError(f"a number is expected, not {value!r}") from None
    numerator *= 10**scale
    if otherwise is not None and numerator % denominator:
        return float(otherwise)
    return int((2 * numerator + denominator) // (2 * denominator))


def read_float(value: SupportsFloat | str | None) -> float | None:
    """A finite double."""
    if value is None or is_missing(value):
        return None
    if isinstance(value, str):
        raise TypeError(f"a number is expected, not {value!r}")
    try:
        number = float(value)
    except OverflowError:
        return None
    # Adding 0.0 makes -0.0 into 0.0.
    return number + 0.0 if -GREATEST_FLOAT <= number <= GREATEST_FLOAT else None


def read_text(value: Any) -> str | None:
    """A text."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return None
    raise TypeError(f"a text is expected, not {value!r}")


def read_date(value: Any) -> int | None:
    """A day, as its number; of a datetime, its own calendar day."""
    if is_missing(value):
        return None
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return to_days(value)
    raise TypeError(f"a date is expected, not {value!r}")


def read_timestamp(value: Any) -> int | None:
    """An instant in microseconds; without a zone it is UTC, and a date is its midnight UTC."""
    if is_missing(value):
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        return int((value - EPOCH) // MICROSECOND)
    if isinstance(value, date):
        return to_microseconds(datetime(value.year, value.month, value.day, tzinfo=UTC))
    raise TypeError(f"a datetime is expected, not {value!r}")


def read_duration(value: Any) -> int | None:
    """A duration in microseconds."""
    if is_missing(value):
        return None
    if isinstance(value, timedelta):
        return int(value // MICROSECOND)
    raise TypeError(f"a timedelta is expected, not {value!r}")


_READERS: dict[Kind, Reader] = {
    Kind.BOOL: read_bool,
    Kind.INT: read_int,
    Kind.STRING: read_text,
    Kind.ENUM: read_text,
    Kind.DATE: read_date,
    Kind.TIMESTAMP: read_timestamp,
    Kind.DURATION: read_duration,
}


def reader(type: Type) -> Reader:
    """What turns a program's value of this type into its representation, or None."""
    if type.kind in FLOATS:
        return read_float
    if type.kind is Kind.DECIMAL:
        return read_decimal(type.scale)
    return _READERS[type.kind]


def to_user(value: Any, type: Type) -> Any:
    """The value a program sees for a representation; None stays None.

    Of a day or an instant outside the years 1 to 9999, the nearest that Python has.
    """
    if value is None:
        return None
    match type.kind:
        case Kind.DECIMAL:
            return Decimal(value).scaleb(-type.scale)
        case Kind.DATE:
            return to_date(value)
        case Kind.TIMESTAMP:
            return from_microseconds(min(max(value, FIRST_DAY * DAY), LAST_DAY * DAY + DAY - 1))
        case Kind.DURATION:
            return timedelta(microseconds=value)
        case _:
            return value
