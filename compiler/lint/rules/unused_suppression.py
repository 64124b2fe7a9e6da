"""A suppression that suppresses nothing.

What it does:
    Finds `# segue: ignore[...]` comments of rules that find nothing there.

Why:
    The rule was mended, or the comment stands at the wrong line. Left alone, it will one day
    silence a finding that nobody has looked at.

Bad:
    metric opens_30d = count(email_open over last 30d)

    # segue: ignore[SEG303] reads better aloud
    segment readers "Open our mails" {
      when opens_30d >= 10
    }

Good:
    # segue: ignore[SEG303] reads better aloud
    segment reachable "May be written to" {
      when email_subscribed == true
    }

Fix:
    Safe: takes the rule out of the comment, or the comment away.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.suppressions import Suppressed, Suppression
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for comment, suppressed in context.unused:
        yield Hit(
            suppressed.span,
            f"`{suppressed.text}` finds nothing here",
            label="suppresses nothing",
            help="take it out, or move it to the line it is about",
            fix=_fix(context, comment, suppressed),
        )


def _fix(context: Context, comment: Suppression, suppressed: Suppressed) -> Fix:
    text = context.texts[comment.span.path]
    others = [r.text for r in comment.rules if r is not suppressed]
    if others:
        first, last = comment.rules[0].span, comment.rules[-1].span
        return Fix("take it out", (Edit(first.to(last), ", ".join(others)),))
    start, end = comment.span.start, comment.span.end
    while start and text[start - 1] in " \t":
        start -= 1
    if (start == 0 or text[start - 1] == "\n") and text[end : end + 1] == "\n":
        end += 1
    span = comment.span._replace(start=start, end=end)
    return Fix("delete the comment", (Edit(span, ""),))


RULE = Rule(
    code="SEG901",
    name="unused-suppression",
    category=Category.SUPPRESSIONS,
    severity=Severity.WARNING,
    needs=Needs.FINDINGS,
    check=check,
    documentation=__doc__,
)
