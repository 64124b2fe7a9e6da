"""Expressions back to text, with no more brackets than needed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from segue.grammar import ast
from segue.grammar.ast import Expression, Selection, Step, Window

# How tightly each form binds; an operand that binds more loosely stands in brackets.
_IF, _OR, _AND, _NOT, _COMPARE, _COALESCE, _SUM, _PRODUCT, _NEGATE, _ATOM = range(10)
_LEVELS = {"??": _COALESCE, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_WINDOW_WORDS = frozenset({"last", "next", "since", "previous", "this"})
_UNIT_SIZES = (
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
)


def unparse(expression: Expression) -> str:
    """The text of an expression: parsing it gives the same tree."""
    return _write(expression, _IF)


def binds_as_tightly(one: Expression, other: Expression) -> bool:
    """Whether an expression can stand where another stands without brackets of its own."""
    return _WRITERS[type(one)](one)[0] >= _WRITERS[type(other)](other)[0]


def unparse_window(window: Window) -> str:
    """The text of a window, as it stands after `over`."""
    match window:
        case ast.LastWindow(size):
            return f"last {_write(size, _SUM)}"
        case ast.NextWindow(size):
            return f"next {_write(size, _SUM)}"
        case ast.AgoWindow(start, end):
            return f"{_edge(start)} ago to {_edge(end)} ago"
        case ast.FromToWindow(start, end):
            return f"{_edge(start)} to {_edge(end)}"
        case ast.SinceWindow(start):
            return f"since {_write(start, _SUM)}"
        case ast.CalendarWindow(count, unit, previous):
            word = "previous" if previous else "last"
            plural = "" if count == ast.Number(1) else "s"
            return f"{word} {_write(count, _SUM)} calendar {unit}{plural}"
        case ast.ThisWindow(unit):
            return f"this {unit}"
        case ast.EverWindow():
            return "ever"


def _edge(expression: Expression) -> str:
    """An edge of a window: bracketed if it would be taken for the beginning of another kind."""
    text = _write(expression, _SUM)
    head = text.split(maxsplit=1)[0].split("(")[0]
    return f"({text})" if head in _WINDOW_WORDS else text


def _write(node: Expression, least: int) -> str:
    level, text = _WRITERS[type(node)](node)
    return f"({text})" if level < least else text


def _number(node: ast.Number) -> tuple[int, str]:
    return _ATOM, f"{node.value:f}" if not isinstance(node.value, int) else str(node.value)


def _duration(node: ast.Duration) -> tuple[int, str]:
    return _ATOM, node.text or duration_text(node.microseconds)


def duration_text(microseconds: int) -> str:
    """`1h30min` for a length of time."""
    parts = []
    for unit, size in _UNIT_SIZES:
        count, microseconds = divmod(microseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def quote(text: str) -> str:
    """Text in double quotes, with escapes where they are needed."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    inside = "".join(
        named.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c) for c in text
    )
    return f'"{inside}"'


def _timestamp(node: ast.Timestamp) -> tuple[int, str]:
    moment = datetime(1970, 1, 1) + timedelta(microseconds=node.microseconds)
    text = moment.isoformat()
    if moment.microsecond:
        text = text.rstrip("0")
    return _ATOM, text + ("Z" if node.utc else "")


def _call(node: ast.Call) -> tuple[int, str]:
    arguments = ", ".join(_write(argument, _IF) for argument in node.arguments)
    if node.function in ("min of", "max of"):
        return _ATOM, f"{node.function} ({arguments})"
    if node.function == "top" and len(node.arguments) == 1 and node.by is not None:
        return _COMPARE, f"top {_write(node.arguments[0], _SUM)} by {_write(node.by, _COALESCE)}"
    by = f" by {_write(node.by, _IF)}" if node.by is not None else ""
    version = f"@{node.version}" if node.version is not None else ""
    return _ATOM, f"{node.function}{version}({arguments}{by}{_selection(node.selection)})"


def _selection(node: Selection | None) -> str:
    if node is None:
        return ""
    where = f" where {_write(node.where, _IF)}" if node.where is not None else ""
    steps = "".join(f" {_step(step)}" for step in node.steps)
    over = f" over {unparse_window(node.window)}" if node.window is not None else ""
    return where + steps + over


def _step(node: Step) -> str:
    word = "not followed by" if node.negated else "followed by"
    within = f" within {_write(node.within, _SUM)}" if node.within is not None else ""
    where = f" where {_write(node.where, _IF)}" if node.where is not None else ""
    return f"{word} {node.event.text}{within}{where}"


def _unary(node: ast.Unary) -> tuple[int, str]:
    if node.operator == "not":
        # `not in a` is one operator; this is another node of the same meaning.
        if isinstance(node.operand, ast.InSegment) and not node.operand.negated:
            return _NOT, f"not ({_write(node.operand, _IF)})"
        return _NOT, f"not {_write(node.operand, _NOT)}"
    return _NEGATE, f"-{_write(node.operand, _NEGATE)}"


def _binary(node: ast.Binary) -> tuple[int, str]:
    level = _LEVELS.get(node.operator, _COMPARE)
    if level == _COMPARE:
        left = right = _COALESCE
    elif level == _COALESCE:
        left, right = _SUM, _COALESCE
    else:
        left, right = level, level + 1
    return level, f"{_write(node.left, left)} {node.operator} {_write(node.right, right)}"


def _logical(node: ast.Logical) -> tuple[int, str]:
    level = _OR if node.operator == "or" else _AND
    return level, f" {node.operator} ".join(_write(o, level + 1) for o in node.operands)


def _between(node: ast.Between) -> tuple[int, str]:
    operand, low, high = (_write(n, _COALESCE) for n in (node.operand, node.low, node.high))
    return _COMPARE, f"{operand} between {low} and {high}"


def _in_list(node: ast.InList) -> tuple[int, str]:
    items = ", ".join(_write(item, _IF) for item in node.items)
    word = "not in" if node.negated else "in"
    return _COMPARE, f"{_write(node.operand, _COALESCE)} {word} [{items}]"


def _in_segment(node: ast.InSegment) -> tuple[int, str]:
    return _NOT, f"{'not in' if node.negated else 'in'} {node.segment.text}"


def _is_missing(node: ast.IsMissing) -> tuple[int, str]:
    word = "is not missing" if node.negated else "is missing"
    return _COMPARE, f"{_write(node.operand, _COALESCE)} {word}"


def _if_else(node: ast.IfElse) -> tuple[int, str]:
    parts = (_write(n, _IF) for n in (node.condition, node.then, node.otherwise))
    return _IF, "if {} then {} else {}".format(*parts)


_WRITERS: dict[type, Callable[[Any], tuple[int, str]]] = {
    ast.Number: _number,
    ast.Percent: lambda n: (_ATOM, f"{n.value:f}%"),
    ast.Duration: _duration,
    ast.String: lambda n: (_ATOM, quote(n.value)),
    ast.Boolean: lambda n: (_ATOM, "true" if n.value else "false"),
    ast.Date: lambda n: (_ATOM, f"{n.year:04}-{n.month:02}-{n.day:02}"),
    ast.Timestamp: _timestamp,
    ast.Name: lambda n: (_ATOM, n.text),
    ast.Call: _call,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.Logical: _logical,
    ast.Between: _between,
    ast.InList: _in_list,
    ast.InSegment: _in_segment,
    ast.IsMissing: _is_missing,
    ast.IfElse: _if_else,
}
