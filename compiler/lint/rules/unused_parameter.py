"""A parameter that its define does not use.

What it does:
    Finds parameters of a `define` that its expression does not name.

Why:
    Callers pass a value and believe that it counts.

Bad:
    define regular(what, times, within) = count(what over last 30d) >= times

    segment readers "Open our mails" {
      when regular(email_open, 4, 60d)
    }

Good:
    define regular(what, times, within) = count(what over last within) >= times

    segment readers "Open our mails" {
      when regular(email_open, 4, 60d)
    }
"""

from collections.abc import Iterator

from segue.compiler.index.targets import parameter
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for symbol in context.definitions(ast.Define):
        assert isinstance(symbol.node, ast.Define)
        for name in symbol.node.parameters:
            places = context.index.places(parameter(symbol.name, name.text))
            if all(place.defines for place in places):
                yield Hit(
                    name.span,
                    f"`{symbol.name}` does not use its parameter `{name.text}`",
                    help="use it, or take it out here and in the calls",
                )


RULE = Rule(
    code="SEG404",
    name="unused-parameter",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
