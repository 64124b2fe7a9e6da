"""DuckDB: a file next to the project, or a database in memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.sql.rows import table as named_table
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost, leaves
from segue.runtime.warehouse.failures import failure
from segue.runtime.warehouse.patience import patiently
from segue.runtime.warehouse.warehouse import Row, Warehouse

if TYPE_CHECKING:
    import pyarrow


class DuckDBWarehouse(Warehouse):
    """A connection to one DuckDB database."""

    dialect: ClassVar[str] = "duckdb"
    incremental: ClassVar[bool] = True
    # Its indexes make bulk writes several times slower, and its scans do without.
    has_primary_keys: ClassVar[bool] = False

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self.connection = connection
        # Timestamps with a zone are read as UTC wherever the process runs. The progress bar
        # would be written into the output of a command.
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        # A table that is not there would be looked for among the variables of this program.
        connection.execute("SET python_enable_replacements = false")

    @classmethod
    def open(cls, path: str, *, read_only: bool = False) -> "DuckDBWarehouse":
        """Opens a database file, which must be there; `:memory:` is an empty database."""
        try:
            return cls(duckdb.connect(path, read_only=read_only))
        except duckdb.IOException as error:
            raise _unopened(path, str(error)) from None

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""

        def run() -> list[Row]:
            result: Any = self.connection.execute(text)
            return list(result.fetchall()) if result.description else []

        try:
            return patiently(run, self.connection.interrupt, self.timeout)
        except duckdb.TransactionException as error:
            raise Refusal(
                f"another run is writing to this database: {str(error).splitlines()[0]}",
                "wait for it to end, and run again",
            ) from None
        except duckdb.Error as error:
            raise failure(error) from error

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, which DuckDB computes as they are read."""
        stop, text = self.connection.interrupt, self.text(query)
        try:
            patiently(lambda: self.connection.execute(text), stop, self.timeout)
            fetch = partial(self.connection.fetchmany, size)
            while rows := patiently(fetch, stop, self.timeout):
                yield rows
        except duckdb.Error as error:
            raise failure(error) from error

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """By `DESCRIBE`."""
        rows = self.execute_text(f"DESCRIBE {self.text(exp.select('*').from_(named_table(table)))}")
        return {str(row[0]): str(row[1]) for row in rows}

    def estimate(self, query: exp.Expr) -> Cost | None:
        """How many rows DuckDB expects its scans to give."""
        rows = self.execute_text(f"EXPLAIN (FORMAT JSON) {self.text(query)}")
        steps = [step for plan in json.loads(rows[0][1]) for step in leaves(plan, _children)]
        read = [step["extra_info"] for step in steps if "SCAN" in step["name"]]
        tables = [info for info in read if "Table" in info]
        return Cost(
            "EXPLAIN of DuckDB", rows=sum(int(info["Estimated Cardinality"]) for info in tables)
        )

    def fetch_arrow(self, statement: exp.Expr, columns: Sequence[str]) -> "pyarrow.Table":
        """The rows of a query as an Arrow table, without a look at each of them."""
        text = self.text(statement)

        def run() -> "pyarrow.Table":
            # As a relation: the result of a statement would be copied once more.
            return self.connection.sql(text).to_arrow_table()

        try:
            found = patiently(run, self.connection.interrupt, self.timeout)
        except duckdb.Error as error:
            raise failure(error) from error
        return found.rename_columns(list(columns))

    @contextmanager
    def loaded(self, name: str, columns: Mapping[str, Any]) -> Iterator[None]:
        """The columns as they lie in memory, under a name."""
        import pyarrow

        arrays = {title: pyarrow.array(values) for title, values in columns.items()}
        self.connection.register(name, pyarrow.table(arrays))
        try:
            yield
        finally:
            self.connection.unregister(name)

    def lock(self, name: str) -> None:
        """Nothing to do: DuckDB lets one process at a time open a file for writing."""


def _children(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(step["children"])


def _unopened(path: str, message: str) -> Refusal:
    if "lock" in message:
        return Refusal(
            f"another process has `{path}` open",
            "DuckDB lets one process at a time write to a file: wait for it to end, or close it",
        )
    return Refusal(f"cannot open `{path}`: {message.splitlines()[0]}")
