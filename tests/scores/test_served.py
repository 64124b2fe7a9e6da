"""A score that is read from the table of scores, and which engines have to read it there."""

from dataclasses import replace
from typing import Literal

import pytest

from scores.engines import connected
from scores.test_python import chain
from scores.test_reference import FOREST
from scores.worlds import KEY, SCORE, TABLE, World, world
from segue.compiler.catalog.model import TableName
from segue.compiler.scores.codes import NOT_TRAINED, TOO_LARGE
from segue.compiler.scores.library import NONE
from segue.compiler.scores.model import Feature, Model, Number, ScoreKind, Trees
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.scores.limits import reason
from segue.compiler.types import FLOAT
from segue.grammar.diagnostics import SegueError

ENGINES = ("duckdb", "sqlite", "postgres")
SIZE = (Feature("size", FLOAT, ""),)


def large(serve: Literal["sql", "table", "auto"]) -> World:
    """A score whose model only some engines can compute."""
    trees = tuple(chain(60, True) for _ in range(60))
    return world(Model(ScoreKind.NUMBER, SIZE, (Number(0),), Trees((0.0,), trees)), serve)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_score_is_read_where_it_is_not_too_old(engine: str) -> None:
    connection, mark = connected(engine)
    served = world(FOREST, "table")
    place = TableName("scores", "kept")
    address = str(dialect(engine).store_table(place))
    served = replace(served, plan=replace(served.plan, score_table=place))
    if "." in address:
        connection.execute("CREATE SCHEMA IF NOT EXISTS kept")
    connection.execute(f"DROP TABLE IF EXISTS {address}")
    connection.execute(
        f"CREATE TABLE {address} (score VARCHAR(99), key INTEGER, "
        f'"at" {AT[engine]}, version BIGINT, number DOUBLE PRECISION, '
        "micros BIGINT, class VARCHAR(99))"
    )
    rows = [
        (SCORE, 1, "1969-12-31 00:00:00", 1, 0.25),
        (SCORE, 2, "1969-12-25 00:00:01", 1, 0.5),
        (SCORE, 3, "1969-12-25 00:00:00", 1, 0.75),
        (SCORE, 4, "1970-01-01 00:00:01", 1, 0.75),
        (SCORE, 5, "1969-12-31 00:00:00", 2, 0.75),
        ("another", 6, "1969-12-31 00:00:00", 1, 0.75),
    ]
    for row in rows:
        marks = ", ".join([mark] * 5)
        connection.execute(f"INSERT INTO {address} VALUES ({marks}, NULL, NULL)", row)
    connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    columns = "time_since_last_click BIGINT, plan VARCHAR(9)"
    connection.execute(f"CREATE TABLE {TABLE} ({KEY} INTEGER, {columns})")
    for key in range(7):
        connection.execute(f"INSERT INTO {TABLE} VALUES ({mark}, NULL, NULL)", [key])
    found = dict(connection.execute(served.sql(engine)).fetchall())
    assert found == {0: None, 1: 0.25, 2: 0.5, 3: None, 4: None, 5: None, 6: None}


AT = {"duckdb": "TIMESTAMP", "postgres": "TIMESTAMP", "sqlite": "TEXT"}


def test_a_model_that_is_too_large_for_an_engine_is_refused_with_a_way_out() -> None:
    found = large("sql")
    assert found.sql("duckdb")
    with pytest.raises(SegueError) as error:
        found.sql("bigquery")
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == TOO_LARGE.id
    assert diagnostic.label == "7260 nodes, and 5000 are the most on BigQuery"
    assert diagnostic.help is not None
    assert "serve table within 7d" in diagnostic.help


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("duckdb", "computed by the query, with version 1 of the model"),
        (
            "bigquery",
            "read from the table of scores: its model has 7260 nodes, and 5000 are the most on "
            "BigQuery",
        ),
    ],
)
def test_auto_decides_by_the_engine_and_says_why(engine: str, said: str) -> None:
    found = large("auto")
    scored = found.plan.metrics[SCORE].expr.param
    assert reason(dialect(engine), found.plan.models, scored) == said  # type: ignore[arg-type]  # a `Scored`
    assert ("JOIN" in found.sql(engine)) is (engine == "bigquery") or engine == "duckdb"


def test_a_query_of_a_score_without_a_model_says_how_to_get_one() -> None:
    found = world(FOREST)
    untrained = replace(found, plan=replace(found.plan, models=NONE))
    with pytest.raises(SegueError) as error:
        untrained.sql("duckdb")
    assert error.value.diagnostics[0].code == NOT_TRAINED.id
