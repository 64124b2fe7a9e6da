"""What scikit-learn says, Python and every database say: from one end to the other."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scores.engines import scores
from scores.test_fit import (
    Value,
    check_scores,
    definition,
    library_says,
    small,
    tables,
    training_set,
)
from scores.worlds import world
from segue.compiler.scores.model import Model, ScoreKind
from segue.compiler.scores.python import score_function
from segue.compiler.types import Type
from segue.runtime.scores.fit import fit

Rows = Sequence[Sequence[Value]]


def in_python(model: Model, rows: Rows) -> list[Any]:
    function = score_function(model)
    return [function(*row) for row in rows]


def in_database(engine: str) -> Callable[[Model, Rows], list[Any]]:
    return lambda model, rows: scores(engine, world(model), rows)


PLACES = {
    "python": in_python,
    "duckdb": in_database("duckdb"),
    "postgres": in_database("postgres"),
    "sqlite": in_database("sqlite"),
}
LEARNT = (
    ("random_forest", ScoreKind.PROBABILITY),
    ("random_forest", ScoreKind.DURATION),
    ("random_forest", ScoreKind.CLASS),
    ("gradient_boosting", ScoreKind.AMOUNT),
    ("gradient_boosting", ScoreKind.PROBABILITY),
    ("histogram_gradient_boosting", ScoreKind.NUMBER),
    ("histogram_gradient_boosting", ScoreKind.PROBABILITY),
    ("logistic", ScoreKind.PROBABILITY),
    ("linear", ScoreKind.NUMBER),
)


def labels(kind: ScoreKind) -> st.SearchStrategy[Any]:
    if kind is ScoreKind.CLASS:
        return st.sampled_from("abc")
    if kind is ScoreKind.PROBABILITY:
        return st.sampled_from([0.0, 1.0])
    return st.floats(0.0, 1e3).map(lambda x: 0.0 if x < 1e-50 else x)


@pytest.mark.parametrize(("estimator", "kind"), LEARNT)
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(table=tables(), data=st.data())
def test_a_score_is_the_same_in_scikit_learn_python_and_databases(
    estimator: str,
    kind: ScoreKind,
    table: tuple[list[Type], list[list[Value]]],
    data: st.DataObject,
) -> None:
    types, rows = table
    given = data.draw(st.lists(labels(kind), min_size=len(rows), max_size=len(rows)))
    every = {ScoreKind.CLASS: ["a", "b", "c"], ScoreKind.PROBABILITY: [0.0, 1.0]}.get(kind, [])
    training = training_set(types, rows, [*every, *given[len(every) :]])
    fitted = fit(definition(estimator, kind, **small(estimator)), training)
    said = library_says(fitted, training)
    first = None
    for place, compute in PLACES.items():
        found = compute(fitted.model, rows)
        check_scores(fitted.model, found, said)
        first = found if first is None else first
        assert found == first, place
