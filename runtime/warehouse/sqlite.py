"""SQLite, through the standard library; what its SQL lacks is registered as functions."""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5
from pathlib import Path
from typing import Any, ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, TableName
from segue.compiler.plan.windows import from_microseconds, to_microseconds
from segue.compiler.sql.rows import table as named_table
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.failures import failure
from segue.runtime.warehouse.patience import SECOND, timed_out
from segue.runtime.warehouse.spellings import check_spellings
from segue.runtime.warehouse.warehouse import Row, Warehouse

_STEPS = 100_000
"""Of SQLite's machine, between two looks at the clock."""


class SQLiteWarehouse(Warehouse):
    """A connection to one SQLite file."""

    dialect: ClassVar[str] = "sqlite"
    incremental: ClassVar[bool] = True
    # It makes an index for itself to join to the left, but compares all with all in a FULL JOIN.
    full_joins: ClassVar[bool] = False
    times_are_texts: ClassVar[bool] = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.isolation_level = None
        connection.create_function("md5", 1, _md5, deterministic=True)
        connection.create_function("regexp", 2, _regexp, deterministic=True)
        # Also lets Python notice Ctrl-C, which raises in the middle of this call.
        connection.set_progress_handler(self._is_late, _STEPS)
        self._begun = 0.0

    @classmethod
    def open(cls, path: str) -> "SQLiteWarehouse":
        """Opens a database file; `:memory:` is an empty database."""
        try:
            # Waiting for a lock is no use: another run takes as long as this one.
            return cls(sqlite3.connect(path, timeout=2))
        except sqlite3.Error as error:
            raise Refusal(f"cannot open `{Path(path)}`: {error}") from None

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        if text == "BEGIN":
            text = "BEGIN IMMEDIATE"
        try:
            self._begun = time.monotonic()
            return self.connection.execute(text).fetchall()
        except sqlite3.OperationalError as error:
            if str(error) == "interrupted":
                raise timed_out(self.timeout) if self._is_late() else KeyboardInterrupt from None
            if "locked" in str(error):
                raise Refusal("another process is writing to this SQLite file") from None
            raise failure(error) from error
        except sqlite3.Error as error:
            raise failure(error) from error

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, which SQLite computes as they are read."""
        try:
            cursor = self.connection.execute(self.text(query))
            while rows := cursor.fetchmany(size):
                yield rows
        except sqlite3.Error as error:
            raise failure(error) from error

    def _is_late(self) -> bool:
        """Whether the statement that runs should stop."""
        limit = self.timeout
        return limit is not None and time.monotonic() - self._begun > limit / SECOND

    def _begin_snapshot(self) -> None:
        # Not as the only writer, as a run is.
        self.execute_text("BEGIN DEFERRED")

    def _roll_back(self) -> None:
        # SQLite itself has done so where it was interrupted while it wrote.
        if self.connection.in_transaction:
            super()._roll_back()

    def _fill(self, table: exp.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        places = exp.Tuple(expressions=[exp.Placeholder() for _ in columns])
        insert = exp.insert(exp.Values(expressions=[places]), table.copy(), columns=list(columns))
        self.connection.executemany(self.text(insert), rows)

    def lock(self, name: str) -> None:
        """Nothing to do: a transaction is begun as the only writer."""

    def create_schema(self, schema: str) -> None:
        """Nothing to do: SQLite has no schemas, and tables carry it in their name."""

    def store_table(self, schema: str, name: str) -> exp.Table:
        """A table of a store."""
        return exp.Table(this=exp.to_identifier(f"{schema}_{name}", quoted=True))

    def inspect(self, catalog: Catalog) -> None:
        """Looks at how days and times are written."""
        check_spellings(self, catalog)

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """As they are declared: SQLite holds texts in a column of numbers too."""
        pragma = exp.func("pragma_table_info", exp.Literal.string(table.name))
        query = exp.select("name", "type").from_(pragma)
        return {str(name): str(type) for name, type in self.fetch(query)}

    def holds_texts(self, table: TableName, column: str) -> bool:
        """Looks at the values of a table: a column of any type may hold texts.

        Not at those of a view, which may take as long to compute as the run itself.
        """
        value = exp.column(column, quoted=True)
        number = exp.cast(exp.cast(value.copy(), "INTEGER"), "TEXT")
        return self._holds(table, value, "text", number)

    def holds_fractions(self, table: TableName, column: str) -> bool:
        """The same of numbers, which a column of any type may hold, too."""
        value = exp.column(column, quoted=True)
        return self._holds(table, value, "real", exp.cast(value.copy(), "INTEGER"))

    def _holds(self, table: TableName, value: exp.Expr, type: str, whole: exp.Expr) -> bool:
        """Whether a table, which is no view, has values of a type that are no whole numbers."""
        kind = exp.column("type").eq("table")
        master = exp.select("1").from_("sqlite_master").where(kind)
        if not self.fetch(master.where(exp.column("name").eq(table.name))):
            return False
        found = exp.func("typeof", value.copy()).eq(type)
        query = exp.select("1").from_(named_table(table))
        return self.fetch_one(query.where(found, whole.neq(value)).limit(1)) is not None

    def has_table(self, table: exp.Table) -> bool:
        """Whether a table of a store is there."""
        query = exp.select("1").from_("sqlite_master").where(exp.column("name").eq(table.name))
        return bool(self.fetch(query))

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as the fixed-width text that SQLite compares."""
        naive = from_microseconds(microseconds).replace(tzinfo=None)
        return exp.Literal.string(naive.isoformat(" ", "microseconds"))

    def read_moment(self, value: Any) -> int:
        """An instant that was read, in microseconds since the epoch."""
        return to_microseconds(datetime.fromisoformat(value).replace(tzinfo=UTC))


def _md5(value: object) -> str | None:
    return None if value is None else md5(str(value).encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=1024)
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


def _regexp(expression: str, text: str | None) -> bool | None:
    return None if text is None else _pattern(expression).search(text) is not None
