"""An `assert` that could be neither proved nor refuted.

What it does:
    Finds assertions of which the solver cannot say whether they hold, and says why.

Why:
    Not knowing is not the same as holding. The solver does not look into some functions
    (regular expressions, products of two unknowns, many filters of one event at once), and its
    time is limited.

Bad:
    segment coded "Entered by code" {
      when city matches "^[A-Z][a-z]+$"
       and length(city) == 12
    }

    segment capital "Begins with a capital letter" {
      when city matches "^[A-Z]"
    }

    assert coded implies capital

Good:
    segment coded "Entered by code" {
      when in capital
       and length(city) == 12
    }

    segment capital "Begins with a capital letter" {
      when city matches "^[A-Z]"
    }

    assert coded implies capital
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.solver.verdict import Unknown
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for finding in context.survey.assertions:
        if isinstance(finding.verdict, Unknown):
            yield Hit(
                finding.assertion.source.claim.span,
                "this could be neither proved nor refuted",
                label=finding.verdict.why,
                help="say it with simpler conditions, or test it with examples instead",
            )


RULE = Rule(
    code="SEG207",
    name="assertion-unproved",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
