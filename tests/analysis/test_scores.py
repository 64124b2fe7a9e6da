"""Scores: what a block defines, what a call means, and what has been trained since."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import AnalysisResult, analyse
from segue.compiler.analysis.memory import Memory
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.nodes import Expr, Scored, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.scores import score as match_score
from segue.compiler.plan.windows import DAY, Ahead
from segue.compiler.scores.definition import HeldEntities, HeldTime, Serve, Serving
from segue.compiler.scores.library import NONE, Header, Known, Models
from segue.compiler.scores.model import Feature, ScoreKind
from segue.compiler.types import Kind
from segue.grammar.parser import parse
from segue.runtime.scores.gather import features_of

P = ScoreKind.PROBABILITY
ROOT = Path(__file__).parents[2]
CATALOG = load_catalog((ROOT / "rulesets/behavioral/catalog.yml").read_text("utf-8")).catalog
assert CATALOG is not None
CHURN = """
metric opens = count(email_open over last 30d)
metric orders "Ever" = count(purchase) tags buying
score churn_risk: probability {
  predict not exists(activity over next 30d)
  from    opens, orders, age(signed_up_at)
  train   every 30d over last 360d
}
"""


def analysed(models: Models = NONE, memory: Memory | None = None, **files: str) -> AnalysisResult:
    sources = [
        Source(tuple(name.split("__")[:-1]), parse(text, f"{name}.seg").module)
        for name, text in files.items()
    ]
    return analyse(sources, CATALOG, memory, models)


def plan(text: str, models: Models = NONE) -> Plan:
    result = analysed(models, rules=text)
    assert result.plan is not None, [d.message for d in result.diagnostics]
    return result.plan


def messages(text: str, models: Models = NONE) -> list[str]:
    return [d.message for d in analysed(models, rules=text).diagnostics]


def called(text: str, models: Models = NONE) -> Expr:
    """The score that a segment `a` asks for."""
    found = reachable([plan(text, models).segments["a"].expr])
    return next(node for node in found if node.op == "score")


def trained(text: str, *versions: int, classes: tuple[str, ...] = ()) -> Models:
    """Models of all scores of a text, as of now."""
    return Known(
        {
            name: {
                n: Header(name, n, f"digest {n}", score.kind, features_of(score), classes)
                for n in versions
            }
            for name, score in plan(text).scores.items()
        }
    )


# -------------------------------------------------------------------------- definitions


def test_a_score_is_its_label_its_features_and_its_training() -> None:
    score = plan(CHURN).scores["churn_risk"]

    assert score.kind is ScoreKind.PROBABILITY
    assert [name for name, _ in score.features] == ["opens", "orders", "age(signed_up_at)"]
    assert (score.horizon, score.every, score.over) == (30 * DAY, 30 * DAY, 360 * DAY)
    assert (score.estimator, score.seed) == ("random_forest", 42)
    assert score.parameters == {"trees": 100, "depth": 10, "leaf": 1, "balanced": False}
    assert score.serve == Serve(Serving.SQL)


def test_only_the_label_looks_ahead() -> None:
    found = plan(CHURN)
    score = found.scores["churn_risk"]
    assert score.label is not None

    def looks_ahead(exprs: list[Expr]) -> bool:
        params = (node.param for node in reachable(exprs))
        return any(isinstance(getattr(param, "window", None), Ahead) for param in params)

    assert looks_ahead([score.label])
    assert not looks_ahead([*found.roots, *(value for _, value in score.features)])


@pytest.mark.parametrize(
    ("kind", "label", "estimator", "parameters"),
    [
        ("probability", "exists(purchase over next 30d)", "random_forest", {"depth": 10}),
        ("amount", "sum(purchase.amount over next 90d)", "gradient_boosting", {"rate": 0.1}),
        ("number", "count(purchase over next 90d) - 1", "gradient_boosting", {"depth": 6}),
        ("duration", "until(first(purchase.at over next 90d))", "random_forest", {"depth": 8}),
        ("class", "mode(purchase.category over next 90d)", "random_forest", {"depth": 10}),
    ],
)
def test_every_kind_has_an_estimator_of_its_own(
    kind: str, label: str, estimator: str, parameters: Mapping[str, float]
) -> None:
    text = f"score s: {kind} {{ predict {label} from count(purchase) train over last 180d }}"
    score = plan(text).scores["s"]

    assert score.estimator == estimator
    assert parameters.items() <= score.parameters.items()


def test_a_cluster_has_no_label() -> None:
    text = "score s: cluster { from count(purchase) with kmeans(clusters = 3) train over last 30d }"
    score = plan(text).scores["s"]

    assert (score.label, score.horizon) == (None, 0)
    assert score.parameters == {"clusters": 3, "starts": 10}


def test_the_horizon_is_that_of_the_window_furthest_ahead() -> None:
    text = """score s: amount {
      predict count(purchase over next 30d) - count(cart_add over next 45d)
      from    count(purchase)
      train   over last 60d
    }"""
    assert plan(text).scores["s"].horizon == 45 * DAY


def test_a_define_may_look_ahead_where_a_label_calls_it() -> None:
    text = """
      define nothing(what, time) = not exists(what over next time)
      score s: probability {
        predict nothing(activity, 30d)
        from    count(purchase)
        train   over last 60d
      }
    """
    assert plan(text).scores["s"].horizon == 30 * DAY
    outside = "define soon(what) = exists(what over next 30d)\nsegment a { when soon(purchase) }"
    assert messages(outside) == ["a rule cannot look into the future"]


def test_features_of_tags_come_behind_those_listed() -> None:
    text = """
      metric a = count(purchase) tags x
      metric b = count(email_open) tags y, x
      state c: int = 0 { on email_open add 1 tags y }
      metric d = count(cart_add) tags z
      score s: amount {
        predict count(purchase over next 30d)
        from    d, b, all metrics tagged x, y
        train   over last 60d
      }
    """
    assert [name for name, _ in plan(text).scores["s"].features] == ["d", "b", "a", "c"]


def test_what_is_held_out_is_a_part_of_time_or_of_the_customers() -> None:
    by_time = CHURN.replace("train ", "holdout last 60d train ")
    by_share = CHURN.replace("train ", "holdout 20% train ")

    assert plan(by_time).scores["churn_risk"].holdout == HeldTime(60 * DAY)
    assert plan(by_share).scores["churn_risk"].holdout == HeldEntities(0.2)


def test_everything_that_is_wrong_with_a_block_is_said_at_once() -> None:
    found = messages(
        """score s: probability {
          predict exists(purchase over last 30d)
          from    signed_up_at, last(purchase.at)
          with    forest
          holdout 2
          train   every 30d over last 360d
        }"""
    )
    assert len(found) == 5


def test_scores_are_in_order_of_definition_whoever_asks_first() -> None:
    second = CHURN.replace("churn_risk", "b").replace("opens", "opens2").replace("orders", "ord2")
    found = analysed(first="segment a { when b() >= 80% }", then=CHURN + second).known
    assert list(found.scores) == ["churn_risk", "b"]


# ------------------------------------------------------------------------------- calls


def test_a_score_is_a_value_wherever_a_value_may_stand() -> None:
    found = plan(
        CHURN
        + """
        tiers band by churn_risk() { high when >= 80% low otherwise }
        metric safety = 1 - churn_risk()
        condition leaving = churn_risk() between 50% and 90%
        segment a { when percentile(churn_risk()) >= 90% and in high }
        segment b { when exists(purchase where amount > 100 * churn_risk() over last 30d) }
        lifecycle reader { stage risky { enter when churn_risk() >= 80% exit when leaving } }
        """
    )

    assert len([node for node in found.graph if node.op == "score"]) == 1
    assert match_score(found, found.segments["a"].expr).type.kind in (Kind.FLOAT, Kind.RATIO)


def test_without_a_model_a_score_has_a_type_and_reads_its_features() -> None:
    node = called(CHURN + "segment a { when churn_risk() >= 80% }")

    assert node.param == Scored("churn_risk", kind=P)
    assert str(node.type) == "probability"
    assert len(node.args) == 3


def test_the_newest_model_is_meant_or_the_one_that_is_named() -> None:
    models = trained(CHURN, 1, 2, 11)

    newest = called(CHURN + "segment a { when churn_risk() >= 80% }", models)
    second = called(CHURN + "segment a { when churn_risk@v2() >= 80% }", models)

    assert newest.param == Scored("churn_risk", 11, "digest 11", kind=P)
    assert second.param == Scored("churn_risk", 2, "digest 2", kind=P)


def test_a_version_that_was_never_trained_is_an_error_once_there_are_models() -> None:
    text = CHURN + "segment a { when churn_risk@v9() >= 80% }"

    assert messages(text, trained(CHURN, 1, 2)) == ["there is no version 9 of `churn_risk`"]
    # In a fresh clone without models, nothing can be said.
    assert messages(text) == []


def test_features_are_given_in_the_order_of_the_model() -> None:
    models = trained(CHURN, 1)
    turned = CHURN.replace("opens, orders, age(signed_up_at)", "age(signed_up_at), opens, orders")

    before = called(CHURN + "segment a { when churn_risk() >= 80% }", models)
    after = called(turned + "segment a { when churn_risk() >= 80% }", models)

    assert [arg.op for arg in after.args] == [arg.op for arg in before.args]
    untrained = called(turned + "segment a { when churn_risk() >= 80% }")
    assert [arg.op for arg in untrained.args] != [arg.op for arg in before.args]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("count(email_open over last 30d)", "count(email_open over last 7d)"),
            "v1 of `churn_risk` was trained on another `opens` than the one of now",
        ),
        (
            ("from    opens, ", "from    "),
            "v1 of `churn_risk` was trained on `opens`, which is no feature of it any more",
        ),
        (
            (": probability { predict not exists(", ": amount { predict count("),
            "v1 of `churn_risk` is of kind `probability`, and the score is of kind `amount` now",
        ),
    ],
)
def test_a_model_of_something_else_is_an_error(change: tuple[str, str], said: str) -> None:
    models = trained(CHURN, 1)
    text = " ".join(CHURN.split()).replace(*[" ".join(part.split()) for part in change])
    assert text != " ".join(CHURN.split())

    assert messages(text + " segment a { when churn_risk() >= 0.5 }", models) == [said]
    # Whoever trains again asks for no model.
    assert messages(text + " segment a { when churn_risk() >= 0.5 }") == []


def test_a_feature_may_be_called_otherwise() -> None:
    models = trained(CHURN, 1)
    text = CHURN.replace("metric opens", "metric opened").replace("opens,", "opened,")

    assert messages(text + "segment a { when churn_risk() >= 80% }", models) == []


def test_new_features_wait_for_the_next_training() -> None:
    models = trained(CHURN, 1)
    text = CHURN.replace("orders,", "orders, count(cart_add),")

    assert len(called(text + "segment a { when churn_risk() >= 80% }", models).args) == 3


def test_a_score_of_a_class_has_the_classes_of_its_model() -> None:
    text = """score next_category: class {
      predict mode(purchase.category over next 90d)
      from    count(purchase)
      train   over last 180d
    }
    segment a { when next_category() == "books" }
    """
    assert "books" in (called(text).type.values or ())
    models = trained(text, 1, classes=("books", "games"))
    assert called(text, models).type.values == ("books", "games")
    assert messages(text.replace('"books"', '"music"'), models) == [
        '`next_category()` is never "music"'
    ]


def test_a_score_that_is_read_from_a_table_may_be_missing() -> None:
    text = CHURN.replace("train ", "serve table within 7d train ")
    node = called(text + "segment a { when churn_risk() >= 80% }", trained(text, 1))

    assert node.type.nullable
    # Whichever model wrote the table, unless the rule names one.
    assert node.param == Scored("churn_risk", 0, "", "table", 7 * DAY, kind=P)
    pinned = called(text + "segment a { when churn_risk@v1() >= 80% }", trained(text, 1))
    assert pinned.param == Scored(
        "churn_risk", 1, "digest 1", "table", 7 * DAY, kind=ScoreKind.PROBABILITY
    )


def test_scores_of_another_folder_are_called_by_their_path() -> None:
    result = analysed(models__churn=CHURN, rules="segment a { when models.churn_risk() >= 80% }")
    assert result.plan is not None
    assert list(result.plan.scores) == ["models.churn_risk"]


# ------------------------------------------------------------------------------- memory


def test_what_is_remembered_is_forgotten_when_a_feature_or_a_model_changes() -> None:
    memory = Memory()
    rules = parse("segment a { when churn_risk() >= 80% }", "rules.seg").module

    def node(churn: str, models: Models = NONE) -> Expr:
        sources = [Source((), parse(churn, "churn.seg").module), Source((), rules)]
        result = analyse(sources, CATALOG, memory, models)
        assert result.plan is not None, [d.message for d in result.diagnostics]
        return result.plan.segments["a"].expr.args[0]

    first = node(CHURN)
    assert node(CHURN) is first
    changed = CHURN.replace("last 30d", "last 7d")
    assert node(changed).args != first.args
    assert node(changed, trained(changed, 1)).param == Scored(
        "churn_risk", 1, "digest 1", kind=ScoreKind.PROBABILITY
    )
    assert node(changed, trained(changed, 1, 2)).param == Scored(
        "churn_risk", 2, "digest 2", kind=ScoreKind.PROBABILITY
    )


def test_a_tag_that_is_added_is_a_feature_more() -> None:
    memory = Memory()
    score = "score s: amount { predict count(purchase over next 9d) from all metrics tagged x "
    score += "train over last 60d }"
    for tags, count in (("x", 1), ("x", 1)):
        text = f"metric a = count(purchase) tags {tags}\nmetric b = count(email_open)"
        result = analysed(NONE, memory, metrics=text, scores=score)
        assert len(result.known.scores["s"].features) == count
    text = "metric a = count(purchase) tags x\nmetric b = count(email_open) tags x"
    assert len(analysed(NONE, memory, metrics=text, scores=score).known.scores["s"].features) == 2


def test_what_names_stand_for_is_recorded_once(tmp_path: Path) -> None:
    memory = Memory()
    for _ in range(2):
        result = analysed(NONE, memory, churn=CHURN, rules="segment a { when churn_risk() > 0.5 }")
    fresh = analysed(churn=CHURN, rules="segment a { when churn_risk() > 0.5 }")

    assert sorted(result.recording.names) == sorted(fresh.recording.names)


def test_identities_are_those_of_features() -> None:
    score = plan(CHURN).scores["churn_risk"]
    assert [f.name for f in features_of(score)] == [name for name, _ in score.features]
    assert len({f.identity for f in features_of(score)}) == 3
    assert all(isinstance(f, Feature) for f in features_of(score))
    assert replace(features_of(score)[0], identity="x") != features_of(score)[0]
