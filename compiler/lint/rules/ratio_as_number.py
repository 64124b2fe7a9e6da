"""A ratio compared with a bare number.

What it does:
    Finds a ratio or a probability compared with a number like `0.15`.

Why:
    `15%` says that it is a share, and nobody has to count the zeros of `0.005`.

Bad:
    metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)

    segment keen "Clicks a lot" {
      when click_rate >= 0.15
    }

Good:
    metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)

    segment keen "Clicks a lot" {
      when click_rate >= 15%
    }

Fix:
    Safe: writes the percentage.
"""

from collections.abc import Iterator
from decimal import Decimal

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import COMPARISONS
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse

_RATIOS = (Kind.RATIO, Kind.PROBABILITY)


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in COMPARISONS:
            continue
        for value, number in ((node.left, node.right), (node.right, node.left)):
            meaning = context.meaning(value)
            if (
                isinstance(number, ast.Number)
                and isinstance(number.value, Decimal)
                and 0 < number.value < 1
                and meaning is not None
                and meaning.type.kind in _RATIOS
                and meaning.op != "literal"
            ):
                percent = ast.Percent((number.value * 100).normalize())
                yield Hit(
                    number.span,
                    f"`{unparse(value)}` is a share of something",
                    help=f"write `{unparse(percent)}`",
                    fix=rewrite(context, number, percent),
                )


RULE = Rule(
    code="SEG312",
    name="ratio-as-number",
    category=Category.CLARITY,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
