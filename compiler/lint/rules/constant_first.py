"""A comparison that begins with the constant.

What it does:
    Finds `10 <= opens`.

Why:
    People read "opens at least 10". Rules of one order can be compared at a glance.

Bad:
    segment readers "Open our mails" {
      when 10 <= count(email_open over last 30d)
    }

Good:
    segment readers "Open our mails" {
      when count(email_open over last 30d) >= 10
    }

Fix:
    Safe: swaps the sides.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import FLIPPED, is_constant
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator in FLIPPED and is_constant(node.left) and not is_constant(node.right):
            new = ast.Binary(FLIPPED[node.operator], node.right, node.left)
            yield Hit(
                node.span,
                "the constant stands first",
                help=f"write `{unparse(new)}`",
                fix=rewrite(context, node, new),
            )


RULE = Rule(
    code="SEG309",
    name="constant-first",
    category=Category.CLARITY,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
