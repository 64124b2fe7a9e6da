"""A condition that stands twice.

What it does:
    Finds the same part twice in one `and` or `or`, nested ones of the same kind included.

Why:
    The second one changes nobody's membership (though it does weigh in the match score). Mostly it
    was copied to be changed.

Bad:
    segment regulars "Subscribed, and buys" {
      when email_subscribed
       and count(purchase over last 90d) >= 2
       and email_subscribed
    }

Good:
    segment regulars "Subscribed, and buys" {
      when email_subscribed
       and count(purchase over last 90d) >= 2
    }

Fix:
    Safe: takes out the second one.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Logical):
        parent = context.parent(node)
        if isinstance(parent, ast.Logical) and parent.operator == node.operator:
            continue  # Its parts are those of the parent.
        parts = list(_parts(node, node.operator))
        for place, part in enumerate(parts):
            first = next((earlier for earlier in parts[:place] if earlier == part), None)
            if first is not None:
                yield _hit(context, node, part, first)


def _parts(node: ast.Logical, operator: str) -> Iterator[ast.Expression]:
    for operand in node.operands:
        if isinstance(operand, ast.Logical) and operand.operator == operator:
            yield from _parts(operand, operator)
        else:
            yield operand


def _hit(context: Context, node: ast.Logical, part: ast.Expression, first: ast.Expression) -> Hit:
    kept = tuple(operand for operand in node.operands if operand is not part)
    fix = None
    if len(kept) < len(node.operands):
        new = kept[0] if len(kept) == 1 else ast.Logical(node.operator, kept)
        fix = rewrite(context, node, new, "take it out")
    return Hit(
        part.span,
        f"`{unparse(part)}` stands here twice",
        label="the same again",
        related=(Label(first.span, "the first"),),
        fix=fix,
    )


RULE = Rule(
    code="SEG306",
    name="repeated-condition",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
