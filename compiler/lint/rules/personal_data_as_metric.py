"""A metric that is personal data.

What it does:
    Finds metrics whose value is that of an attribute or a property marked `pii: true`.

Why:
    Explanations mask personal data by the attribute; the value of a metric is shown, stored and
    handed to whoever asks. Compare it inside of a condition instead: whether something holds says
    less than what it is.

Bad:
    metric last_comment = last(nps_answer.comment)

    segment talkative "Wrote us something" {
      when last_comment is not missing
    }

Good:
    condition commented = last(nps_answer.comment) is not missing

    segment talkative "Wrote us something" {
      when commented
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import is_personal
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for metric in context.plan.metrics.values():
        if is_personal(metric.expr, context.catalog):
            yield Hit(
                metric.source.name.span,
                f"the value of `{metric.name}` is personal data",
                label="shown and stored with the metrics",
                help="make it a condition that asks what has to be known",
            )


RULE = Rule(
    code="SEG504",
    name="personal-data-as-metric",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
