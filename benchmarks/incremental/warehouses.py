"""The warehouses, with the tables of a DuckDB file."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.sql.engines import COLUMNS, started
from segue.runtime.warehouse.warehouse import Warehouse


@contextmanager
def on_duckdb(file: Path, folder: Path) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.duckdb import DuckDBWarehouse

    copy = shutil.copy(file, folder / "copy.duckdb")
    with DuckDBWarehouse.open(str(copy)) as warehouse:
        warehouse.execute_text("SET threads = 2")
        yield warehouse


@contextmanager
def on_postgres(file: Path, folder: Path) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.postgres import PostgresWarehouse

    with started("postgres", file) as engine:
        yield PostgresWarehouse(engine.connection)  # type: ignore[attr-defined]  # Postgres


@contextmanager
def on_sqlite(file: Path, folder: Path) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.sqlite import SQLiteWarehouse

    with SQLiteWarehouse.open(str(folder / "copy.sqlite")) as warehouse, opened_file(file) as rows:
        for table, columns in COLUMNS.items():
            warehouse.execute_text(f"CREATE TABLE {table} ({columns})")
            found = rows.execute(f"FROM {table}")
            marks = ", ".join("?" for _ in found.description or ())
            while some := found.fetchmany(50_000):
                warehouse.connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", map(spelled, some)
                )
        warehouse.execute_text("CREATE INDEX by_time ON events (happened_at)")
        warehouse.execute_text("CREATE INDEX by_customer ON events (customer_id)")
        yield warehouse


def spelled(row: tuple[Any, ...]) -> list[Any]:
    return [v if isinstance(v, int | float | str | None) else str(v) for v in row]


@contextmanager
def on_clickhouse(file: Path, folder: Path) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

    written(file, folder)
    with ClickHouseWarehouse.open(f"chdb://{folder}/clickhouse") as warehouse:
        for table, order in (("customers", "customer_id"), ("events", "happened_at")):
            warehouse.execute_text(
                f"CREATE TABLE {table} ENGINE = MergeTree ORDER BY {order} "
                "SETTINGS allow_nullable_key = 1 "
                f"AS SELECT * FROM file('{folder}/{table}.parquet')"
            )
        warehouse.client.set_client_setting("max_threads", 2)
        yield warehouse


@contextmanager
def on_spark(file: Path, folder: Path) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.spark import SparkWarehouse

    written(file, folder)
    with SparkWarehouse.open(str(folder), str(folder / "store"), "local[2]") as warehouse:
        yield warehouse


@contextmanager
def on_snowflake(file: Path, folder: Path) -> Iterator[Warehouse]:
    """fakesnow: DuckDB behind Snowflake's driver, which takes the statements, not the time."""
    import fakesnow

    from segue.runtime.warehouse.snowflake import SnowflakeWarehouse

    written(file, folder)
    settings = {"account": "a", "user": "u", "password": "p", "database": "shop"}
    with fakesnow.patch(), SnowflakeWarehouse.open(settings) as warehouse:
        engine: Any = warehouse.connection
        for table in COLUMNS:
            names = duckdb.read_parquet(str(folder / f"{table}.parquet")).columns
            listed = ", ".join(f"{name} AS {name.upper()}" for name in names)
            engine._duck_conn.execute(
                f"CREATE TABLE {table.upper()} AS SELECT {listed} FROM '{folder}/{table}.parquet'"
            )
        yield warehouse


@contextmanager
def opened_file(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(file), read_only=True) as connection:
        yield connection


def written(file: Path, folder: Path) -> None:
    """The tables as Parquet files."""
    with opened_file(file) as connection:
        for table in COLUMNS:
            connection.execute(f"COPY {table} TO '{folder}/{table}.parquet' (FORMAT parquet)")


ENGINES = {
    "duckdb": on_duckdb,
    "postgres": on_postgres,
    "clickhouse": on_clickhouse,
    "snowflake": on_snowflake,
    "spark": on_spark,
    "sqlite": on_sqlite,
}


@contextmanager
def opened(name: str, file: Path) -> Iterator[Warehouse]:
    """A warehouse that may be written to; the file stays as it is."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, ENGINES[name](file, Path(folder)) as it:
        yield it
