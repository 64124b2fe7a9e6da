"""A segment without an owner.

What it does:
    Finds segments that do not say their `owner`. Off unless it is asked for.

Why:
    Somebody has to answer for a rule about people, and to be asked before it changes.

Bad:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
    }

Good:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      owner "crm@example.com"
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for segment in context.nodes(ast.Segment):
        if segment.owner is None:
            yield Hit(
                segment.name.span,
                f"`{segment.name.text}` has no owner",
                help='add one: `owner "crm@example.com"`',
            )


RULE = Rule(
    code="SEG412",
    name="missing-owner",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
    default=False,
)
