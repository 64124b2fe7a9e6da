"""A ratio of different events over different windows.

What it does:
    Finds quotients of two aggregates over different events whose windows differ.

Why:
    Clicks of 30 days for each mail of 90 days is no click rate: it falls just because more mails
    are in the longer window. (The same event over two windows is fine: that is a trend.)

Bad:
    metric click_rate = count(email_click over last 30d) / count(email_send over last 90d)

    segment keen "Clicks a lot" {
      when click_rate >= 15%
    }

Good:
    metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)

    segment keen "Clicks a lot" {
      when click_rate >= 15%
    }

Fix:
    Unsafe: gives the divisor the window of what is divided.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.meanings import aggregates_of
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse_window


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator != "/":
            continue
        module = context.item_at(node.span)[0].module
        above, below = (
            list(aggregates_of(context, side, module)) for side in (node.left, node.right)
        )
        if len(above) == len(below) == 1 and _event(above[0]) != _event(below[0]):
            first, second = _window(above[0]), _window(below[0])
            if first != second and not any(map(_is_fixed, (first, second))):
                yield _hit(node, below[0], first, second)


def _hit(node: ast.Binary, divisor: ast.Call, first: ast.Window, second: ast.Window) -> Hit:
    fix = None
    if divisor is node.right and not isinstance(second, ast.EverWindow):
        edit = Edit(second.span, unparse_window(first))
        fix = Fix(f"write `over {unparse_window(first)}`", (edit,), Safety.UNSAFE)
    return Hit(
        node.right.span,
        "the two sides of this ratio are about different times",
        label=f"over {unparse_window(second)}",
        related=(Label(node.left.span, f"over {unparse_window(first)}"),),
        help="give both the same window",
        fix=fix,
    )


def _event(call: ast.Call) -> str:
    name = call.arguments[0]
    return name.parts[0] if isinstance(name, ast.Name) else ""


def _window(call: ast.Call) -> ast.Window:
    window = call.selection.window if call.selection else None
    return ast.EverWindow() if window is None else window


def _is_fixed(window: ast.Window) -> bool:
    return isinstance(window, ast.FromToWindow | ast.SinceWindow)


RULE = Rule(
    code="SEG108",
    name="ratio-of-windows",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
