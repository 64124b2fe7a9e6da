"""A negated comparison that has an opposite.

What it does:
    Finds `not (a >= b)` of values that are never missing.

Why:
    `a < b` says the same without brackets and without a negation to keep in mind. (Of values that
    may be missing it is not the same: see SEG101.)

Bad:
    segment idle "Few orders" {
      when not count(purchase over last 365d) >= 2
    }

Good:
    segment idle "Few orders" {
      when count(purchase over last 365d) < 2
    }

Fix:
    Safe where neither side can be missing. Unsafe where the catalog only says so of a column: in a
    row without a value after all, the two differ.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.meanings import OPPOSITES, may_miss
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Unary):
        compared = node.operand
        if node.operator != "not" or not isinstance(compared, ast.Binary):
            continue
        if compared.operator not in OPPOSITES:
            continue
        sides = (compared.left, compared.right)
        meanings = [context.meaning(side) for side in sides]
        if None in meanings or any(may_miss(context, side) for side in sides):
            continue
        sure = not any(meaning is not None and meaning.type.nullable for meaning in meanings)
        new = ast.Binary(OPPOSITES[compared.operator], *sides)
        yield Hit(
            node.span,
            f"this is `{OPPOSITES[compared.operator]}`",
            help=f"write `{unparse(new)}`",
            fix=rewrite(context, node, new, safety=Safety.SAFE if sure else Safety.UNSAFE),
        )


RULE = Rule(
    code="SEG304",
    name="negated-comparison",
    category=Category.CLARITY,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
