"""A branch that is never taken.

What it does:
    Finds `if` with a condition that a branch before it has asked already, or that is `true` or
    `false`.

Why:
    The branches are tried in order, so nobody gets as far as the second one of a condition. Mostly
    it was meant to ask for something else.

Bad:
    metric discount = if plan == "team" then 20 else if plan == "team" then 10 else 0

    segment spoilt "Gets a discount" {
      when discount > 0
    }

Good:
    metric discount = if plan == "team" then 20 else if plan == "pro" then 10 else 0

    segment spoilt "Gets a discount" {
      when discount > 0
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.IfElse):
        if isinstance(node.condition, ast.Boolean):
            dead = node.otherwise if node.condition.value else node.then
            yield Hit(dead.span, "this branch is never taken", label="never taken")
        earlier = _asked_before(context, node)
        if earlier is not None:
            yield Hit(
                node.condition.span,
                "this branch is never taken: its condition was asked before",
                label="asked again",
                related=(Label(earlier.span, "who meets it ends here"),),
            )


def _asked_before(context: Context, node: ast.IfElse) -> ast.Expression | None:
    inner: ast.Node = node
    for outer in context.around(node):
        if not isinstance(outer, ast.IfElse) or outer.otherwise is not inner:
            return None
        if outer.condition == node.condition:
            return outer.condition
        inner = outer
    return None


RULE = Rule(
    code="SEG104",
    name="unreachable-branch",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
