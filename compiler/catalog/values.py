"""Values a catalog writes (defaults and bounds), turned into what their type represents."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from segue.compiler.catalog import codes
from segue.compiler.catalog.model import Unit, Value
from segue.compiler.catalog.type_text import ColumnType, Problem
from segue.compiler.catalog.yaml_tree import Scalar
from segue.compiler.types import FLOATS, Kind

INT64 = range(-(2**63), 2**63)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(?:[0-9]{1,12}(?:us|ms|s|min|h|d|w))+")
_DURATION_PART = re.compile(r"([0-9]+)(us|ms|s|min|h|d|w)")
_NUMBER = re.compile(r"[-+]?[0-9]{0,40}\.?[0-9]{0,40}([eE][-+]?[0-9]{1,3})?")


def read_value(scalar: Scalar, column: ColumnType) -> Value | Problem:
    """The value in the representation of the column's type, or why it is none."""
    value = _read(scalar, column)
    if isinstance(value, _Unfit):
        type = column.type.required
        message = f"`{scalar.text}` is not a value of type {type}"
        return Problem(codes.UNFIT_VALUE, message, f"expected {value.expected}")
    return value


@dataclass(frozen=True, slots=True)
class _Unfit:
    """What a value of the type would look like."""

    expected: str


def _read(scalar: Scalar, column: ColumnType) -> Value | Problem | _Unfit:
    type = column.type
    data = scalar.data()
    text = scalar.text.strip()
    match type.kind:
        case Kind.BOOL:
            return data if isinstance(data, bool) else _Unfit("true or false")
        case Kind.STRING:
            return scalar.text if isinstance(data, str) else _Unfit("a text: quote it")
        case Kind.ENUM:
            return _enum(scalar, type.values or ())
        case Kind.INT | Kind.DECIMAL:
            return _scaled(_number(text), type.scale)
        case kind if kind in FLOATS:
            return _float(text, kind)
        case Kind.DATE:
            return _date(text)
        case Kind.TIMESTAMP:
            return _timestamp(text)
        case _:
            return _duration(text, column.unit)


def show_value(value: Value, column: ColumnType) -> str:
    """A value as a catalog would write it."""
    type = column.type
    match type.kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return str(Decimal(int(value)).scaleb(-type.scale))
        case Kind.DATE:
            return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
        case Kind.TIMESTAMP:
            return (_EPOCH + timedelta(microseconds=int(value))).isoformat().removesuffix("+00:00")
        case Kind.DURATION if column.unit is not None:
            amount = Decimal(int(value)) / column.unit.microseconds
            return f"{amount.normalize():f}{column.unit}"
    return str(value)


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _enum(scalar: Scalar, values: tuple[str, ...]) -> Value | Problem:
    if scalar.text in values:
        return scalar.text
    expected = "one of " + ", ".join(values)
    return Problem(
        codes.OUTSIDE_RANGE, f"`{scalar.text}` is not among the accepted values", expected
    )


def _scaled(number: Decimal | None, scale: int) -> Value | _Unfit:
    expected = "a whole number" if scale == 0 else "a number, as in `9.99`"
    # A huge exponent would make a huge integer before anyone could refuse it.
    if number is None or (number and abs(number.adjusted()) > 40):
        return _Unfit(expected)
    scaled = number.scaleb(scale)
    if scaled != scaled.to_integral_value():
        fits = "a whole number" if scale == 0 else f"no more than {scale} decimal places"
        return _Unfit(fits)
    whole = int(scaled)
    return whole if whole in INT64 else _Unfit("a number that fits 64 bits")


def _float(text: str, kind: Kind) -> Value | _Unfit:
    percent = text.endswith("%") and kind is not Kind.FLOAT
    number = _number(text.removesuffix("%").rstrip() if percent else text)
    if number is None:
        return _Unfit("a number" if kind is Kind.FLOAT else "a number, as in 15% or 0.15")
    value = float(number.scaleb(-2) if percent else number)
    if abs(value) == float("inf"):
        return _Unfit("a finite number")
    if kind is Kind.PROBABILITY and not 0 <= value <= 1:
        return _Unfit("a number from 0 to 1")
    return value


def _date(text: str) -> Value | _Unfit:
    expected = "a day, as in 2024-05-01"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return _Unfit(expected)
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        return _Unfit(expected)


def _timestamp(text: str) -> Value | _Unfit:
    expected = "a time in UTC, as in 2024-05-01T12:30:00Z"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,15}Z?", text):
        return _Unfit(expected)
    try:
        instant = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return _Unfit(expected)
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _duration(text: str, unit: Unit | None) -> Value | _Unfit:
    if _DURATION.fullmatch(text):
        week = 7 * Unit.DAY.microseconds
        microseconds = sum(
            int(amount) * (week if name == "w" else Unit(name).microseconds)
            for amount, name in _DURATION_PART.findall(text)
        )
        return microseconds if microseconds in INT64 else _Unfit("a shorter duration")
    number = _number(text)
    if number is None or unit is None or (number and abs(number.adjusted()) > 20):
        return _Unfit("a duration, as in `30s` or `1h30min`")
    whole = int(number * unit.microseconds)
    return whole if whole in INT64 else _Unfit("a shorter duration")
