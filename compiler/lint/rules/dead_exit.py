"""An exit that nobody can take.

What it does:
    Finds exits of stages that never decide: whoever fulfils the condition moves on to one of the
    stages in `next`, whose entries are tried first; or nobody can fulfil it. The solver proves
    it.

Why:
    The stage looks as if people left by this door. They do not, and whoever changes the condition
    waits for an effect that never comes.

Bad:
    lifecycle customer "From reading to buying" {
      stage reader {
        enter when not exists(purchase)
        exit  when count(purchase) >= 3
        next  buyer
      }

      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      stage reader {
        enter when not exists(purchase) and exists(email_open over last 90d)
        exit  when not exists(email_open over last 90d)
        next  buyer
      }

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
    for move in context.lifecycles.dead:
        if move.target is not None or move.source is None:
            continue
        stage = move.lifecycle.stages[move.source]
        assert stage.source.exit is not None
        first = ", ".join(f"`{found.name}`" for found in move.before)
        yield Hit(
            stage.source.exit.span,
            f"nobody leaves `{stage.name}` by this exit",
            label=f"whoever fulfils it moves on to {first}" if first else "never true",
            help="leave it out, or write what is true of somebody who moves on to none of them"
            if first
            else "look at its windows and thresholds",
        )


RULE = Rule(
    code="SEG209",
    name="dead-exit",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
