"""Nodes of expressions, selections and windows."""

from segue.grammar import ast
from segue.grammar.ast import Expression, Name, Selection, Step, Window
from segue.grammar.building import literals
from segue.grammar.building.context import Context
from segue.grammar.lexer import Token
from segue.grammar.span import Span

_UNITS: dict[str, ast.CalendarUnit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}

number = literals.number
percent = literals.percent
duration = literals.duration
string = literals.string
text = literals.text
date = literals.date
timestamp = literals.timestamp


def boolean(context: Context, span: Span, token: Token) -> ast.Boolean:
    """`true`, `false`."""
    return ast.Boolean(token.kind == "TRUE", span=span)


def path(context: Context, span: Span, token: Token) -> Name:
    """A name, dotted or not."""
    return Name(tuple(token.text.split(".")), span=span)


# --------------------------------------------------------------------------- operators


def unary(context: Context, span: Span, operator: Token, operand: Expression) -> ast.Unary:
    """`-x`, `not x`."""
    return ast.Unary("-" if operator.kind == "MINUS" else "not", operand, span=span)


def binary(
    context: Context, span: Span, left: Expression, operator: Token, right: Expression
) -> ast.Binary:
    """An operator between two operands."""
    return ast.Binary(_spaced(operator), left, right, operator.span, span=span)


def any_of(context: Context, span: Span, operands: list[Expression]) -> ast.Logical:
    """`a or b or c`."""
    return ast.Logical("or", tuple(operands), span=span)


def all_of(context: Context, span: Span, operands: list[Expression]) -> ast.Logical:
    """`a and b and c`."""
    return ast.Logical("and", tuple(operands), span=span)


def between(
    context: Context, span: Span, operand: Expression, low: Expression, high: Expression
) -> ast.Between:
    """`x between low and high`."""
    return ast.Between(operand, low, high, span=span)


def in_list(
    context: Context, span: Span, operand: Expression, operator: Token, items: list[Expression]
) -> ast.InList:
    """`x in [a, b]`, `x not in [a, b]`."""
    return ast.InList(operand, tuple(items), operator.kind == "NOT_IN", span=span)


def in_segment(context: Context, span: Span, operator: Token, segment: Name) -> ast.InSegment:
    """`in a`, `not in a`."""
    return ast.InSegment(segment, operator.kind == "NOT_IN", span=span)


def is_missing(context: Context, span: Span, operand: Expression, operator: Token) -> ast.IsMissing:
    """`x is missing`, `x is not missing`."""
    return ast.IsMissing(operand, operator.kind == "IS_NOT_MISSING", span=span)


def if_else(
    context: Context, span: Span, condition: Expression, then: Expression, otherwise: Expression
) -> ast.IfElse:
    """`if c then a else b`."""
    return ast.IfElse(condition, then, otherwise, span=span)


# ------------------------------------------------------------------------------- calls


def plain_call(context: Context, span: Span, name: Name, version: Token | None) -> ast.Call:
    """`churn_risk()`, `churn_risk@v3()`."""
    return ast.Call(name.text, (), None, None, name.span, _version(version), span=span)


def call(
    context: Context,
    span: Span,
    name: Name,
    version: Token | None,
    arguments: list[Expression],
    by: Expression | None,
    chosen: Selection | None,
) -> ast.Call:
    """`f(a, b)`, `sum(a.x where … over …)`."""
    return ast.Call(
        name.text, tuple(arguments), by, chosen, name.span, _version(version), span=span
    )


def extreme_of(
    context: Context, span: Span, function: Token, arguments: list[Expression]
) -> ast.Call:
    """`min of (a, b)`, `max of (a, b)`."""
    return ast.Call(_spaced(function), tuple(arguments), None, None, function.span, span=span)


def top(
    context: Context, span: Span, function: Token, count: Expression, by: Expression
) -> ast.Call:
    """`top 100 by spend`."""
    return ast.Call("top", (count,), by, None, function.span, span=span)


def selection(
    context: Context,
    span: Span,
    where: Expression | None,
    steps: list[Step],
    window: Window | None,
) -> Selection | None:
    """Which events an aggregate sees; nothing when nothing is said about it."""
    if where is None and window is None and not steps:
        return None
    return Selection(where, tuple(steps), window, span=span)


def step(
    context: Context,
    span: Span,
    operator: Token,
    event: Name,
    within: Expression | None,
    where: Expression | None,
) -> Step:
    """`followed by purchase within 24h where …`."""
    return Step(event, operator.kind == "NOT_FOLLOWED_BY", within, where, span=span)


# ----------------------------------------------------------------------------- windows


def last_window(context: Context, span: Span, size: Expression) -> ast.LastWindow:
    """`last 30d`."""
    return ast.LastWindow(size, span=span)


def next_window(context: Context, span: Span, size: Expression) -> ast.NextWindow:
    """`next 30d`."""
    return ast.NextWindow(size, span=span)


def ago_window(context: Context, span: Span, start: Expression, end: Expression) -> ast.AgoWindow:
    """`30d ago to 15d ago`."""
    return ast.AgoWindow(start, end, span=span)


def from_to_window(
    context: Context, span: Span, start: Expression, end: Expression
) -> ast.FromToWindow:
    """`2024-11-29 to 2024-12-02`."""
    return ast.FromToWindow(start, end, span=span)


def since_window(context: Context, span: Span, start: Expression) -> ast.SinceWindow:
    """`since signed_up_at`."""
    return ast.SinceWindow(start, span=span)


def calendar_window(
    context: Context, span: Span, count: Expression, unit: ast.CalendarUnit
) -> ast.CalendarWindow:
    """`last 3 calendar days`."""
    return ast.CalendarWindow(count, unit, False, span=span)


def previous_window(
    context: Context, span: Span, count: Expression, unit: ast.CalendarUnit
) -> ast.CalendarWindow:
    """`previous 2 calendar months`."""
    return ast.CalendarWindow(count, unit, True, span=span)


def this_window(context: Context, span: Span, unit: ast.CalendarUnit) -> ast.ThisWindow:
    """`this month`."""
    return ast.ThisWindow(unit, span=span)


def ever_window(context: Context, span: Span) -> ast.EverWindow:
    """`ever`."""
    return ast.EverWindow(span=span)


def unit(context: Context, span: Span, token: Token) -> ast.CalendarUnit:
    """`day` or `days`: the same unit."""
    return _UNITS[token.text.removesuffix("s")]


def _version(token: Token | None) -> str | None:
    return None if token is None else token.text[1:]


def _spaced(operator: Token) -> str:
    """An operator of several words with single spaces, however it was laid out."""
    return " ".join(operator.text.split())
