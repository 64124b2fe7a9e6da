"""A part of a condition that changes nothing.

What it does:
    Finds parts of the `and` or `or` of a segment without which it has exactly the same members:
    the solver proves it.

Why:
    Whoever reads the rule takes the part for a reason, and whoever changes its threshold waits
    for an effect that never comes.

Bad:
    segment regulars "Three orders a month" {
      when count(purchase over last 30d) >= 3
       and count(purchase over last 90d) >= 3
    }

Good:
    segment regulars "Three orders a month" {
      when count(purchase over last 30d) >= 3
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.written import parts
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for found in context.survey.redundant:
        segment = context.plan.segments[found.segment]
        written = parts(segment)
        if found.place >= len(written):
            continue
        part = written[found.place]
        every = "whoever fulfils the other parts fulfils this one"
        nobody = "whoever fulfils this one fulfils another part too"
        yield Hit(
            part.span,
            f"`{unparse(part)}` changes nothing about who is in `{found.segment}`",
            label=every if segment.expr.op == "and" else nobody,
            help="leave it out, or correct its window or threshold",
        )


RULE = Rule(
    code="SEG203",
    name="redundant-condition",
    category=Category.LOGIC,
    severity=Severity.WARNING,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
