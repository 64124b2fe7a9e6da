"""A list of all the values there are.

What it does:
    Finds `in [...]` with every value that the catalog accepts.

Why:
    It is true for everybody who has a value, so it chooses nobody. Perhaps the catalog has lost a
    value, or `is not missing` was meant.

Bad:
    segment known_plan "On one of our plans" {
      when plan in ["free", "pro", "team"]
    }

Good:
    segment known_plan "On one of our paid plans" {
      when plan in ["pro", "team"]
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.InList):
        meaning = context.meaning(node.operand)
        values = None if meaning is None else meaning.type.values
        if not values:
            continue
        named = {item.value for item in node.items if isinstance(item, ast.String)}
        if named >= set(values):
            text, word = unparse(node.operand), "" if node.negated else "not "
            yield Hit(
                node.span,
                f"these are all the values of `{text}`",
                label="true only where it is missing"
                if node.negated
                else "true for everybody who has a value",
                help=f"write `{text} is {word}missing`, or shorten the list",
            )


RULE = Rule(
    code="SEG118",
    name="list-covers-values",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
