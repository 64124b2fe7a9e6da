"""A segment without a priority.

What it does:
    Finds segments that do not say their `priority`. Off unless it is asked for.

Why:
    Where somebody is in several segments, the priority decides which one's actions come first.

Bad:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
    }

Good:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      priority medium
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
        if segment.priority is None:
            yield Hit(
                segment.name.span,
                f"`{segment.name.text}` has no priority",
                help="add one: `priority medium`",
            )


RULE = Rule(
    code="SEG413",
    name="missing-priority",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
    default=False,
)
