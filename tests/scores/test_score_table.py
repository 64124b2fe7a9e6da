"""The score table of each engine, and rows that come and go as whole columns."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from membership.in_parts import PartsOfDuckDB
from sqlglot import exp, parse_one

from segue.compiler.analysis.analysis import analyse
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import TableName
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.library import Header
from segue.compiler.scores.model import ScoreKind
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.types import DURATION, FLOAT, STRING, decimal
from segue.runtime.membership.store import Store
from segue.runtime.scores.batch import Scored, write_scores
from segue.runtime.scores.gather import in_units
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Warehouse

CATALOG = """
timezone: UTC
entity: {name: customer, table: customers, key: {column: customer_id, type: string}}
events: {}
"""
MARCH = 1_709_251_200_000_000
ODD = ["a'b", 'c"d', "e\tf", "g\\nh", "", "ü\n", "\\N"]


@pytest.fixture(params=["duckdb", "postgres", "sqlite", "parts"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    opened: Warehouse
    match request.param:
        case "duckdb":
            opened = DuckDBWarehouse(duckdb.connect())
        case "postgres":
            new_database: Callable[[], str] = request.getfixturevalue("new_database")
            opened = PostgresWarehouse.open(new_database())
        case "parts":
            opened = PartsOfDuckDB(duckdb.connect())
        case _:
            opened = SQLiteWarehouse.open(":memory:")
    with opened:
        yield opened


@pytest.fixture
def plan() -> Plan:
    catalog = load_catalog(CATALOG, "catalog.yml").catalog
    assert catalog is not None
    found = analyse([], catalog).plan
    assert found is not None
    return found


def scored(kind: ScoreKind, scores: Any, version: int = 1) -> Scored:
    header = Header("churn_risk", version, "digest", kind, ())
    return Scored(header, MARCH, np.array(ODD), scores)


def table(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    store = Store(warehouse)
    query = store("SELECT key, at, version, number, micros, class FROM segue.scores ORDER BY key")
    return [(row[0], warehouse.read_moment(row[1]), *row[2:]) for row in store.fetch(query)]


NUMBERS = np.array([0.1, 1 / 3, 5e-324, 1.7e308, 0.0, 1.0, 0.5])


def test_a_score_is_read_as_it_was_written(warehouse: Warehouse, plan: Plan) -> None:
    write_scores(warehouse, plan, scored(ScoreKind.PROBABILITY, NUMBERS), "segue")
    expected = zip(ODD, NUMBERS.tolist(), strict=True)
    assert sorted(table(warehouse)) == sorted(
        (key, MARCH, 1, number, None, None) for key, number in expected
    )


def test_a_query_that_was_compiled_finds_the_table_by_its_name(
    warehouse: Warehouse, plan: Plan
) -> None:
    write_scores(warehouse, plan, scored(ScoreKind.PROBABILITY, NUMBERS), "segue")
    place = dialect(warehouse.dialect).store_table(TableName("scores", "segue"))
    query = exp.select("s.key").from_(exp.alias_(exp.to_table(str(place)), "s", table=True))
    assert sorted(row[0] for row in warehouse.fetch(query)) == sorted(ODD)


def test_durations_and_classes_have_columns_of_their_own(warehouse: Warehouse, plan: Plan) -> None:
    write_scores(warehouse, plan, scored(ScoreKind.DURATION, np.arange(7) * 2**50), "segue")
    assert {row[4] for row in table(warehouse)} == {n * 2**50 for n in range(7)}
    write_scores(warehouse, plan, scored(ScoreKind.CLASS, np.array(ODD, object), 2), "segue")
    assert all(row[5] == row[0] and row[2] == 2 and row[4] is None for row in table(warehouse))
    assert len(table(warehouse)) == len(ODD), "the last scoring took the place of the first"


def test_a_scoring_that_fails_leaves_the_last_one(warehouse: Warehouse, plan: Plan) -> None:
    write_scores(warehouse, plan, scored(ScoreKind.PROBABILITY, NUMBERS), "segue")
    before = table(warehouse)
    broken = Scored(scored(ScoreKind.PROBABILITY, NUMBERS).header, MARCH, np.array(["a"] * 2), [])
    with pytest.raises(ValueError):
        write_scores(warehouse, plan, broken, "segue")
    assert table(warehouse) == before


def test_columns_come_in_the_units_of_a_model(warehouse: Warehouse) -> None:
    query = parse_one(
        "SELECT * FROM (SELECT 150 AS a, 86400000000 AS b, 0.5 AS c, 'x' AS d "
        "UNION ALL SELECT NULL, NULL, NULL, NULL) AS t ORDER BY a"
    )
    rows = warehouse.fetch_arrow(query, ["a", "b", "c", "d"])
    types = [decimal(2), DURATION, FLOAT, STRING]
    found = [in_units(rows.column(n), type).tolist() for n, type in enumerate(types)]
    there, missing = (0, 1) if found[3][0] == "x" else (1, 0)
    assert [column[there] for column in found] == [1.5, 1.0, 0.5, "x"]
    assert [str(column[missing]) for column in found] == ["nan", "nan", "nan", "None"]
