"""A lifecycle that leaves some customers without a stage.

What it does:
    Finds lifecycles without an `initial` stage whose entry conditions do not cover everybody, and
    names somebody who fulfils none. Off by default, because often that is meant.

Why:
    Who is in no stage gets none of its sequences, and shows in no report by stage.

Bad:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      initial reader

      stage reader {
        next buyer
      }

      stage buyer {
        enter when exists(purchase)
        exit  when not exists(purchase)
      }
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Shown
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.solver.words import instant, sentence
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for stranger in context.lifecycles.strangers:
        witness = stranger.witness
        yield Hit(
            stranger.lifecycle.source.name.span,
            f"not everybody has a stage of the lifecycle `{stranger.lifecycle.name}`",
            label="no entry condition takes in everybody",
            help="name the stage where everybody else starts: `initial …`",
            notes=(f"for one, {sentence(witness, context.catalog)}, as of {instant(witness)}",),
            shown=Shown(
                f"somebody has no stage of `{stranger.lifecycle.name}`",
                witness,
                stages={stranger.lifecycle.name: None},
            ),
        )


RULE = Rule(
    code="SEG213",
    name="customers-without-stage",
    category=Category.LOGIC,
    severity=Severity.HINT,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
    default=False,
)
