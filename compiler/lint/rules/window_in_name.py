"""A name that says another window than the rule.

What it does:
    Finds metrics and conditions with a length of time in their name (`opens_30d`) and windows of
    another length, but none of that one.

Why:
    Whoever reads `opens_30d >= 10` in a segment takes the name at its word. Mostly the window was
    changed later, and the name was not.

Bad:
    metric opens_30d = count(email_open over last 60d)

    segment readers "Open our mails" {
      when opens_30d >= 10
    }

Good:
    metric opens_60d = count(email_open over last 60d)

    segment readers "Open our mails" {
      when opens_60d >= 10
    }
"""

import re
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.windows import DAY, WEEK
from segue.grammar import ast
from segue.grammar.ast.walk import walk
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse_window

_LENGTH = re.compile(r"(?:^|_)(\d+)(min|h|d|w)(?=_|$)")
_UNITS = {"min": 60_000_000, "h": 3_600_000_000, "d": DAY, "w": WEEK}
_PERIODS = {"day": DAY, "week": WEEK}


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for symbol in context.definitions(ast.Metric, ast.Condition):
        assert isinstance(symbol.node, ast.Metric | ast.Condition)
        said = _LENGTH.search(symbol.node.name.text)
        if said is None:
            continue
        windows = [w for node in walk(symbol.node.value) if (w := _window(node)) is not None]
        lengths = {length for window in windows for length in _lengths(window)}
        if lengths and int(said[1]) * _UNITS[said[2]] not in lengths:
            yield Hit(
                symbol.node.name.span,
                f"`{symbol.node.name.text}` is over `{unparse_window(windows[0])}`",
                label=f"the name says {said[1]}{said[2]}",
                help="rename it, or mend the window",
                related=(Label(windows[0].span, "this window"),),
            )


def _window(node: ast.Node) -> ast.Window | None:
    return node.window if isinstance(node, ast.Selection) else None


def _lengths(window: ast.Window) -> set[int]:
    """The lengths a name may mean: of the window, and of how far back it reaches."""
    match window:
        case ast.LastWindow(ast.Duration(size)):
            return {size}
        case ast.AgoWindow(ast.Duration(start), ast.Duration(end)):
            return {start, end, start - end}
        case ast.CalendarWindow(ast.Number(int() as count), unit) if unit in _PERIODS:
            return {count * _PERIODS[unit]}
    return set()


RULE = Rule(
    code="SEG110",
    name="window-in-name",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
