"""A segment that does not say what it is.

What it does:
    Finds segments, tiers, lifecycles, scores and campaigns without a text behind their name.

Why:
    The text is what stands in reports, in the documentation and in the review of the next change.
    Most of those who read it do not read rules.

Bad:
    segment readers {
      when exists(email_open over last 30d)
    }

Good:
    segment readers "Opened a mail in the last 30 days" {
      when exists(email_open over last 30d)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity

_DESCRIBED = (ast.Segment, ast.Tiers, ast.Lifecycle, ast.Score, ast.Campaign)


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for source in context.sources:
        for item in source.tree.items:
            if isinstance(item, _DESCRIBED) and not item.title:
                word = type(item).__name__.lower()
                yield Hit(
                    item.name.span,
                    f"`{item.name.text}` has no description",
                    help=f'write one behind its name: `{word} {item.name.text} "…"`',
                )


RULE = Rule(
    code="SEG411",
    name="missing-description",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
    default=False,
)
