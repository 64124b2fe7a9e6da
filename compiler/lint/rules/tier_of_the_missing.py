"""Tiers by a value that may be missing: the last tier takes those without one.

What it does:
    Finds tiers whose value some customer has not got, and shows such a customer. A default
    (`by rating ?? 0`) says where they belong.

Why:
    No comparison is true of a missing value, so whoever has none falls to `otherwise`, among
    those with the lowest values. People who never bought are not the ones who spend least on
    average.

Bad:
    tiers basket "How much they buy" by avg(purchase.amount) {
      large when >= 100.00
      small otherwise
    }

    segment french_large "The best of France" {
      when basket == large
       and country == "FR"
    }

Good:
    tiers basket "How much they buy" by avg(purchase.amount) ?? 0 {
      large when >= 100.00
      small when > 0
      empty otherwise
    }

    segment french_large "The best of France" {
      when basket == large
       and country == "FR"
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Shown
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.solver.words import sentence
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for name, witness in context.survey.tiers_of_missing.items():
        tiers = context.plan.tiers[name]
        value, last = unparse(tiers.source.by), tiers.segments[-1]
        said = f"whoever has no `{value}` is in the tier `{last}`"
        yield Hit(
            tiers.source.by.span,
            said,
            label="may be missing",
            help=f"say where they belong: `by {value} ?? …`",
            notes=(f"for one, {sentence(witness, context.catalog)}",),
            shown=Shown(said, witness, (last,)),
        )


RULE = Rule(
    code="SEG215",
    name="tier-of-the-missing",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
