"""Runs on Databricks: its own connector, and a Spark of this machine behind it.

Not among the ordinary tests, by its name: see `heavy.py` beside it. Needs Java 17 and
`pip install 'databricks-sql-connector[pyarrow]' pyspark`; see `databricks_server.py`.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import java
import pytest
from scores.test_score_table import (  # noqa: F401  # the same tests, elsewhere
    plan,
    test_a_score_is_read_as_it_was_written,
)

from membership import heavy_shop
from membership.halves import segue, what_is_missing_is_told, write_project
from membership.heavy_shop import parquet, said, source_tables
from membership.test_refresh import (  # noqa: F401  # the same tests, elsewhere
    test_a_failed_run_leaves_the_store_as_it_was,
    test_members_of_a_removed_segment_leave_it,
    test_only_changes_become_history,
)
from membership.types_of import KINDS, columns, kinds
from membership.world import World
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal

pytest.importorskip("databricks.sql")
pytest.importorskip("pyspark")

from databricks_server import DatabricksServer, LosingProxy

from segue.runtime.warehouse.databricks import DatabricksWarehouse
from segue.runtime.warehouse.failures import StatementFailed

pytestmark = pytest.mark.skipif(java.missing() is not None, reason=str(java.missing()))

SLOW = "SELECT SUM(a.id * b.id) FROM range(10000000) AS a, range(10000000) AS b"


# Its project, and what DuckDB says of it.
shop, expected = heavy_shop.shop, heavy_shop.expected


class DatabricksWorld(World):
    """Its table is written anew each time: Parquet has no DELETE."""

    marks: list[tuple[str, str]]

    def prepare(self) -> None:
        self.fill([("nobody", "nothing")])

    def fill(self, marks: list[tuple[str, str]]) -> None:
        self.marks = marks
        self.warehouse.execute_text("DROP TABLE IF EXISTS marks")
        rows = ", ".join(f"('{key}', '{name}')" for key, name in marks)
        self.warehouse.execute_text(
            f"CREATE TABLE marks AS SELECT * FROM VALUES {rows} AS t(key, segment)"
        )

    def repeat(self, key: str) -> None:
        self.fill([*self.marks, (key, "nothing")])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabricksServer]:
    server = DatabricksServer(tmp_path_factory.mktemp("spark"))
    try:
        with server.talking():
            yield server
    finally:
        server.close()


@pytest.fixture
def warehouse(server: DatabricksServer) -> Iterator[DatabricksWarehouse]:
    with DatabricksWarehouse.open(server.settings) as warehouse:
        yield warehouse
        for name in ("marks", "people"):
            warehouse.execute_text(f"DROP TABLE IF EXISTS {name}")
        warehouse.execute_text("DROP SCHEMA IF EXISTS segue CASCADE")


@pytest.fixture
def world(warehouse: DatabricksWarehouse) -> World:
    return DatabricksWorld(warehouse)


@pytest.fixture
def project(tmp_path: Path, server: DatabricksServer) -> Path:
    return write_project(tmp_path, server.target)


def with_people(warehouse: DatabricksWarehouse, count: int) -> None:
    warehouse.execute_text(f"CREATE TABLE people AS SELECT id AS key, id AS n FROM range({count})")


def test_it_says_what_duckdb_says(
    shop: Path, expected: list[str], server: DatabricksServer, warehouse: DatabricksWarehouse
) -> None:
    with (shop / "segue.yml").open("a") as file:
        file.write(f"  databricks: {server.target}\n")
    for name in source_tables(shop):
        path = parquet(shop, name).removesuffix("/*/*.parquet")
        warehouse.execute_text(f"CREATE TABLE {name} AS SELECT * FROM parquet.`{path}`")
    assert said(shop, "databricks") == expected
    assert not [name for name in warehouse.names("segue") if name.startswith("scratch")]


def test_it_says_the_types_of_columns(warehouse: DatabricksWarehouse) -> None:
    named = columns(name="STRING", at="TIMESTAMP_NTZ")
    warehouse.execute_text(f"CREATE TABLE people ({named}) USING parquet PARTITIONED BY (day)")
    assert kinds(warehouse, "people") == KINDS
    assert kinds(warehouse, "nowhere") == {}


def test_of_two_runs_at_once_one_counts_and_the_other_has_written_nothing(
    server: DatabricksServer, world: World
) -> None:
    world.people(ann="reader", bob="reader buyer", cas="")
    world.run("reader buyer")
    world.people(ann="buyer")
    answers: Counter[str] = Counter()
    together = threading.Barrier(2)
    threads = [
        threading.Thread(target=run_once, args=(server, world, together, answers)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers["done"] + answers["another run has finished"] == 2, answers
    assert answers["done"] >= 1
    with DatabricksWarehouse.open(server.settings) as warehouse:
        store = Store(warehouse)
        assert store.fetch(store("SELECT segment, key FROM segue.members")) == [("buyer", "ann")]
        runs = store.fetch(store("SELECT run_id FROM segue.runs ORDER BY 1"))
    assert [row[0] for row in runs] == list(range(1, answers["done"] + 2))


def run_once(
    server: DatabricksServer, world: World, together: threading.Barrier, answers: "Counter[str]"
) -> None:
    with DatabricksWarehouse.open(server.settings) as warehouse:
        another = copy(world)
        another.warehouse = warehouse
        together.wait()
        try:
            another.run("reader buyer")
            answers["done"] += 1
        except Refusal as refusal:
            answers[refusal.message.partition(" while")[0]] += 1


def test_ctrl_c_cancels_the_statement_on_the_server(
    server: DatabricksServer, warehouse: DatabricksWarehouse
) -> None:
    said = len(server.log.read_text())

    def press() -> None:
        if until_said(server, "Starting task", said):
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        warehouse.execute_text(SLOW)
    assert until_said(server, "Cancel query with", said)
    assert warehouse.execute_text("SELECT 1 AS a") == [(1,)]


def until_said(server: DatabricksServer, words: str, since: int) -> bool:
    for _ in range(600):
        if words in server.log.read_text()[since:]:
            return True
        time.sleep(0.1)
    return False


def test_a_timeout_is_told_to_the_session(warehouse: DatabricksWarehouse) -> None:
    warehouse.limit(90_000_000)
    assert warehouse.execute_text("SET STATEMENT_TIMEOUT") == [("STATEMENT_TIMEOUT", "90")]


def test_a_statement_that_the_server_gave_up_is_explained(warehouse: DatabricksWarehouse) -> None:
    warehouse.limit(1_000_000)
    # What Databricks does by itself at the limit above, Spark does at this one.
    warehouse.execute_text("SET spark.sql.thriftServer.queryTimeout = 1s")
    with pytest.raises(Refusal, match="a statement ran longer than 1s and was cancelled"):
        warehouse.execute_text(SLOW)


def test_an_estimate_is_given_and_nothing_written(
    warehouse: DatabricksWarehouse, project: Path
) -> None:
    with_people(warehouse, 1_000)
    result = segue("run", project, "--estimate")
    assert result.exit_code == 0, result.output
    assert "read (EXPLAIN COST of Databricks)" in result.output
    assert not warehouse.has_schema("segue")


def test_what_is_missing_is_told_with_the_line_of_the_catalog(
    warehouse: DatabricksWarehouse, project: Path
) -> None:
    what_is_missing_is_told(
        "databricks",
        lambda: segue("run", project, "--dry-run"),
        lambda: warehouse.execute_text("CREATE TABLE people AS SELECT 1 AS key"),
    )


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(
    warehouse: DatabricksWarehouse, project: Path
) -> None:
    warehouse.execute_text(
        "CREATE TABLE people AS "
        "SELECT id AS key, IF(id = 7, 9000000000000000000, id) AS n FROM range(10)"
    )
    result = segue("run", project, "--dry-run")
    assert result.exit_code == 1, result.output
    assert "1 person not evaluated" in result.output


def test_a_result_is_fetched_as_arrow(warehouse: DatabricksWarehouse) -> None:
    query = Store(warehouse)("SELECT 7 AS a, 'x' AS b, CAST(1.5 AS DOUBLE) AS c")
    table = warehouse.fetch_arrow(query, ["one", "two", "three"])
    assert table.to_pylist() == [{"one": 7, "two": "x", "three": 1.5}]


def test_rows_are_streamed_in_pieces(warehouse: DatabricksWarehouse) -> None:
    query = Store(warehouse)("SELECT id FROM RANGE(25) AS t ORDER BY id")
    assert [len(rows) for rows in warehouse.stream(query, 10)] == [10, 10, 5]


def test_a_statement_whose_answer_is_lost_is_not_sent_again(
    server: DatabricksServer, warehouse: DatabricksWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_people(warehouse, 1)
    proxy = LosingProxy(server.port, b"INSERT INTO people")
    monkeypatch.setattr(server, "port", proxy.port)
    try:
        with DatabricksWarehouse.open(server.settings) as another:
            with pytest.raises(StatementFailed):
                another.execute_text("INSERT INTO people SELECT 2 AS key, 2 AS n")
            assert another.execute_text("SELECT 1 AS a") == [(1,)]
    finally:
        proxy.close()
    assert proxy.lost == 1
    for _ in range(100):
        if warehouse.execute_text("SELECT COUNT(*) FROM people") == [(2,)]:
            return
        time.sleep(0.1)
    raise AssertionError("the statement was not run")
