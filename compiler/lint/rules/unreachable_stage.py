"""A stage that nobody can enter.

What it does:
    Finds stages whose entry condition no customer can fulfil: the solver proves it.

Why:
    The stage stays empty, and its sequences are never sent. Mostly two parts of the condition
    look at windows or thresholds that exclude each other.

Bad:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when count(purchase over last 7d) >= 2 and not exists(purchase over last 30d)
        exit  when not exists(purchase)
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when count(purchase over last 30d) >= 2
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
    for lifecycle, stage in context.lifecycles.impossible_entries:
        assert stage.source.enter is not None
        yield Hit(
            stage.source.name.span,
            f"nobody can enter `{stage.name}` of the lifecycle `{lifecycle.name}`",
            label="its `enter` is never true",
            help="proved for every customer that the catalog allows; look at its windows and "
            "thresholds",
        )


RULE = Rule(
    code="SEG208",
    name="unreachable-stage",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
