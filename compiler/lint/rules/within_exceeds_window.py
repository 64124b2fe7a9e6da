"""A wait that is longer than the window.

What it does:
    Finds `not followed by … within` a time that is as long as the whole window, or longer.

Why:
    "Not followed within 7d" is known only 7 days after the event, and by then it has left a window
    of 7 days. So nothing is ever counted.

Bad:
    segment left_a_cart "Left a cart behind" {
      when exists(cart_add not followed by purchase within 7d over last 7d)
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
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for selection in context.nodes(ast.Selection):
        window = selection.window
        if not isinstance(window, ast.LastWindow) or not isinstance(window.size, ast.Duration):
            continue
        for step in selection.steps:
            within = step.within
            if not step.negated or not isinstance(within, ast.Duration):
                continue
            if within.microseconds >= window.size.microseconds:
                yield Hit(
                    within.span,
                    f"nothing of the last {unparse(window.size)} has had {unparse(within)} to wait",
                    label="known only after this time",
                    help="make the window longer, or the wait shorter",
                    related=(Label(window.span, "and by then it is out of this window"),),
                )


RULE = Rule(
    code="SEG114",
    name="within-exceeds-window",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
