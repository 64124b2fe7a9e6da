"""Literals: their values, and what to say about those that have none."""

import re
from datetime import date as CalendarDay
from datetime import datetime, timedelta
from decimal import Decimal

from segue.grammar import ast
from segue.grammar.building.context import Context
from segue.grammar.codes import BAD_LITERAL, BAD_TEXT
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.lexer import Token
from segue.grammar.span import Span

MICROSECONDS = {
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
# What 64 bits hold: whole numbers, and decimals without their point.
GREATEST = 2**63 - 1
MOST_DIGITS = len(str(GREATEST))
# Longer than any two instants can be apart.
LONGEST_DURATION = 10_000 * 366 * MICROSECONDS["d"]

_EPOCH = datetime(1970, 1, 1)
_DURATION_PART = re.compile(r"(\d+)([a-z]+)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


def number(context: Context, span: Span, token: Token) -> ast.Number:
    """`10` as an int, `2.5` as a decimal, exactly as written."""
    digits = _digits(context, token)
    return ast.Number(Decimal(digits) if "." in digits else int(digits), span=span)


def percent(context: Context, span: Span, token: Token) -> ast.Percent:
    """`15%`."""
    return ast.Percent(Decimal(_digits(context, token)), span=span)


def _digits(context: Context, token: Token) -> str:
    digits = token.text.replace("_", "").rstrip("%")
    whole = digits.replace(".", "").lstrip("0")
    if len(whole) <= MOST_DIGITS and int(whole or "0") <= GREATEST:
        return digits
    context.report(
        Diagnostic(
            BAD_LITERAL.id,
            "this number has too many digits",
            token.span,
            label="does not fit 64 bits",
            help=f"the greatest number is {GREATEST:_}; a decimal counts without its point",
        )
    )
    return "0"


def duration(context: Context, span: Span, token: Token) -> ast.Duration:
    """`30d`, `1h30min`."""
    parts = _DURATION_PART.findall(token.text)
    if max(len(count) for count, _ in parts) <= MOST_DIGITS:
        total = sum(int(count) * MICROSECONDS[unit] for count, unit in parts)
        if total <= LONGEST_DURATION:
            return ast.Duration(total, token.text, span=span)
    context.report(
        Diagnostic(
            BAD_LITERAL.id,
            "this duration is longer than 10,000 years",
            token.span,
            label="too long",
            help="for the whole history, write `over ever`",
        )
    )
    return ast.Duration(LONGEST_DURATION, token.text, span=span)


def date(context: Context, span: Span, token: Token) -> ast.Date:
    """`2024-05-01`, a day that exists."""
    try:
        day = CalendarDay.fromisoformat(token.text)
    except ValueError as error:
        _no_such_time(context, token, f"there is no such day: {error}")
        day = CalendarDay(1970, 1, 1)
    return ast.Date(day.year, day.month, day.day, span=span)


def timestamp(context: Context, span: Span, token: Token) -> ast.Timestamp:
    """`2024-05-01T12:30:00Z`, or local without the `Z`."""
    utc = token.text.endswith("Z")
    clock, _, fraction = token.text.removesuffix("Z").partition(".")
    try:
        moment = datetime.fromisoformat(clock)
    except ValueError as error:
        _no_such_time(context, token, f"there is no such time: {error}")
        moment = _EPOCH
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    return ast.Timestamp(microseconds + int(fraction.ljust(6, "0")), utc, span=span)


def _no_such_time(context: Context, token: Token, message: str) -> None:
    context.report(Diagnostic(BAD_LITERAL.id, message, token.span, label="year-month-day"))


def string(context: Context, span: Span, token: Token) -> ast.String:
    """`"text"` as a value."""
    return ast.String(text(context, span, token), span=span)


def text(context: Context, span: Span, token: Token) -> str:
    """`"text"` as a title or an owner: escapes resolved."""
    inside = token.text[1:-1]
    if "\\" not in inside:
        return inside
    for match in _ESCAPE.finditer(inside):
        code, letter = match.groups()
        if code is None and letter not in _ESCAPES:
            _bad_escape(context, token, match, f"`\\{letter}` is no escape")
        elif code is not None and 0xD800 <= int(code, 16) <= 0xDFFF:
            _bad_escape(context, token, match, f"`\\u{code}` is half a character")
    return _ESCAPE.sub(_unescape, inside)


def _unescape(match: re.Match[str]) -> str:
    code, letter = match.groups()
    return chr(int(code, 16)) if code else _ESCAPES.get(letter, letter)


def _bad_escape(context: Context, token: Token, match: re.Match[str], message: str) -> None:
    start = token.span.start + 1 + match.start()
    column = token.span.column + 1 + match.start()
    span = Span(token.span.path, start, start + len(match.group()), token.span.line, column)
    context.report(
        Diagnostic(
            BAD_TEXT.id,
            message,
            span,
            help='the escapes are \\" \\\\ \\n \\t and \\u with four hexadecimal digits; '
            "write a backslash as \\\\",
        )
    )
