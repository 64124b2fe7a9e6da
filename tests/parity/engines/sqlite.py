"""SQLite, in memory, with the functions that its warehouse registers."""

import sqlite3
from typing import Any

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask, quoted
from parity.tables import Store
from segue.runtime.warehouse.sqlite import SQLiteWarehouse

TYPES = {
    Store.BOOL: "INTEGER",
    Store.INT: "INTEGER",
    Store.INT32: "INTEGER",
    Store.DECIMAL: "NUMERIC",
    Store.FLOAT: "REAL",
    Store.TEXT: "TEXT",
    Store.DATE: "TEXT",
    Store.UTC: "TEXT",
    Store.INSTANT: "TEXT",
}


class SQLite:
    """See the module."""

    name = "sqlite"

    def __init__(self) -> None:
        self.connection = SQLiteWarehouse(sqlite3.connect(":memory:")).connection

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for table in case.tables.values():
            name = quoted(table.name)
            columns = ", ".join(f"{quoted(c)} {TYPES[s]}" for c, (s, _) in table.columns.items())
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
            self.connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" for _ in table.columns)
            stores = [store for store, _ in table.columns.values()]
            rows = [
                [_held(row[c], s) for c, s in zip(table.columns, stores, strict=True)]
                for row in table.rows
            ]
            self.connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        return self.connection.execute(sql).fetchall()


def _held(value: Any, store: Store) -> Any:
    if value is None:
        return None
    match store:
        case Store.BOOL:
            return int(value)
        case Store.DECIMAL:
            return str(value)
        case Store.DATE:
            return value.isoformat()
        case Store.UTC | Store.INSTANT:
            # Both spellings of a time are allowed: without its fraction where that is zero.
            return value.replace(tzinfo=None).isoformat(sep=" ")
    return value
