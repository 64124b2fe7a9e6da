"""An incremental run leaves what a full one leaves, at every step of random histories."""

from membership.in_parts import GatheringParts
from parity.engines.duckdb import DuckDB
from parity.engines.postgres import Postgres
from parity.engines.sqlite import SQLite

from incremental.histories import follow, search
from incremental.kept_values import SEEN
from segue.compiler.incremental.totals import Way
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse

GATHERED: list[str] = []
"""Statements over rows of several strips that were gathered."""


def on_duckdb(seed: int) -> None:
    engine = DuckDB()
    with DuckDBWarehouse(engine.connection) as warehouse:
        follow(seed, warehouse, engine, "s")


def in_parts(seed: int) -> None:
    engine = DuckDB()
    engine.connection.execute("SET TimeZone = 'UTC'")
    with GatheringParts(engine.connection) as warehouse:
        follow(seed, warehouse, engine, "s")
        GATHERED.extend(text for text in warehouse.statements if "segue_strips_" in text)


def on_sqlite(seed: int) -> None:
    engine = SQLite()
    with SQLiteWarehouse(engine.connection) as warehouse:
        follow(seed, warehouse, engine, "s")


def test_equal_to_a_full_run_on_duckdb() -> None:
    search(12, on_duckdb)
    # Histories where nothing goes on from what is kept would be equal as well.
    assert {*Way} <= {*SEEN}
    assert any("arrive" in how for how in SEEN)


def test_equal_to_a_full_run_in_parts() -> None:
    search(6, in_parts)
    assert any("kept_tiles" in text for text in GATHERED)


def test_equal_to_a_full_run_on_sqlite() -> None:
    search(4, on_sqlite)


def test_equal_to_a_full_run_on_postgres() -> None:
    engine = Postgres()
    numbers = iter(range(10**9))
    with PostgresWarehouse(engine.connection) as warehouse:
        search(4, lambda seed: follow(seed, warehouse, engine, f"s{next(numbers)}"))
