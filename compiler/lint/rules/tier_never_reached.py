"""A tier that the tiers before it leave nobody for.

What it does:
    Finds tiers that nobody can be in: the solver proves that whoever fulfils their comparison is
    taken by an earlier one, or that no value is left.

Why:
    Tiers are tried from the top, and the first that fits wins. One in the wrong place is never
    reached, and its people get what is meant for others.

Bad:
    tiers spend_band "How much they buy" by sum(purchase.amount over last 365d) {
      silver when >= 100.00
      gold   when >= 500.00
      bronze otherwise
    }

    segment french_silver "The best of France" {
      when spend_band == silver
       and country == "FR"
    }

Good:
    tiers spend_band "How much they buy" by sum(purchase.amount over last 365d) {
      gold   when >= 500.00
      silver when >= 100.00
      bronze otherwise
    }

    segment french_silver "The best of France" {
      when spend_band == silver
       and country == "FR"
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
    for name in context.survey.impossible:
        tier = context.plan.segments[name]
        if tier.tiers is not None:
            yield Hit(
                name_span(tier),
                f"nobody is ever in the tier `{name}`",
                label="the tiers before it take everybody that it is for",
                help="put the tier with the narrower comparison first",
            )


RULE = Rule(
    code="SEG214",
    name="tier-never-reached",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
