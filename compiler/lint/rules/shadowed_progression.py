"""A progression that can never be made, because an earlier one always is.

What it does:
    Finds stages in a `next` list that nobody can move on to: whoever fulfils the entry condition
    fulfils that of a stage that is listed, and so tried, before it. The solver proves it.

Why:
    The order of `next` is its meaning. Mostly the wider condition came first by mistake, and the
    narrower one was to be its exception.

Bad:
    lifecycle customer "From reading to buying" {
      stage reader {
        enter when not exists(purchase)
        next  buyer, regular
      }

      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }

      stage regular {
        enter when count(purchase) >= 5
        exit  when not exists(purchase)
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      stage reader {
        enter when not exists(purchase)
        next  regular, buyer
      }

      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }

      stage regular {
        enter when count(purchase) >= 5
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
    for move in context.lifecycles.dead:
        if move.target is None or move.source is None:
            continue
        stage = move.lifecycle.stages[move.source]
        written = next(name for name in stage.source.next if name.text == move.target)
        before = ", ".join(f"`{found.name}`" for found in move.before)
        yield Hit(
            written.span,
            f"nobody moves on from `{move.source}` to `{move.target}`",
            label=f"whoever could goes to {before} first",
            help=f"list `{move.target}` earlier, or make the entries before it narrower",
        )


RULE = Rule(
    code="SEG210",
    name="shadowed-progression",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
