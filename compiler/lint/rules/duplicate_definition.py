"""Two names for the same thing.

What it does:
    Finds metrics and conditions that mean exactly what another one means, however they are written.

Why:
    Half of the rules will use one and half the other, and one day only one of them is mended.

Bad:
    metric opens = count(email_open over last 30d)
    metric reads = count(email_open over last 720h)

    segment readers "Open our mails" {
      when opens >= 10
    }

    segment fans "Open nearly all of our mails" {
      when reads >= 25
    }

Good:
    metric opens = count(email_open over last 30d)

    segment readers "Open our mails" {
      when opens >= 10
    }

    segment fans "Open nearly all of our mails" {
      when opens >= 25
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.plan import Definition
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    first: dict[int, Definition] = {}
    for found in (*context.plan.metrics.values(), *context.plan.conditions.values()):
        known = first.setdefault(found.expr.id, found)
        if known is not found:
            yield Hit(
                found.source.name.span,
                f"`{found.name}` is the same as `{known.name}`",
                label="the same again",
                related=(Label(known.source.name.span, "the first"),),
                help=f"use `{known.name}` instead",
            )


RULE = Rule(
    code="SEG405",
    name="duplicate-definition",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
