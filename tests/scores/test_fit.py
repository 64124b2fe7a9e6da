"""Models say what scikit-learn says: to the bit where trees are added up, else very nearly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.estimators import ESTIMATORS
from segue.compiler.scores.model import (
    DAY_UNIT,
    Absent,
    Category,
    Feature,
    Model,
    Number,
    ScoreKind,
    Trees,
)
from segue.compiler.scores.reference import Value, predict
from segue.compiler.scores.sound import faults
from segue.compiler.scores.units import divisor
from segue.compiler.types import BOOL, DURATION, FLOAT, INT, STRING, TEXTS, Kind, Type, decimal
from segue.runtime.refusal import Refusal
from segue.runtime.scores.columns import choose_columns, matrix
from segue.runtime.scores.compute import compute
from segue.runtime.scores.fit import Fitted, fit
from segue.runtime.scores.training_set import TrainingSet

TYPES = (BOOL, INT, FLOAT, DURATION, STRING, decimal(2))


def definition(estimator: str, kind: ScoreKind, **parameters: Any) -> ScoreDefinition:
    return ScoreDefinition(
        name="churn_risk",
        kind=kind,
        label=None,
        horizon=0,
        features=(),
        estimator=estimator,
        parameters={**ESTIMATORS[estimator].defaults, **parameters},
        seed=42,
        every=None,
        over=0,
        source=None,  # type: ignore[arg-type]  # nothing was written
    )


def in_units(value: Value, type: Type) -> float | str | None:
    """A value as a training set has it."""
    if type.kind in TEXTS:
        assert value is None or isinstance(value, str)
        return value
    assert not isinstance(value, str)
    return float("nan") if value is None else float(value) / divisor(type)


def training_set(
    types: Sequence[Type], rows: Sequence[Sequence[Value]], label: Sequence[Any] | None
) -> TrainingSet:
    kind = object if label is not None and isinstance(label[0], str) else float
    columns = [
        np.array([in_units(row[i], type) for row in rows], object if type.kind in TEXTS else float)
        for i, type in enumerate(types)
    ]
    return TrainingSet(
        features=tuple(Feature(f"f{i}", type, "") for i, type in enumerate(types)),
        columns=tuple(columns),
        keys=np.arange(len(rows)),
        at=np.zeros(len(rows), dtype=np.int64),
        label=None if label is None else np.array(label, kind),
        snapshots=(0,),
    )


VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.BOOL: st.booleans(),
    Kind.INT: st.integers(-5, 20) | st.integers(-(2**53), 2**53),
    Kind.FLOAT: st.floats(-10, 10) | st.floats(allow_nan=False, allow_infinity=False, width=32),
    Kind.DURATION: st.integers(0, 400).map(lambda n: n * DAY_UNIT // 7),
    Kind.STRING: st.sampled_from(["a", "b", "c", "ä"]),
    Kind.DECIMAL: st.integers(-500, 10_000),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Type], list[list[Value]]]:
    """Types of features, and rows of their values, some missing."""
    types = [
        type.or_missing(draw(st.booleans()))
        for type in draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
    ]
    types.append(FLOAT)
    values = [
        st.none() | VALUES[type.kind] if type.nullable else VALUES[type.kind] for type in types
    ]
    rows = draw(st.lists(st.tuples(*values), min_size=24, max_size=40))
    return types, [list(row) for row in rows]


def library_says(fitted: Fitted, training: TrainingSet) -> Any:
    """What the estimator itself says of the rows: probability of true, number, or class."""
    inputs = fitted.inputs(training.columns)
    if fitted.model.kind is ScoreKind.PROBABILITY:
        return fitted.estimator.predict_proba(inputs)[:, 1]
    return fitted.estimator.predict(inputs)


def check_agreement(
    model: Model, rows: list[list[Value]], training: TrainingSet, said: Any
) -> None:
    found = [predict(model, row) for row in rows]
    assert compute(model, training.columns).tolist() == found, "numpy is to the bit the reference"
    check_scores(model, found, said)


def check_scores(model: Model, found: list[Any], said: Any) -> None:
    """That scores are those of the library: to the bit where trees are added, else nearly."""
    if model.kind is ScoreKind.CLASS:
        assert found == said.tolist()
        return
    days = [score / DAY_UNIT for score in found] if model.kind is ScoreKind.DURATION else found
    if model.kind in (ScoreKind.AMOUNT, ScoreKind.DURATION):
        said = np.maximum(said, 0.0)
    if model.kind is ScoreKind.DURATION:
        assert days == pytest.approx(said, rel=1e-9, abs=1e-9)
    elif isinstance(model.function, Trees) and model.link == "identity":
        assert found == said.tolist(), "trees are to the bit those of the library"
    else:
        size = np.abs(said).max()
        assert np.abs(np.array(found) - said).max() <= 1e-12 * max(1.0, size)


TREES = ("random_forest", "gradient_boosting", "histogram_gradient_boosting")
SMALL = {"trees": 4, "depth": 3, "leaf": 1, "leaves": 6, "balanced": False}


def small(estimator: str) -> dict[str, Any]:
    return {p.name: SMALL[p.name] for p in ESTIMATORS[estimator].parameters if p.name in SMALL}


@pytest.mark.parametrize("estimator", [*TREES, "logistic"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(table=tables(), data=st.data())
def test_probabilities(
    estimator: str, table: tuple[list[Type], list[list[Value]]], data: st.DataObject
) -> None:
    types, rows = table
    label = data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(rows), max_size=len(rows)))
    training = training_set(types, rows, [0.0, 1.0, *label[2:]])
    fitted = fit(definition(estimator, ScoreKind.PROBABILITY, **small(estimator)), training)
    assert list(faults(fitted.model)) == []
    check_agreement(fitted.model, rows, training, library_says(fitted, training))


@pytest.mark.parametrize("kind", [ScoreKind.AMOUNT, ScoreKind.NUMBER, ScoreKind.DURATION])
@pytest.mark.parametrize("estimator", [*TREES, "linear"])
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(table=tables(), data=st.data())
def test_numbers(
    estimator: str,
    kind: ScoreKind,
    table: tuple[list[Type], list[list[Value]]],
    data: st.DataObject,
) -> None:
    types, rows = table
    lowest = -100.0 if kind is ScoreKind.NUMBER else 0.0
    # A leaf below 1e-100 is none that anybody has, and is 0 in a model.
    sizes = st.floats(lowest, 1e3).map(lambda x: 0.0 if abs(x) < 1e-50 else x)
    label = data.draw(st.lists(sizes, min_size=len(rows), max_size=len(rows)))
    training = training_set(types, rows, label)
    fitted = fit(definition(estimator, kind, **small(estimator)), training)
    assert list(faults(fitted.model)) == []
    check_agreement(fitted.model, rows, training, library_says(fitted, training))


@pytest.mark.parametrize("classes", ["ab", "abc"])
@pytest.mark.parametrize("estimator", [*TREES, "logistic"])
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(table=tables(), data=st.data())
def test_classes(
    estimator: str,
    classes: str,
    table: tuple[list[Type], list[list[Value]]],
    data: st.DataObject,
) -> None:
    types, rows = table
    label = data.draw(st.lists(st.sampled_from(classes), min_size=len(rows), max_size=len(rows)))
    training = training_set(types, rows, [*classes, *label[len(classes) :]])
    fitted = fit(definition(estimator, ScoreKind.CLASS, **small(estimator)), training)
    assert list(faults(fitted.model)) == []
    check_agreement(fitted.model, rows, training, library_says(fitted, training))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(table=tables())
def test_clusters(table: tuple[list[Type], list[list[Value]]]) -> None:
    types, rows = table
    training = training_set(types, rows, None)
    fitted = fit(definition("kmeans", ScoreKind.CLUSTER, clusters=3, starts=1), training)
    model = fitted.model
    assert list(faults(model)) == []
    found = [predict(model, row) for row in rows]
    assert compute(model, training.columns).tolist() == found
    assert model.classes == ("cluster_1", "cluster_2", "cluster_3")
    # The library computes distances in another way: rows between two centres may differ.
    distances = np.sort(fitted.estimator.transform(fitted.inputs(training.columns)), axis=1)
    clear = distances[:, 1] - distances[:, 0] > 1e-6 * (1 + distances[:, 1])
    pairs = set(zip(np.array(found)[clear], library_says(fitted, training)[clear], strict=True))
    assert len(pairs) == len({name for name, _ in pairs}) == len({place for _, place in pairs})


def test_columns_are_numbers_categories_and_what_is_missing() -> None:
    rows = [[float(i), "pro"] for i in range(12)] + [[None, None]] + [[3.0, "rare"]]
    training = training_set((FLOAT.optional, STRING.optional), rows, [0.0] * len(rows))
    assert choose_columns(training, filled=True) == (
        Number(0, 1.0, 5.0),
        Absent(0),
        Category(1, "pro"),
        Absent(1),
    )
    columns = choose_columns(training, filled=False)
    assert columns == (Number(0), Category(1, "pro"), Absent(1))
    last = matrix(columns, training.columns)[-2:].tolist()
    assert str(last) == "[[nan, 0.0, 1.0], [3.0, 0.0, 0.0]]"


def test_a_category_is_counted_in_entities_not_in_rows() -> None:
    training = training_set((STRING,), [["often"]] * 12, [0.0] * 12)
    training = TrainingSet(
        training.features, training.columns, np.zeros(12), training.at, training.label
    )
    assert choose_columns(training, filled=False) == ()


def test_training_again_gives_the_same_model() -> None:
    rng = np.random.default_rng(1)
    rows = [[float(x), float(y)] for x, y in rng.normal(size=(60, 2))]
    training = training_set((FLOAT, FLOAT), rows, [float(row[0] > 0) for row in rows])
    for estimator in (*TREES, "logistic"):
        wanted = definition(estimator, ScoreKind.PROBABILITY, **small(estimator))
        assert fit(wanted, training).model == fit(wanted, training).model


def test_a_label_that_never_varies_is_refused() -> None:
    training = training_set((FLOAT,), [[float(i)] for i in range(20)], [1.0] * 20)
    with pytest.raises(Refusal, match="is `true` in all 20 rows"):
        fit(definition("random_forest", ScoreKind.PROBABILITY), training)


def test_no_rows_are_refused_with_why() -> None:
    empty = training_set((FLOAT,), [[1.0]], [1.0]).only(np.array([], dtype=int))
    with pytest.raises(Refusal, match="no row to train"):
        fit(definition("random_forest", ScoreKind.PROBABILITY), empty)
