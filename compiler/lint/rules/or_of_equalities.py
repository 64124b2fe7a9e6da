"""A chain of equalities with one value.

What it does:
    Finds `a == x or a == y`.

Why:
    `a in [x, y]` says it once, and a value more is a word more.

Bad:
    segment neighbours "In France or Germany" {
      when country == "FR"
        or country == "DE"
    }

Good:
    segment neighbours "In France or Germany" {
      when country in ["FR", "DE"]
    }

Fix:
    Safe: writes `in [...]`.
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import is_constant
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Logical):
        if node.operator != "or":
            continue
        chains: dict[str, list[ast.Binary]] = defaultdict(list)
        for operand in node.operands:
            if _is_equality(operand):
                assert isinstance(operand, ast.Binary)
                chains[unparse(operand.left)].append(operand)
        for chain in chains.values():
            if len(chain) > 1:
                yield _hit(context, node, chain)


def _is_equality(node: ast.Expression) -> bool:
    return (
        isinstance(node, ast.Binary)
        and node.operator == "=="
        and is_constant(node.right)
        and not is_constant(node.left)
        and not isinstance(node.right, ast.Boolean)
    )


def _hit(context: Context, node: ast.Logical, chain: list[ast.Binary]) -> Hit:
    member = ast.InList(chain[0].left, tuple(o.right for o in chain), negated=False)
    others = [o for o in node.operands if not any(o is one for one in chain[1:])]
    operands = tuple(member if o is chain[0] else o for o in others)
    new = member if len(operands) == 1 else ast.Logical("or", operands)
    return Hit(
        chain[0].span.to(chain[-1].span),
        f"`{unparse(chain[0].left)}` is compared {len(chain)} times",
        help=f"write `{unparse(member)}`",
        fix=rewrite(context, node, new, f"write `{unparse(member)}`"),
    )


RULE = Rule(
    code="SEG305",
    name="or-of-equalities",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
