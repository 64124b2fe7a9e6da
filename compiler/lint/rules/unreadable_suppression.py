"""A comment to the linter that it cannot read.

What it does:
    Finds comments that begin with `# segue:` and are no suppression, and suppressions of rules that
    do not exist.

Why:
    They suppress nothing, and look as if they did. A suppression names its rules: one for
    everything would hide what is found tomorrow.

Bad:
    # segue: ignore[SEG3003] the house style spells it out
    segment reachable "May be written to" {
      when email_subscribed
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
from segue.compiler.lint.registry import find_rule, rules
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar.diagnostics import Severity
from segue.grammar.suggestions import did_you_mean


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for comment in context.suppressions:
        if not comment.rules:
            yield Hit(
                comment.span,
                "the linter cannot read this",
                help="write `# segue: ignore[SEG101] reason`, or `ignore-file` for the whole file",
            )
        for suppressed in comment.rules:
            if find_rule(suppressed.text) is None:
                known = [word for rule in rules().values() for word in (rule.code, rule.name)]
                yield Hit(
                    suppressed.span,
                    f"there is no rule `{suppressed.text}`",
                    label="suppresses nothing",
                    help=did_you_mean(suppressed.text, known),
                )


RULE = Rule(
    code="SEG903",
    name="unreadable-suppression",
    category=Category.SUPPRESSIONS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
