"""Equalities that cannot both hold, or one of which always does.

What it does:
    Finds `a == x and a == y`, and `a != x or a != y`, with different constants.

Why:
    The first is true for nobody, the second for everybody who has a value: `and` and `or` were
    mixed up. `not in [x, y]` and `in [x, y]` cannot be.

Bad:
    segment abroad "Outside of France and Germany" {
      when country != "FR"
        or country != "DE"
    }

Good:
    segment abroad "Outside of France and Germany" {
      when country is not missing
       and country not in ["FR", "DE"]
    }

Fix:
    Unsafe: writes `in [...]` or `not in [...]`. The second also holds where the value is missing.
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.meanings import is_constant
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Logical):
        operator = "==" if node.operator == "and" else "!="
        values: dict[str, list[ast.Binary]] = defaultdict(list)
        for operand in node.operands:
            if (
                isinstance(operand, ast.Binary)
                and operand.operator == operator
                and is_constant(operand.right)
            ):
                values[unparse(operand.left)].append(operand)
        for same in values.values():
            if any(other.right != same[0].right for other in same):
                yield _hit(context, node, same)


def _hit(context: Context, node: ast.Logical, same: list[ast.Binary]) -> Hit:
    every = node.operator == "or"
    new = ast.InList(same[0].left, tuple(o.right for o in same), negated=every)
    text = unparse(same[0].left)
    fix = (
        rewrite(context, node, new, safety=Safety.UNSAFE)
        if len(same) == len(node.operands)
        else None
    )
    return Hit(
        same[1].span,
        f"`{text}` always differs from one of them"
        if every
        else f"`{text}` cannot be equal to both",
        label="true for everybody who has a value" if every else "true for nobody",
        help=f"write `{unparse(new)}`",
        related=(Label(same[0].span, "the other"),),
        fix=fix,
    )


RULE = Rule(
    code="SEG111",
    name="clashing-equalities",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
