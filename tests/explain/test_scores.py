"""Why a score is what it is: the usual one, and what each feature adds to it."""

from explain.shop import CATALOG, ago, explained
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.identity import identities
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.library import Header, Known
from segue.compiler.scores.model import (
    LEAF,
    Category,
    Feature,
    Model,
    Number,
    ScoreKind,
    Tree,
    Trees,
)
from segue.compiler.scores.units import divisor
from segue.compiler.types import TEXTS
from segue.grammar.parser import parse
from segue.runtime.explain.document import explanation_json
from segue.runtime.explain.text import explanation_text

RULES = """
metric opens_30d = count(email_open over last 30d)
metric since_click = age(last(email_click.at))
score churn_risk: probability {
  predict not exists(email_open over next 30d)
  from    opens_30d, since_click, plan, age
  train   every 30d over last 360d
}
segment leaving { when churn_risk() >= 60% }
"""


def asked(column: int, threshold: float, left: float, right: float, rows: tuple[int, int]) -> Tree:
    """A tree of one question, with how many rows of the training gave which answer."""
    return Tree(
        (column, LEAF, LEAF),
        (threshold, 0.0, 0.0),
        (1, 0, 0),
        (2, 0, 0),
        (False,) * 3,
        ((), (left,), (right,)),
        (sum(rows), *rows),
    )


def plan_with_model() -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    sources = [Source((), parse(RULES, "rules.seg").module)]
    untrained = analyse(sources, catalog).plan
    assert untrained is not None
    given = untrained.scores["churn_risk"].features
    meanings = identities(expr for _, expr in given)
    features = tuple(Feature(name, expr.type, meanings[expr.id]) for name, expr in given)
    columns = tuple(
        Category(i, "free") if f.type.kind in TEXTS else Number(i, divisor(f.type))
        for i, f in enumerate(features)
    )
    trees = (
        asked(0, 2.5, 0.75, 0.25, (30, 70)),
        asked(1, 30.0, 0.25, 0.875, (80, 20)),
        asked(2, 0.5, 0.25, 0.5, (50, 50)),
        asked(3, 40.0, 0.5, 0.25, (50, 50)),
    )
    model = Model(ScoreKind.PROBABILITY, features, columns, Trees((0.0,), trees, 4.0))
    header = Header("churn_risk", 1, "a digest", model.kind, features)
    known = Known({"churn_risk": {1: header}}, {"a digest": model})
    plan = analyse(sources, catalog, models=known).plan
    assert plan is not None
    return plan


GIVEN = {"plan": "free", "age": 17, "events": {"email_click": [ago(days=45)]}}


def test_the_features_of_a_score_are_told_with_what_they_add() -> None:
    text = explanation_text(explained("leaving", plan_with_model(), **GIVEN))
    assert "\n".join(text.splitlines()[3:9]) == (
        "  ✓ churn_risk() >= 60%  it is 65.62%\n"
        "      usually 38.12%, and here:\n"
        "        +12.5%  since_click = 45d\n"
        "        +8.75%  opens_30d = 0\n"
        '        +3.125%  plan = "free"\n'
        "        +3.125%  age = •••"
    )


def test_windows_of_features_are_one_line() -> None:
    plan = plan_with_model()
    lines = explanation_text(explained("leaving", plan, **GIVEN)).splitlines()
    assert lines[lines.index("windows") + 1 :] == [
        "  email_open, email_click: 2 windows of the features of churn_risk"
    ]
    windows = explanation_json(explained("leaving", plan, **GIVEN))["windows"]
    assert [(seen["events"], seen["score"]) for seen in windows] == [
        (["email_open"], "churn_risk"),
        (["email_click"], "churn_risk"),
    ]


def test_a_machine_is_told_all_of_them() -> None:
    data = explanation_json(explained("leaving", plan_with_model(), **GIVEN))
    (operand, _) = data["condition"]["operands"]
    adds = {part["name"]: round(part["adds"], 9) for part in operand["contributions"]}
    assert round(operand["usual"], 9) == 0.38125
    assert adds == {"since_click": 0.125, "opens_30d": 0.0875, "plan": 0.03125, "age": 0.03125}
