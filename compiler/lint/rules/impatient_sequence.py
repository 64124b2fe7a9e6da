""" "Not followed by", asked a moment later.

What it does:
    Finds `not followed by` without `within`, over a window that reaches up to now.

Why:
    A cart of a minute ago is "not followed by a purchase" yet. Without a time to wait, everybody
    who is just about to buy is taken for somebody who left.

Bad:
    segment left_a_cart "Left a cart behind" {
      when exists(cart_add not followed by purchase over last 7d)
    }

Good:
    segment left_a_cart "Left a cart behind" {
      when exists(cart_add not followed by purchase within 24h over last 7d)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for selection in context.nodes(ast.Selection):
        for step in selection.steps:
            if step.negated and step.within is None and _reaches_now(selection.window):
                yield Hit(
                    step.span,
                    f"`{step.event.text}` may still follow",
                    label="true from the first moment on",
                    help=f"say how long to wait: `not followed by {step.event.text} within 24h`",
                )


def _reaches_now(window: ast.Window | None) -> bool:
    match window:
        case None | ast.EverWindow() | ast.ThisWindow() | ast.SinceWindow():
            return True
        case ast.CalendarWindow():
            return not window.previous
        case ast.LastWindow():
            return isinstance(window.size, ast.Duration)
    return False


RULE = Rule(
    code="SEG115",
    name="impatient-sequence",
    category=Category.CORRECTNESS,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
