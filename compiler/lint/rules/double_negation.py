"""A negation of a negation.

What it does:
    Finds `not not x`, `not (x not in [...])`, `not (x is not missing)` and their like.

Why:
    Two negations are harder to follow than none, and mean the same.

Bad:
    segment neighbours "In France or Germany" {
      when not country not in ["DE", "FR"]
    }

Good:
    segment neighbours "In France or Germany" {
      when country in ["DE", "FR"]
    }

Fix:
    Safe, as `not` is the exact complement: takes out both.
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
    for node in context.nodes(ast.Unary):
        new = _without(node.operand) if node.operator == "not" else None
        if new is not None:
            yield Hit(
                node.span,
                "two negations",
                help=f"write `{unparse(new)}`",
                fix=rewrite(context, node, new),
            )


def _without(operand: ast.Expression) -> ast.Expression | None:
    """The complement of what is negated, or None where it is no negation."""
    match operand:
        case ast.Unary("not", inner):
            return inner
        case ast.InList(value, items, True):
            return ast.InList(value, items, False)
        case ast.InSegment(segment, True):
            return ast.InSegment(segment, False)
        case ast.IsMissing(value, negated):
            return ast.IsMissing(value, not negated)
    return None


RULE = Rule(
    code="SEG302",
    name="double-negation",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
