"""PostgreSQL, a real server in a folder of its own for as long as the process lives."""

from typing import Any

import psycopg
from postgres import new_database

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask, quoted
from parity.tables import Store

TYPES = {
    Store.BOOL: "boolean",
    Store.INT: "bigint",
    Store.INT32: "integer",
    Store.FLOAT: "double precision",
    Store.TEXT: "text",
    Store.DATE: "date",
    Store.UTC: "timestamp",
    Store.INSTANT: "timestamptz",
}


class Postgres:
    """See the module."""

    name = "postgres"
    table = "TEMP TABLE"

    def __init__(self) -> None:
        self.database = new_database()
        self.connection = psycopg.connect(self.database, autocommit=True)
        # No zone of the session may change what an instant means.
        self.connection.execute("SET TimeZone = 'America/New_York'")
        # One small query at a time: compiling it to machine code takes longer than running it.
        self.connection.execute("SET jit = off")

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for table in case.tables.values():
            name = quoted(table.name)
            columns = ", ".join(
                f"{quoted(c)} {f'numeric(18, {scale})' if s is Store.DECIMAL else TYPES[s]}"
                for c, (s, scale) in table.columns.items()
            )
            self._run(f"DROP TABLE IF EXISTS {name}; CREATE {self.table} {name} ({columns})")
            stores = [store for store, _ in table.columns.values()]
            with (
                self.connection.cursor() as cursor,
                cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy,
            ):
                for row in table.rows:
                    copy.write_row(
                        [_held(row[c], s) for c, s in zip(table.columns, stores, strict=True)]
                    )

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        cursor = self._run(sql)
        return cursor.fetchall() if cursor.description else []

    def _run(self, sql: str) -> psycopg.Cursor[Any]:
        return self.connection.execute(sql.encode())


def _held(value: Any, store: Store) -> Any:
    return value.replace(tzinfo=None) if value is not None and store is Store.UTC else value
