"""The engines that take long to install or to start say what a model means, to the last bit.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run. What stands
for an engine that cannot be had is as in `parity/heavy.py`.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import java
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from parity.case import Case
from parity.engines.base import normal
from parity.engines.sql import SqlEngine
from parity.tables import empty_tables

from scores import drawn
from scores.worlds import KEY, SCORE, TABLE, Row, World, held, world
from segue.compiler.scores.reference import predict
from segue.grammar import ast
from segue.grammar.span import NOWHERE

ENGINES = {
    "bigquery": ("zetasql", "BigQuery"),
    "clickhouse": ("chdb", "ClickHouse"),
    "snowflake": ("fakesnow", "Snowflake"),
    "spark": ("pyspark", "Spark"),
    "trino": ("duckdb", "Trino"),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> SqlEngine:
    package, _ = ENGINES[request.param]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    if request.param == "spark" and (absent := java.missing()):
        pytest.skip(absent)
    return started(request.param)


@cache
def started(name: str) -> SqlEngine:
    found: SqlEngine = getattr(import_module(f"parity.engines.{name}"), ENGINES[name][1])()
    return found


def scores(engine: SqlEngine, world: World, rows: list[Row]) -> list[Any]:
    """The scores of rows as an engine computes them."""
    tables = empty_tables(world.plan.catalog)
    features = world.model.features
    for key, row in enumerate(rows):
        values = {f.name: held(value, f.type) for value, f in zip(row, features, strict=True)}
        tables[TABLE].rows.append({KEY: key, **values})
    engine.load(Case(world.plan.catalog, tables, ast.Module(span=NOWHERE, items=()), None))
    type = world.plan.metrics[SCORE].expr.type
    found = {int(key): normal(score, type) for key, score in engine.run(world.sql(engine.name))}
    return [found[key] for key in range(len(rows))]


some = settings(
    deadline=None,
    max_examples=25,
    # Shrinking starts with an engine that may have died of the first failure.
    phases=(Phase.generate,),
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@some
@given(data=st.data())
def test_an_engine_says_what_the_model_means(engine: SqlEngine, data: st.DataObject) -> None:
    model = data.draw(drawn.models())
    rows = data.draw(st.lists(drawn.rows_of(model), min_size=1, max_size=5))
    assert scores(engine, world(model), rows) == [predict(model, row) for row in rows]
