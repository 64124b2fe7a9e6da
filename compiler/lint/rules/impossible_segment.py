"""A segment that nobody can be in.

What it does:
    Finds segments whose condition no customer can fulfil, whatever they do: the solver proves it,
    from the rule, from what windows have to do with each other, and from what the catalog
    promises (ranges, values of enums, columns that are filled).

Why:
    It stays empty for ever, and nobody notices an empty segment. Mostly two parts of a rule look
    at windows or thresholds that exclude each other.

Bad:
    segment fading_fans "Opened a lot this week, and nothing this month" {
      when count(email_open over last 7d) >= 5
       and not exists(email_open over last 30d)
    }

Good:
    segment fading_fans "Opened a lot once, and nothing this month" {
      when count(email_open over 60d ago to 30d ago) >= 5
       and not exists(email_open over last 30d)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.written import name_span, written
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for name, conflict in context.survey.impossible.items():
        segment = context.plan.segments[name]
        if segment.tiers is not None:
            continue  # SEG214 says it in the words of tiers.
        said = [f"`{written(context, segment, part)}`" for part in conflict]
        why = f"{said[0]} is never true" if len(said) == 1 else f"{' and '.join(said)} exclude"
        yield Hit(
            name_span(segment),
            f"nobody can be in `{name}`",
            label=why if len(said) == 1 else f"{why} each other",
            help="proved for every customer that the catalog allows; look at the windows and "
            "thresholds of these parts",
        )


RULE = Rule(
    code="SEG201",
    name="impossible-segment",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
