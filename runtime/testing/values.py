"""Values of a test: the language's literals, and instants told from `as_of`."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Field, TimeKind, Value
from segue.compiler.catalog.type_text import ColumnType, Problem
from segue.compiler.catalog.values import read_value
from segue.compiler.catalog.yaml_tree import Scalar, Tree
from segue.compiler.plan.windows import DAY, local_datetime, to_days
from segue.compiler.types import DURATION, FLOATS, Kind, Type
from segue.grammar.span import Span
from segue.runtime.as_of import read_instant
from segue.runtime.testing import codes
from segue.runtime.testing.model import ExpectedValue
from segue.runtime.testing.reader import Reader, head

WHEN = "`2d ago`, `now`, `2024-05-01T12:30:00Z` or a day, as in `2024-05-01`"
MISSING_WORDS = ("missing",)


@dataclass(frozen=True, slots=True)
class Clock:
    """What instants of a test are told from."""

    as_of: int
    zone: ZoneInfo

    def instant(self, text: str) -> int | None:
        """An instant as a test writes it."""
        text = text.strip()
        if text == "now":
            return self.as_of
        if text.endswith(" ago"):
            length = duration(text.removesuffix(" ago"))
            return None if length is None else self.as_of - length
        return read_instant(text, self.zone)

    def day(self, text: str) -> int | None:
        """A day as a test writes it, in the project's zone."""
        moment = self.instant(text)
        return None if moment is None else self.midnight(moment) // DAY

    def midnight(self, moment: int) -> int:
        """What a column of dates holds for an instant: the midnight UTC of its local day."""
        return to_days(local_datetime(moment, self.zone).date()) * DAY


def duration(text: str) -> int | None:
    """The microseconds of `1h30min`."""
    span = Span("", 0, 0, 1, 1)
    value = read_value(Scalar(text.strip(), True, span), ColumnType(DURATION))
    return value if isinstance(value, int) else None


def is_missing(node: Tree) -> bool:
    """Whether a value is written as missing: `null`, `~`, or nothing at all."""
    return isinstance(node, Scalar) and node.plain and node.data() is None


def field_value(reader: Reader, field: Field, node: Tree, key: Span, clock: Clock) -> Value | None:
    """The value of an attribute or property in representation; None is missing."""
    if is_missing(node):
        return None
    if not isinstance(node, Scalar):
        reader.report(
            codes.BAD_VALUE, f"`{field.name}` should be one value", head(node, key), str(field.type)
        )
        return None
    return _typed(reader, node, ColumnType(field.type.required, field.unit, field.time), clock)


def moment_value(reader: Reader, node: Tree, key: Span, clock: Clock) -> int | None:
    """An instant; a finding where it is none."""
    moment = clock.instant(node.text) if isinstance(node, Scalar) else None
    if moment is None:
        shown = f"`{node.text}`" if isinstance(node, Scalar) else "this"
        reader.report(codes.BAD_VALUE, f"{shown} is no instant", head(node, key), f"write {WHEN}")
    return moment


def expected_value(
    reader: Reader, type: Type, node: Tree, key: Span, clock: Clock
) -> ExpectedValue | None:
    """What a metric should be."""
    span = head(node, key)
    if is_missing(node) or (isinstance(node, Scalar) and node.text in MISSING_WORDS):
        return ExpectedValue(None, type, 0.0, span)
    if not isinstance(node, Scalar):
        reader.report(codes.BAD_VALUE, "a metric is one value", span)
        return None
    value = _typed(reader, node, ColumnType(type.required, None, None), clock)
    if value is None:
        return None
    tolerance = _tolerance(node.text) if type.kind in FLOATS else 0.0
    return ExpectedValue(value, type, tolerance, span)


def _typed(reader: Reader, node: Scalar, column: ColumnType, clock: Clock) -> Value | None:
    value: Value | Problem | None
    match column.type.kind:
        case Kind.TIMESTAMP:
            value = clock.instant(node.text)
            if value is not None and column.time is TimeKind.DATE:
                value = clock.midnight(value)
        case Kind.DATE:
            value = clock.day(node.text)
        case _:
            value = read_value(node, column)
    if value is None:
        message = f"`{node.text}` is not a value of type {column.type}"
        reader.report(codes.BAD_VALUE, message, node.span, f"expected {WHEN}")
        return None
    if isinstance(value, Problem):
        reader.report(codes.BAD_VALUE, value.message, node.span, value.help)
        return None
    return value


def _tolerance(text: str) -> float:
    """Half of the last place that a number was written with."""
    percent = text.strip().endswith("%")
    number = Decimal(text.strip().removesuffix("%").strip())
    places = -int(number.as_tuple().exponent) + (2 if percent else 0)
    return 0.5 * 10.0**-places
