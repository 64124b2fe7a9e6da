"""Compiled code and numpy give the scores of the reference, for any model."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scores import drawn
from scores.test_fit import in_units
from segue.compiler.scores.model import Model, Trees
from segue.compiler.scores.reference import Value, predict
from segue.compiler.types import TEXTS
from segue.runtime.scores.compute import compute
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.thresholds import exact_thresholds


def columns_of(model: Model, rows: list[tuple[Value, ...]]) -> tuple[Any, ...]:
    return tuple(
        np.array(
            [in_units(row[i], feature.type) for row in rows],
            object if feature.type.kind in TEXTS else float,
        )
        for i, feature in enumerate(model.features)
    )


@settings(deadline=None)
@given(st.data(), drawn.models(), st.booleans())
def test_all_ways_to_compute_a_model_agree(
    data: st.DataObject, model: Model, as_of_a_forest: bool
) -> None:
    if as_of_a_forest and isinstance(model.function, Trees):
        model = drawn.with_thresholds(model, lambda found: exact_thresholds(np.array(found)))
    rows = data.draw(st.lists(drawn.rows_of(model), min_size=1, max_size=8))
    columns = columns_of(model, rows)
    said = [predict(model, row) for row in rows]
    assert compute(model, columns).tolist() == said
    machine = Machine(model)
    assert machine.scores(columns).tolist() == said
    if isinstance(model.function, Trees) and model.function.trees and model.columns:
        assert machine.is_compiled, "this version of the library walks the trees"


def test_a_library_that_says_something_else_is_not_believed() -> None:
    model = drawn.example()
    machine = Machine(model)
    machine._walk = lambda inputs: np.full((len(inputs), 1), 0.125)
    columns = (np.array([0.0, 1.0, np.nan]),)
    assert machine.scores(columns).tolist() == compute(model, columns).tolist() == [0.0, 1.0, 0.0]
    assert not machine.is_compiled


@pytest.mark.parametrize("rows", [0, 1, 40_000])
def test_any_number_of_rows_is_scored_in_its_order(rows: int) -> None:
    columns = (np.arange(rows) % 2 * 1.0,)
    assert Machine(drawn.example()).scores(columns).tolist() == columns[0].tolist()
