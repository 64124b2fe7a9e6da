"""How models are judged: which rows, against what, and what is said of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scores.test_fit import definition
from segue.compiler.scores.definition import HeldEntities, HeldTime, ScoreDefinition
from segue.compiler.scores.model import Category, Feature, Isotonic, ScoreKind
from segue.compiler.types import FLOAT, STRING
from segue.runtime.refusal import Refusal
from segue.runtime.scores.baselines import baselines, last_outcomes
from segue.runtime.scores.calibrate import calibrate
from segue.runtime.scores.clusters import evaluate_clusters
from segue.runtime.scores.compute import calibrated
from segue.runtime.scores.drift import drift_of, see_number, see_text, stability_index
from segue.runtime.scores.evaluate import calibration_error, evaluate, groups
from segue.runtime.scores.fit import fit
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.report import NumberSeen, TextSeen
from segue.runtime.scores.split import split
from segue.runtime.scores.training_set import TrainingSet

pytestmark = pytest.mark.usefixtures("few_replicates")

DAY = 86_400_000_000
CHURN = replace(
    definition("random_forest", ScoreKind.PROBABILITY, trees=20, depth=4), horizon=30 * DAY
)


def rows(snapshots: int = 4, entities: int = 100, seed: int = 0, noise: float = 0.3) -> TrainingSet:
    """Entities at snapshots 30 days apart: true where `x` is above 0, a share of them by chance."""
    random = np.random.default_rng(seed)
    n = snapshots * entities
    x = random.normal(size=n)
    label = np.where(random.random(n) < noise, random.random(n) < 0.5, x > 0).astype(float)
    return TrainingSet(
        features=(Feature("x", FLOAT, "x"), Feature("nothing", FLOAT.optional, "nothing")),
        columns=(x, random.normal(size=n)),
        keys=np.tile(np.arange(entities), snapshots),
        at=np.repeat(np.arange(snapshots) * 30 * DAY, entities),
        label=label,
        snapshots=tuple(range(snapshots)),
    )


AS_OF = 120 * DAY


def snapshots_of(part: TrainingSet) -> list[int]:
    return sorted({at // DAY for at in part.at.tolist()})


def test_by_default_the_latest_fifth_of_the_snapshots_judges() -> None:
    parts = split(CHURN, rows(), AS_OF)
    assert (snapshots_of(parts.fit), snapshots_of(parts.test)) == ([0, 30, 60], [90])
    assert (parts.how, parts.purged) == ("time", 0)


def test_a_label_that_looks_into_the_test_is_left_out() -> None:
    parts = split(replace(CHURN, horizon=60 * DAY), rows(), AS_OF)
    assert (snapshots_of(parts.fit), snapshots_of(parts.test)) == ([0, 30], [90])
    assert parts.purged == 100


def test_time_is_held_out_as_the_score_says() -> None:
    parts = split(replace(CHURN, holdout=HeldTime(70 * DAY)), rows(), AS_OF)
    assert (snapshots_of(parts.fit), snapshots_of(parts.test)) == ([0, 30], [60, 90])


def test_of_one_snapshot_a_share_of_the_entities_judges() -> None:
    parts = split(CHURN, rows(snapshots=1, entities=1000), AS_OF)
    assert parts.how == "entities"
    assert 150 < parts.test.rows < 250
    assert not set(parts.fit.keys.tolist()) & set(parts.test.keys.tolist())


@given(st.floats(0.05, 0.9), st.sampled_from(["isotonic", "sigmoid", None]))
def test_no_entity_is_on_two_sides(share: float, calibrates: Any) -> None:
    wish = replace(CHURN, holdout=HeldEntities(share), calibrate=calibrates)
    parts = split(wish, rows(entities=200), AS_OF)
    sides = [set(part.keys.tolist()) for part in (parts.fit, parts.test)]
    if parts.calibration is not None:
        sides.append(set(parts.calibration.keys.tolist()))
    assert sum(map(len, sides)) == len(set().union(*sides)) == 200


def test_nothing_left_to_train_on_is_refused() -> None:
    with pytest.raises(Refusal, match="nothing is left to train `churn_risk` on"):
        split(replace(CHURN, horizon=365 * DAY), rows(), AS_OF)


def test_the_last_outcome_is_one_that_was_known_by_then() -> None:
    training = rows(entities=1)
    assert training.label is not None
    known = training.label.tolist()
    assert last_outcomes(training, training, 30 * DAY) == [None, *known[:3]]
    assert last_outcomes(training, training, 31 * DAY) == [None, None, *known[:2]]


def test_a_probability_by_the_last_outcome_is_the_share_of_those_alike() -> None:
    training = replace(rows(entities=2), label=np.array([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]))
    parts = split(CHURN, training, AS_OF)
    found = baselines(CHURN, training, parts.fit, parts.test)
    assert found["prior"].tolist() == [4 / 6, 4 / 6]
    # Of those true before, all were true again; of those false before, one of two was.
    assert found["last_period"].tolist() == [1.0, 1.0]


def evaluated(training: TrainingSet, wish: ScoreDefinition = CHURN) -> Any:
    parts = split(wish, training, AS_OF)
    return evaluate(wish, fit(wish, parts.fit).model, training, parts)


def test_a_model_that_found_something_beats_its_baselines() -> None:
    found = evaluated(rows(entities=300))
    assert found.beaten
    assert found.gain_low > 0
    assert [one.feature for one in found.importance] == ["x", "nothing"]
    assert found.importance[0].loss > 10 * abs(found.importance[1].loss)
    auc = next(metric for metric in found.metrics if metric.name == "roc_auc")
    assert auc.low < auc.value < auc.high
    assert auc.baselines["prior"] == 0.5


def test_a_model_of_noise_does_not() -> None:
    found = evaluated(rows(noise=1.0))
    assert not found.beaten
    assert found.gain < 0


@pytest.mark.parametrize(
    ("kind", "estimator"),
    [(ScoreKind.AMOUNT, "gradient_boosting"), (ScoreKind.DURATION, "linear")],
)
def test_numbers_are_judged_by_their_errors(kind: ScoreKind, estimator: str) -> None:
    training = rows(entities=200)
    training = replace(training, label=np.abs(training.columns[0]) * 10 + training.columns[0] + 5)
    wish = replace(definition(estimator, kind), horizon=30 * DAY)
    found = evaluated(training, wish)
    assert [metric.name for metric in found.metrics] == ["rmse", "mae", "median_ae", "r2"]
    assert set(found.metrics[0].baselines) == {"mean", "median", "last_period"}
    assert len(found.groups) == 10
    assert found.residuals == tuple(sorted(found.residuals))


def test_classes_are_judged_by_how_often_they_are_right() -> None:
    training = rows(entities=200)
    assert training.label is not None
    names = np.array(["no", "yes"], dtype=object)[training.label.astype(int)]
    wish = replace(definition("random_forest", ScoreKind.CLASS, trees=20), horizon=30 * DAY)
    found = evaluated(replace(training, label=names), wish)
    assert found.deciding == "accuracy"
    assert found.beaten
    assert sum(map(sum, found.confusion)) == 200


def test_clusters_are_compared_with_columns_that_have_nothing_to_do_with_each_other() -> None:
    random = np.random.default_rng(0)
    training = replace(rows(snapshots=1, entities=400), label=None)
    wish = definition("kmeans", ScoreKind.CLUSTER, clusters=2)
    sides = random.integers(0, 2, 400) * 8.0
    apart = replace(training, columns=tuple(c + sides for c in training.columns))
    for wanted, beaten in ((apart, True), (training, False)):
        parts = split(wish, wanted, AS_OF)
        found = evaluate_clusters(wish, fit(wish, parts.fit).model, parts)
        assert found is not None
        assert (found.gain > 0.1) == beaten


def test_groups_say_what_was_foretold_and_what_came() -> None:
    scores = np.repeat([0.1, 0.5, 0.9], 100)
    label = np.concatenate([np.repeat([1.0, 0.0], [n, 100 - n]) for n in (10, 50, 60)])
    found = groups(ScoreKind.PROBABILITY, label, scores)
    assert [(group.rows, round(group.observed, 9)) for group in found] == [
        (100, 0.1),
        (100, 0.5),
        (100, 0.6),
    ]
    assert all(group.low < group.observed < group.high for group in found)  # type: ignore[operator]  # all judged
    assert calibration_error(found) == pytest.approx(0.1)


@pytest.mark.parametrize("how", ["isotonic", "sigmoid"])
def test_calibration_brings_probabilities_to_what_came(how: Any) -> None:
    # A forest of few deep trees is far too sure of itself.
    wish = replace(
        definition("random_forest", ScoreKind.PROBABILITY, trees=5, depth=20), calibrate=how
    )
    training = rows(snapshots=1, entities=6000, noise=0.6)
    parts = split(wish, training, AS_OF)
    assert parts.calibration is not None
    assert parts.test.label is not None
    model = fit(wish, parts.fit).model
    off = []
    for one in (model, calibrate(model, how, parts.calibration)):
        scores = Machine(one).scores(parts.test.columns)
        off.append(calibration_error(groups(ScoreKind.PROBABILITY, parts.test.label, scores)))
    assert off[1] < off[0] / 2
    assert off[1] < 0.06


def test_an_isotonic_calibration_is_that_of_the_library() -> None:
    from sklearn.isotonic import IsotonicRegression

    random = np.random.default_rng(3)
    scores = random.random(500)
    label = (random.random(500) < scores**2).astype(float)
    library = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, label)
    line = Isotonic(tuple(library.X_thresholds_.tolist()), tuple(library.y_thresholds_.tolist()))
    asked = np.concatenate([random.random(2000), scores, [-1.0, 0.0, 1.0, 2.0]])
    assert np.abs(calibrated(line, asked) - library.predict(asked)).max() < 1e-12


def test_too_few_rows_to_calibrate_on_are_refused() -> None:
    wish = replace(CHURN, calibrate="isotonic")
    parts = split(wish, rows(entities=30), AS_OF)
    assert parts.calibration is not None
    with pytest.raises(Refusal, match="too few rows to calibrate on"):
        calibrate(fit(wish, parts.fit).model, "isotonic", parts.calibration)


def test_the_stability_index_is_that_of_the_book() -> None:
    # Siddiqi 2006: shares of 50, 30 and 20% that become 40, 30 and 30%.
    expected = 0.1 * np.log(0.5 / 0.4) + 0.1 * np.log(0.3 / 0.2)
    assert stability_index((0.5, 0.3, 0.2), (0.4, 0.3, 0.3)) == pytest.approx(expected)


def test_what_moved_is_told_from_what_did_not() -> None:
    random = np.random.default_rng(5)
    before = see_number("opens", random.normal(size=5000))
    assert drift_of(before, random.normal(size=5000)).verdict == "stable"
    assert drift_of(before, random.normal(0.4, size=5000)).verdict == "moved"
    assert drift_of(before, random.normal(1.0, size=5000)).verdict == "moved far"
    gone = random.normal(size=5000)
    gone[:2000] = np.nan
    assert drift_of(before, gone).verdict == "moved far"


def test_what_is_kept_of_a_feature_names_no_one_and_no_rare_value() -> None:
    texts = np.array([None, *["common"] * 60, *["rare"] * 9], dtype=object)
    seen = see_text("plan", texts, np.arange(70))
    assert seen == TextSeen("plan", 1 / 70, ("common",), (60 / 70,), 9 / 70)
    numbers = see_number("spent", np.array([1e9, *range(1000)], dtype=float))
    assert isinstance(numbers, NumberSeen)
    assert max(numbers.edges) < 1000, "the one who spent the most is not in it"


def test_a_category_column_is_read_by_importance_too() -> None:
    random = np.random.default_rng(6)
    plan = np.array(["pro", "free"], dtype=object)[random.integers(0, 2, 400)]
    training = replace(
        rows(snapshots=2, entities=200),
        features=(Feature("plan", STRING, "p"), Feature("nothing", FLOAT, "n")),
        columns=(plan, random.normal(size=400)),
        label=(plan == "pro").astype(float),
    )
    parts = split(CHURN, training, AS_OF)
    model = fit(CHURN, parts.fit).model
    assert Category(0, "pro") in model.columns
    found = evaluate(CHURN, model, training, parts)
    assert found is not None
    assert found.importance[0].feature == "plan"
