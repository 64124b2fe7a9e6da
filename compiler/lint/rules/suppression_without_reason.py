"""A suppression that does not say why.

What it does:
    Finds `# segue: ignore[...]` comments without a text behind them.

Why:
    The finding is silenced for everybody who comes later. Whoever did it knew why, and is the only
    one.

Bad:
    # segue: ignore[SEG303]
    segment reachable "May be written to" {
      when email_subscribed == true
    }

Good:
    # segue: ignore[SEG303] the house style spells it out
    segment reachable "May be written to" {
      when email_subscribed == true
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.suppressions import PLACEHOLDER, Suppression
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for comment in context.suppressions:
        if comment.rules and not comment.reason:
            yield Hit(
                comment.span,
                "this suppression does not say why",
                help=f"write the reason behind it: `{_with_placeholder(context, comment)}`",
            )


def _with_placeholder(context: Context, comment: Suppression) -> str:
    return f"{context.source_text(comment.span).removesuffix(PLACEHOLDER).rstrip()} {PLACEHOLDER}"


RULE = Rule(
    code="SEG902",
    name="suppression-without-reason",
    category=Category.SUPPRESSIONS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
