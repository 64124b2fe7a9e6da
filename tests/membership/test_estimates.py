"""What a run would cost, in the words of the engine, without running it."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from sqlglot import parse_one

from segue.runtime.cli import main
from segue.runtime.warehouse.connect import connect, database_target
from segue.runtime.warehouse.cost import Cost

CATALOG = """
entity: {name: person, table: people, key: {column: key, type: int}, attributes: {n: int}}
events: {buy: {table: buys, key: key, at: bought}}
"""
RULES = "segment keen { when n > 3 and count(buy over last 30d) > 2 }"
Run = Callable[..., Result]


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        path = request.getfixturevalue("postgres")
    else:
        path = str(tmp_path / f"shop.{request.param}")
        if request.param == "duckdb":
            duckdb.connect(path).close()
        else:
            Path(path).touch()
    with connect(database_target(path)) as warehouse:
        warehouse.execute_text("CREATE TABLE people (key BIGINT, n BIGINT)")
        warehouse.execute_text("CREATE TABLE buys (key BIGINT, bought TIMESTAMP)")
        warehouse.execute_text("INSERT INTO people VALUES (1, 4), (2, 5)")
        if request.param == "postgres":
            warehouse.execute_text("ANALYZE")
    return path


@pytest.fixture
def run(tmp_path: Path, database: str) -> Run:
    (tmp_path / "catalog.yml").write_text(CATALOG)
    (tmp_path / "rules.seg").write_text(RULES)

    def invoke(*more: str) -> Result:
        return CliRunner().invoke(main, ["run", str(tmp_path), "--database", database, *more])

    return invoke


def test_an_estimate_runs_and_writes_nothing(run: Run, database: str) -> None:
    result = run("--estimate", "--as-of", "2025-12-01")
    assert result.exit_code == 0, result.output
    lines = dict(line.split(maxsplit=1) for line in result.output.splitlines())
    assert lines["computes"] == "1 segment as of 2025-12-01T00:00:00Z"
    assert lines["reads"] == "buys, people"
    assert lines["writes"] == "the schema segue"
    with connect(database_target(database)) as warehouse:
        assert not warehouse.has_table(warehouse.store_table("segue", "runs"))


def test_the_cost_is_what_the_engine_says(run: Run, database: str) -> None:
    cost = json.loads(run("--estimate", "--format", "json").output)["cost"]
    if database.startswith("postgres"):
        assert cost["source"] == "EXPLAIN of Postgres"
        assert cost["units"] > 0
        assert cost["rows"] >= 2
    elif database.endswith("sqlite"):
        assert cost is None
    else:
        assert cost == {
            "source": "EXPLAIN of DuckDB",
            "rows": cost["rows"],
            "bytes": None,
            "units": None,
        }
        assert cost["rows"] >= 2


def test_a_dry_run_says_what_was_estimated_before(run: Run, database: str) -> None:
    result = run("--dry-run")
    assert "dry run, nothing written" in result.output
    assert ("estimate beforehand: about" in result.output) is not database.endswith("sqlite")
    data = json.loads(run("--dry-run", "--format", "json").output)
    assert data["estimate"]["tables"] == ["buys", "people"]


def test_an_estimate_of_a_missing_table_names_its_line_of_the_catalog(
    run: Run, database: str
) -> None:
    if database.endswith("sqlite"):
        pytest.skip("SQLite is asked for no estimate")
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text("DROP TABLE buys")
    result = run("--estimate")
    assert result.exit_code == 2
    assert "no table `buys`" in result.output
    assert "catalog.yml:3" in result.output


def test_postgres_reads_as_many_rows_as_the_table_has(new_database: Callable[[], str]) -> None:
    with connect(database_target(new_database())) as warehouse:
        warehouse.execute_text("CREATE TABLE t AS SELECT i FROM generate_series(1, 500) AS g(i)")
        warehouse.execute_text("ANALYZE t")
        cost = warehouse.estimate(parse_one("SELECT COUNT(*) FROM t"))
    assert cost is not None
    assert cost.rows == 500


def test_a_cost_as_text() -> None:
    assert str(Cost("EXPLAIN of X", rows=1234567)) == "about 1,234,567 rows read (EXPLAIN of X)"
    assert str(Cost("X", bytes=2_500_000_000)) == "about 2.5 GB read (X)"
    assert str(Cost("X", rows=3, units=12.7)) == "about 3 rows read, cost 13 (X)"
