"""A segment that is part of another one, and does not say so.

What it does:
    Finds segments all of whose members are in another segment as well, with a customer who is
    in that one only. It is silent where a rule says so: with `in` the other segment, or with
    `assert a implies b`.

Why:
    People of the inner segment get what is meant for both. Where that is right it is worth
    saying, for then a change that breaks it is found.

Bad:
    segment buyers "Bought lately" {
      when exists(purchase over last 90d)
    }

    segment regular_buyers "Buys a lot" {
      when count(purchase over last 90d) >= 5
    }

Good:
    segment buyers "Bought lately" {
      when exists(purchase over last 90d)
    }

    segment regular_buyers "Buys a lot" {
      when count(purchase over last 90d) >= 5
    }

    assert regular_buyers implies buyers
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Shown
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.written import name_span
from segue.compiler.solver.words import sentence
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for found in context.survey.inside:
        inner, outer = (context.plan.segments[name] for name in (found.inner, found.outer))
        notes: tuple[str, ...] = ()
        shown = None
        if found.outsider is not None:
            who = sentence(found.outsider, context.catalog)
            notes = (f"only in `{found.outer}` is, for one, {who}",)
            only = f"somebody is in `{found.outer}` and not in `{found.inner}`"
            shown = Shown(only, found.outsider, (found.outer, found.inner))
        yield Hit(
            name_span(inner),
            f"everybody in `{found.inner}` is also in `{found.outer}`",
            label="the smaller segment",
            help=f"if that is meant, say so: `assert {found.inner} implies {found.outer}`",
            related=(Label(name_span(outer), "the larger one"),),
            notes=notes,
            shown=shown,
        )


RULE = Rule(
    code="SEG204",
    name="segment-inside-another",
    category=Category.LOGIC,
    severity=Severity.HINT,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
