"""A value that a list has twice.

What it does:
    Finds `in [...]` with the same constant twice.

Why:
    The second one changes nothing; perhaps another value was meant.

Bad:
    segment neighbours "In France or Germany" {
      when country in ["FR", "DE", "FR"]
    }

Good:
    segment neighbours "In France or Germany" {
      when country in ["FR", "DE"]
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
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.InList):
        for place, item in enumerate(node.items):
            if item in node.items[:place]:
                once = tuple(i for n, i in enumerate(node.items) if i not in node.items[:n])
                yield Hit(
                    item.span,
                    f"`{unparse(item)}` is in this list already",
                    label="the same again",
                    fix=rewrite(
                        context, node, ast.InList(node.operand, once, node.negated), "take it out"
                    ),
                )


RULE = Rule(
    code="SEG307",
    name="repeated-list-item",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
