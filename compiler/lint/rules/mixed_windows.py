"""Calendar windows and sliding windows in one comparison.

What it does:
    Finds comparisons, differences and quotients of two counts, one over `last 30d` and the other
    over calendar periods.

Why:
    `last 30d` is exactly 30 times 24 hours; `last 1 calendar month` begins on the first and may be
    an hour or a month long. Their difference says more about the day of the month than about
    anybody.

Bad:
    segment growing "Buys more than before" {
      when count(purchase over this month) > count(purchase over 60d ago to 30d ago)
    }

Good:
    segment growing "Buys more than before" {
      when count(purchase over last 30d) > count(purchase over 60d ago to 30d ago)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import COMPARISONS, aggregates_of
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in (*COMPARISONS, "-", "/"):
            continue
        module = context.item_at(node.span)[0].module
        left, right = (
            {_kind(call) for call in aggregates_of(context, side, module)} - {None}
            for side in (node.left, node.right)
        )
        if len(left) == len(right) == 1 and left != right:
            yield Hit(
                node.span,
                "one side counts calendar periods, the other exact days",
                label=f"a {left.pop()} window against a {right.pop()} one",
                help="use windows of one kind on both sides",
            )


def _kind(call: ast.Call) -> str | None:
    match call.selection.window if call.selection else None:
        case ast.CalendarWindow() | ast.ThisWindow():
            return "calendar"
        case ast.LastWindow(ast.Duration()) | ast.AgoWindow():
            return "sliding"
    return None


RULE = Rule(
    code="SEG107",
    name="mixed-windows",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
