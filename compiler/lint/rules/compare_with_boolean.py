"""A condition compared with `true`.

What it does:
    Finds `== true` and its like behind something that is true or false already.

Why:
    The comparison adds nothing, and hides whether a missing value was thought of.

Bad:
    segment reachable "May be written to" {
      when email_subscribed == true
    }

Good:
    segment reachable "May be written to" {
      when email_subscribed
    }

Fix:
    Safe for `== true`: a missing value is false either way. Unsafe for `== false`, as `not` is true
    for a missing value.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in ("==", "!="):
            continue
        for value, constant in ((node.left, node.right), (node.right, node.left)):
            if isinstance(constant, ast.Boolean) and not isinstance(value, ast.Boolean):
                yield _hit(context, node, value, constant.value == (node.operator == "=="))


def _hit(context: Context, node: ast.Binary, value: ast.Expression, wanted: bool) -> Hit:
    plain = node.operator == "==" and wanted
    new = value if wanted else ast.Unary("not", value)
    return Hit(
        node.span,
        f"`{unparse(value)}` is true or false already",
        help=f"write `{unparse(new)}`",
        fix=rewrite(context, node, new, safety=Safety.SAFE if plain else Safety.UNSAFE),
    )


RULE = Rule(
    code="SEG303",
    name="compare-with-boolean",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
