"""A feature that is known as it is today, and not as it was.

What it does:
    Finds features of scores that read an attribute which may change, itself or through a metric.
    Points in time (`signed_up_at`) do not.

Why:
    A snapshot asks how somebody was half a year ago, and the table of customers says how they are
    today. Who has left is unsubscribed by now: a model learns that from the answer, does
    splendidly in the test, and fails in use.

Bad:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      among   signed_up_at <= as_of
      from    count(email_open over last 30d), email_subscribed
      train   every 30d over last 360d
    }

    segment leaving "Likely to leave" {
      when churn_risk@v3() >= 80%
    }

Good:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      among   signed_up_at <= as_of
      from    count(email_open over last 30d), age(signed_up_at)
      train   every 30d over last 360d
    }

    segment leaving "Likely to leave" {
      when churn_risk@v3() >= 80%
    }

Options:
    unchanging: attributes that stay as they are, say a country of birth
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.types import Kind
from segue.grammar.diagnostics import Severity
from segue.grammar.span import Span
from segue.grammar.unparse import unparse

MOMENTS = frozenset({Kind.DATE, Kind.TIMESTAMP})


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for score in context.plan.scores.values():
        spans = _spans(score)
        for name, value in score.features:
            for attribute in _changing(context, value):
                span = spans.get(name.rpartition(".")[2], score.source.name.span)
                yield Hit(
                    span,
                    f"`{attribute}` is known as it is today, not as it was at a snapshot",
                    label=f"`{name}` reads `{attribute}`",
                    help="use what events say of that time instead, or list the attribute under "
                    "`unchanging` if it stays as it is",
                )


def _changing(context: Context, value: Expr) -> Iterator[str]:
    known = context.catalog.entity.attributes
    unchanging = set(context.option(RULE, "unchanging"))
    for node in reachable([value]):
        name = str(node.param) if node.op == "attribute" else ""
        if name in known and node.type.kind not in MOMENTS and name not in unchanging:
            yield name


def _spans(score: ScoreDefinition) -> dict[str, Span]:
    """Where the features stand in the block; those that are tagged do not."""
    return {unparse(written).rpartition(".")[2]: written.span for written in score.source.features}


RULE = Rule(
    code="SEG507",
    name="attribute-as-feature",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
    options={"unchanging": ()},
)
