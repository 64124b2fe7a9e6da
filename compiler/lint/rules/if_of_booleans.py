"""An `if` that gives `true` and `false`.

What it does:
    Finds `if c then true else false`, and the other way round.

Why:
    The condition itself is that value already.

Bad:
    condition paying = if plan == "free" then false else true

    segment customers "Pay for a plan" {
      when paying
    }

Good:
    condition paying = plan != "free"

    segment customers "Pay for a plan" {
      when paying
    }

Fix:
    Safe: writes the condition, or its negation.
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
    for node in context.nodes(ast.IfElse):
        match node:
            case ast.IfElse(condition, ast.Boolean(then), ast.Boolean(otherwise)) if (
                then != otherwise
            ):
                new = condition if then else ast.Unary("not", condition)
                yield Hit(
                    node.span,
                    "the condition is this value already",
                    help=f"write `{unparse(new)}`",
                    fix=rewrite(context, node, new),
                )


RULE = Rule(
    code="SEG310",
    name="if-of-booleans",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
