"""A value compared with itself.

What it does:
    Finds comparisons, differences and quotients whose two sides are the same.

Why:
    They say nothing about anybody: one side was copied, and not changed.

Bad:
    segment cooling_down "Open less than in the month before" {
      when count(email_open over last 30d) < count(email_open over last 30d)
    }

Good:
    segment cooling_down "Open less than in the month before" {
      when count(email_open over last 30d) < count(email_open over 60d ago to 30d ago)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import COMPARISONS
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.left == node.right and node.operator in (*COMPARISONS, "-", "/", "??"):
            yield Hit(
                node.right.span,
                f"both sides of `{node.operator}` are the same",
                label="the same again",
                related=(Label(node.left.span, "this"),),
            )


RULE = Rule(
    code="SEG103",
    name="same-operands",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
