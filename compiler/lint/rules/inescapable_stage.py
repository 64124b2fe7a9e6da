"""A stage that nobody can leave.

What it does:
    Finds stages without `exit` and `next`, and those whose exit and progressions no customer can
    ever take: the solver proves it.

Why:
    Everybody who comes in stays for good, with its sequences. Where that is meant, say so with a
    comment that silences the rule.

Bad:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when exists(purchase)
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for lifecycle, stage in context.lifecycles.inescapable:
        ways = stage.source.exit is not None or bool(stage.next)
        yield Hit(
            stage.source.name.span,
            f"nobody can leave `{stage.name}` of the lifecycle `{lifecycle.name}`",
            label="none of its ways out can be taken" if ways else "no `exit`, and no `next`",
            help="look at the conditions of its exit and of the stages in `next`"
            if ways
            else "write `exit when …`, or where it leads to: `next …`",
        )


RULE = Rule(
    code="SEG212",
    name="inescapable-stage",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
