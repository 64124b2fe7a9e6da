"""A score that no rule asks for.

What it does:
    Finds scores that no segment, tiers or other definition calls.

Why:
    It takes time to train and to watch, and nobody acts on it. Often the rule that used it is gone,
    or calls another one by mistake.

Bad:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      among   signed_up_at <= as_of
      from    count(email_open over last 30d)
      train   every 30d over last 360d
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

Options:
    keep: tags of scores that are made for somebody outside of the rules, say a dashboard
"""

from collections.abc import Iterator

from segue.compiler.index.targets import definition
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    kept = set(context.option(RULE, "keep"))
    for symbol in context.definitions(ast.Score):
        score = symbol.node
        assert isinstance(score, ast.Score)
        used = any(not place.defines for place in context.index.places(definition(symbol.name)))
        if not used and not kept & {tag.text for tag in score.tags}:
            yield Hit(
                score.name.span,
                f"nothing uses the score `{symbol.name}`",
                help=f"ask for it in a rule, as in `{score.name.text}()`, or tag it and list the "
                "tag under `keep` if it is for others",
            )


RULE = Rule(
    code="SEG417",
    name="unused-score",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
    options={"keep": ()},
)
