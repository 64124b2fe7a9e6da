"""Stages that send somebody back and forth.

What it does:
    Finds stages between which a customer moves at every run although nothing happens: the
    conditions of all moves hold at once. It may be two stages or a way round through many, and
    it may lead over no stage: who leaves one by its exit, and fulfils its entry, comes back at
    the next run. The solver finds such a customer. Of ways through more than three places it
    looks into the fifty shortest that are possible move by move.

Why:
    Every move starts the sequences of a stage anew, and history fills with moves that mean
    nothing.

Bad:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when exists(purchase)
        next  fan
      }

      stage fan {
        enter when count(nps_answer) >= 3
        next  buyer
      }
    }

Good:
    lifecycle customer "From reading to buying" {
      stage buyer {
        enter when exists(purchase) and count(nps_answer) < 3
        next  fan
      }

      stage fan {
        enter when count(nps_answer) >= 3
        next  buyer
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
    told: set[tuple[str, frozenset[str | None]]] = set()
    for circle in context.lifecycles.circles:
        stages = [place for place in circle.places if place is not None]
        around = frozenset(circle.places)
        # A longer way round that has a shorter one in it says nothing new.
        if any(name == circle.lifecycle.name and known <= around for name, known in told):
            continue
        told.add((circle.lifecycle.name, around))
        way = [f"`{place}`" if place is not None else "no stage" for place in circle.places]
        witness = circle.witness
        moves = f"somebody moves at every run: {' → '.join([*way, way[0]])}"
        yield Hit(
            circle.lifecycle.stages[stages[0]].source.name.span,
            moves,
            label="the conditions of all these moves can hold at once",
            help="say in one of the conditions that the other does not hold",
            notes=(f"for one, {sentence(witness, context.catalog)}, as of {instant(witness)}",),
            shown=Shown(moves, witness, stages={circle.lifecycle.name: circle.places[0]}),
        )


RULE = Rule(
    code="SEG211",
    name="back-and-forth",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
