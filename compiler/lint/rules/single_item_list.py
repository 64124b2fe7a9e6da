"""A list of one.

What it does:
    Finds `in [x]` with a single value.

Why:
    `== x` says the same. (`not in [x]` is left alone: unlike `!= x`, it is true for a missing
    value.)

Bad:
    segment french "In France" {
      when country in ["FR"]
    }

Good:
    segment french "In France" {
      when country == "FR"
    }

Fix:
    Safe: writes `==`.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.InList):
        if len(node.items) == 1 and not node.negated:
            new = ast.Binary("==", node.operand, node.items[0])
            yield Hit(
                node.span,
                "a list of one",
                help=f"write `{unparse(new)}`",
                fix=rewrite(context, node, new),
            )


RULE = Rule(
    code="SEG313",
    name="single-item-list",
    category=Category.CLARITY,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
