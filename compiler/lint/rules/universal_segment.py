"""A segment that everybody is in.

What it does:
    Finds segments whose condition every customer fulfils: the solver proves it. A segment that
    says so (`when true`) is left alone.

Why:
    A rule that keeps nobody out is not one. Mostly an `or` covers all cases, or a threshold is
    at the end of a range.

Bad:
    segment occasional_buyers "Few orders" {
      when count(purchase over last 90d) <= 3
        or count(purchase over last 90d) > 1
    }

Good:
    segment occasional_buyers "Few orders" {
      when count(purchase over last 90d) between 2 and 3
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.written import name_span
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for name in context.survey.universal:
        segment = context.plan.segments[name]
        if segment.expr.op != "literal":
            yield Hit(
                name_span(segment),
                f"everybody is in `{name}`",
                label="its condition is true for every customer that the catalog allows",
                help="if that is meant, write `when true`",
            )


RULE = Rule(
    code="SEG202",
    name="universal-segment",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
