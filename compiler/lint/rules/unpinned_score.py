"""A rule that follows whichever model was trained last.

What it does:
    Finds calls of trained scores that do not name a version.

Why:
    `churn_risk()` is what the newest model says: with every training other customers may be meant,
    and no change of a rule says so. A version in the rule makes the new model a change that is
    reviewed, with the customers that it moves (`segue diff`).

Bad:
    score churn_risk "Will leave": probability {
      predict not exists(email_open over next 30d)
      among   signed_up_at <= as_of
      from    count(email_open over last 30d)
      train   every 30d over last 360d
    }

    segment leaving "Likely to leave" {
      when churn_risk() >= 80%
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

Fix:
    Safe: names the newest version, which is the one that is meant now.
"""

from collections.abc import Iterator

from segue.compiler.analysis.symbols import Symbol
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.scores.definition import Serving
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for call in context.nodes(ast.Call):
        score = _score(context, call)
        if score is None or call.version is not None:
            continue
        definition = context.plan.scores[score.name]
        versions = context.plan.models.versions(score.name)
        if not versions or definition.serve.how is Serving.TABLE:
            continue  # There is no version yet, or whichever wrote the table is meant.
        newest = f"@v{max(versions)}"
        end = call.function_span._replace(start=call.function_span.end)
        yield Hit(
            call.span,
            f"`{call.function}()` is whichever model was trained last",
            label="members change with every training",
            help=f"name the version that was reviewed: `{call.function}{newest}()`",
            fix=Fix(f"name the version `{newest[1:]}`", (Edit(end, newest),)),
        )


def _score(context: Context, call: ast.Call) -> Symbol | None:
    source, _ = context.item_at(call.span)
    found = context.symbols.find(tuple(call.function.split(".")), source.module)
    return found if found is not None and isinstance(found.node, ast.Score) else None


RULE = Rule(
    code="SEG418",
    name="unpinned-score",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
