"""Expressions, and the selections and windows that say which events an aggregate sees."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from segue.grammar.ast.node import Node
from segue.grammar.span import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`10`, `2.5`: an `int` when written without a point, else a `Decimal` as written."""

    value: int | Decimal


@dataclass(frozen=True, slots=True)
class Percent(Node):
    """`15%`: `value` is the number before the sign (15)."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`30d`, `1h30min`: exact time, one day is 24 hours. `text` keeps the units as written."""

    microseconds: int
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class String(Node):
    """`"pricing"`, escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Date(Node):
    """`2024-05-01`: a calendar day."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Timestamp(Node):
    """`2024-05-01T12:30:00Z`, or without `Z` a local time in the project's zone.

    `microseconds` counts from 1970-01-01T00:00:00 of the clock meant (UTC when `utc`, else
    the zone's wall clock).
    """

    microseconds: int
    utc: bool


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name, dotted or not: `email_opens_30d`, `purchase.amount`, `email.engaged`."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The name as written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`f(a, b)`, and aggregates with a selection: `sum(page_view.duration where … over …)`.

    `by` is the weight of `mode(view.category by view.price)`, the group of
    `average(spend by country)`, the order of `top 100 by spend`; `selection` is there
    when any of `where`, a sequence step or `over` was written. `version` is the `v3` of
    `churn_risk@v3()`, a score pinned to one trained model.
    """

    function: str
    arguments: tuple["Expression", ...]
    by: "Expression | None" = None
    selection: "Selection | None" = None
    function_span: Span = field(default=NOWHERE, compare=False, repr=False)
    version: str | None = None


UnaryOperator: TypeAlias = Literal["-", "not"]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `not x`."""

    operator: UnaryOperator
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic, comparison, text and time operators of two operands.

    `operator` is one of `+ - * / == != < <= > >= ??`, `starts with`, `ends with`, `contains`,
    `matches`, `anniversary within`.
    """

    operator: str
    left: "Expression"
    right: "Expression"
    operator_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`a and b and c` as one node of three operands; brackets make nested nodes."""

    operator: Literal["and", "or"]
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`x between low and high`, both ends included."""

    operand: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class InList(Node):
    """`x in [a, b]`, `x not in [a, b]`."""

    operand: "Expression"
    items: tuple["Expression", ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InSegment(Node):
    """`in at_risk`, `not in unsubscribed`: membership of another segment."""

    segment: Name
    negated: bool


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    """`x is missing`, `x is not missing`."""

    operand: "Expression"
    negated: bool


@dataclass(frozen=True, slots=True)
class IfElse(Node):
    """`if c then a else b`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


Expression: TypeAlias = (
    Number
    | Percent
    | Duration
    | String
    | Boolean
    | Date
    | Timestamp
    | Name
    | Call
    | Unary
    | Binary
    | Logical
    | Between
    | InList
    | InSegment
    | IsMissing
    | IfElse
)


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One step of a sequence: `not followed by purchase within 24h where …`."""

    event: Name
    negated: bool
    within: Expression | None = None
    where: Expression | None = None


CalendarUnit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class LastWindow(Node):
    """`last 30d` (a duration), or `last 5` (that many events)."""

    size: Expression


@dataclass(frozen=True, slots=True)
class NextWindow(Node):
    """`next 30d`: forward, for the label of a score."""

    size: Expression


@dataclass(frozen=True, slots=True)
class AgoWindow(Node):
    """`30d ago to 15d ago`."""

    start: Expression
    end: Expression


@dataclass(frozen=True, slots=True)
class FromToWindow(Node):
    """`2024-11-29 to 2024-12-02`: fixed dates (both days included) or timestamps."""

    start: Expression
    end: Expression


@dataclass(frozen=True, slots=True)
class SinceWindow(Node):
    """`since 2024-01-01`, `since signed_up_at`: from that instant on, itself included."""

    start: Expression


@dataclass(frozen=True, slots=True)
class CalendarWindow(Node):
    """`last 3 calendar days` (today is the third), `previous 2 calendar months` (whole ones)."""

    count: Expression
    unit: CalendarUnit
    previous: bool


@dataclass(frozen=True, slots=True)
class ThisWindow(Node):
    """`this month`: from its first instant to now."""

    unit: CalendarUnit


@dataclass(frozen=True, slots=True)
class EverWindow(Node):
    """`over ever`: the whole history, the same as no window."""


Window: TypeAlias = (
    LastWindow
    | NextWindow
    | AgoWindow
    | FromToWindow
    | SinceWindow
    | CalendarWindow
    | ThisWindow
    | EverWindow
)


@dataclass(frozen=True, slots=True)
class Selection(Node):
    """Which events an aggregate sees: `where`, then sequence steps, then `over` a window."""

    where: Expression | None = None
    steps: tuple[Step, ...] = ()
    window: Window | None = None
