"""A pattern that is plain text.

What it does:
    Finds `matches` with a pattern without any special character but `^` in front and `$` behind.

Why:
    `starts with`, `ends with`, `contains` and `==` say what is meant, take no care with dots and
    brackets, and let a warehouse use an index.

Bad:
    segment shoppers "Look at products" {
      when exists(page_view where path matches "^/product" over last 30d)
    }

Good:
    segment shoppers "Look at products" {
      when exists(page_view where path starts with "/product" over last 30d)
    }

Fix:
    Safe: writes the plain operator.
"""

import re
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse

_PLAIN = re.compile(r"(\^?)([^\\^$.|?*+()\[\]{}]+)(\$?)")
_OPERATORS = {
    ("", ""): "contains",
    ("^", ""): "starts with",
    ("", "$"): "ends with",
    ("^", "$"): "==",
}


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator != "matches" or not isinstance(node.right, ast.String):
            continue
        plain = _PLAIN.fullmatch(node.right.value)
        if plain is not None:
            operator = _OPERATORS[plain[1], plain[3]]
            new = ast.Binary(operator, node.left, ast.String(plain[2]))
            yield Hit(
                node.right.span,
                "this pattern is plain text",
                help=f"write `{unparse(new)}`",
                fix=rewrite(context, node, new),
            )


RULE = Rule(
    code="SEG308",
    name="plain-pattern",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
