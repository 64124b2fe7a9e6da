"""A score that is trained on people who were not there yet.

What it does:
    Finds scores with a label that do not say who takes part in training (`among`).

Why:
    A snapshot looks at the past, and the table of customers is that of today. Who signed up after
    a snapshot was nobody then: all their counts are 0, and so, often, is what came next. Such rows
    teach a model to recognise them, and make it look better than it is.

Bad:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      from    count(email_open over last 30d)
      train   every 30d over last 360d
    }

    segment leaving "Likely to leave" {
      when churn_risk@v3() >= 80%
    }

Good:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      among   signed_up_at <= as_of
      from    count(email_open over last 30d)
      train   every 30d over last 360d
    }

    segment leaving "Likely to leave" {
      when churn_risk@v3() >= 80%
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for score in context.nodes(ast.Score):
        if score.among is None and score.predict is not None:
            yield Hit(
                score.name.span,
                f"`{score.name.text}` is trained on everybody, also on those who came later",
                label="no `among`",
                help="say who was there at a snapshot, as in `among signed_up_at <= as_of`",
            )


RULE = Rule(
    code="SEG120",
    name="training-everybody",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
