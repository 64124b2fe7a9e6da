"""Asking if something is missing that never is.

What it does:
    Finds `is missing` and `is not missing` of counts, sums and other values that everybody has.

Why:
    The count of no events is 0, and not missing. `count(...) is missing` is true for nobody.

Bad:
    segment silent "Never opened a mail" {
      when count(email_open) is missing
    }

Good:
    segment silent "Never opened a mail" {
      when not exists(email_open)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.IsMissing):
        meaning = context.meaning(node.operand)
        if meaning is not None and not meaning.type.nullable:
            yield Hit(
                node.span,
                f"`{unparse(node.operand)}` is never missing",
                label="true for everybody" if node.negated else "true for nobody",
                help="the count or sum of no events is 0: compare with that",
            )


RULE = Rule(
    code="SEG113",
    name="never-missing",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
