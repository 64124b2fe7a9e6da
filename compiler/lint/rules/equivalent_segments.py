"""Two segments with the same members, for different reasons.

What it does:
    Finds segments that are written differently and always have the same members: the solver
    proves it.

Why:
    One of them will be changed and the other forgotten; until then, everything is sent twice.

Bad:
    segment recent_buyers "Bought lately" {
      when exists(purchase over last 30d)
    }

    segment buyers_of_the_month "Bought this month" {
      when age(last(purchase.at)) < 30d
    }

Good:
    segment recent_buyers "Bought lately" {
      when exists(purchase over last 30d)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.written import name_span
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for first, second in context.survey.same:
        segments = context.plan.segments
        yield Hit(
            name_span(segments[second]),
            f"`{second}` has the same members as `{first}`",
            label="written differently, and always the same people",
            help=f"keep one of them, or define `{second}` as `in {first}`",
            related=(Label(name_span(segments[first]), "the same members"),),
        )


RULE = Rule(
    code="SEG205",
    name="equivalent-segments",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
