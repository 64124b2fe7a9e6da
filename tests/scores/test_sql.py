"""Every engine computes a score to the bit as the model means it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scores import drawn
from scores.engines import scores
from scores.test_python import chain
from scores.worlds import world
from segue.compiler.scores.model import (
    Feature,
    Linear,
    Link,
    Model,
    Number,
    ScoreKind,
    Sigmoid,
    Trees,
)
from segue.compiler.scores.reference import predict
from segue.compiler.sql.scores import steps
from segue.compiler.types import FLOAT

ENGINES = ("duckdb", "sqlite", "postgres")


@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_an_engine_says_what_the_model_means(engine: str, data: st.DataObject) -> None:
    model = data.draw(drawn.models())
    rows = data.draw(st.lists(drawn.rows_of(model), min_size=1, max_size=5))
    assert scores(engine, world(model), rows) == [predict(model, row) for row in rows]


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_lists_of_nodes_are_walked_to_the_same_leaves(
    data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "FEW_NODES", -1)
    model = data.draw(drawn.models().filter(lambda m: isinstance(m.function, Trees)))
    rows = data.draw(st.lists(drawn.rows_of(model), min_size=1, max_size=5))
    assert scores("duckdb", world(model), rows) == [predict(model, row) for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_deep_tree_is_not_too_deep(engine: str) -> None:
    model = Model(
        ScoreKind.NUMBER,
        (Feature("x", FLOAT.optional, ""),),
        (Number(0),),
        Trees((0.0,), (chain(64, True), chain(64, False))),
    )
    rows = [(None,), *((i / 2,) for i in range(140))]
    assert scores(engine, world(model), rows) == [predict(model, row) for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_logistic_function_is_the_same_over_all_its_range(engine: str) -> None:
    model = Model(
        ScoreKind.PROBABILITY,
        (Feature("x", FLOAT, ""),),
        (Number(0),),
        Linear((0.0,), (1.0,), (0.0,), ((1.0,),)),
        Link.LOGISTIC,
        Sigmoid(-7.3, 3.1),
    )
    rows = [(x,) for i in range(60) for x in (i * 5.37, -i * 5.37, 10.0**i, -(10.0**-i))]
    assert scores(engine, world(model), rows) == [predict(model, row) for row in rows]
