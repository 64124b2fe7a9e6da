"""DuckDB, in memory; rows go in through Arrow."""

from typing import Any

import duckdb
import pyarrow as pa

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask, quoted
from parity.tables import Store, Table

TYPES = {
    Store.BOOL: pa.bool_(),
    Store.INT: pa.int64(),
    Store.INT32: pa.int32(),
    Store.FLOAT: pa.float64(),
    Store.TEXT: pa.string(),
    Store.DATE: pa.date32(),
    Store.UTC: pa.timestamp("us"),
    Store.INSTANT: pa.timestamp("us", tz="UTC"),
}


class DuckDB:
    """See the module."""

    name = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 2})
        # No zone of the session may change what an instant means.
        self.connection.execute("SET TimeZone = 'America/New_York'")
        self.connection.execute("SET enable_progress_bar = false")

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for table in case.tables.values():
            self.connection.register("incoming", arrow(table))
            name = quoted(table.name)
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
            self.connection.unregister("incoming")

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        return self.connection.execute(sql).fetchall()


def arrow(table: Table) -> pa.Table:
    """A table's rows by column."""
    columns = {}
    for name, (store, scale) in table.columns.items():
        type = pa.decimal128(18, scale) if store is Store.DECIMAL else TYPES[store]
        values: list[Any] = [row[name] for row in table.rows]
        if store is Store.UTC:
            values = [None if v is None else v.replace(tzinfo=None) for v in values]
        columns[name] = pa.array(values, type=type)
    return pa.table(columns)
