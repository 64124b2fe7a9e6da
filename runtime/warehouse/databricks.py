"""Databricks SQL, through its own connector: a SQL warehouse, or a cluster.

A transaction of Delta is one of a table and ends with its statement: a store is kept in parts, and
a manifest is published as a view.
"""

import logging
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql.rows import table as named_table
from segue.runtime.membership.store import SCHEMA
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.engines import secrets
from segue.runtime.warehouse.failures import StatementFailed, failure
from segue.runtime.warehouse.parts.manifest import Column
from segue.runtime.warehouse.parts.scratch import ScratchWarehouse
from segue.runtime.warehouse.patience import SECOND, timed_out
from segue.runtime.warehouse.redacted import first_line
from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    import pyarrow
    from databricks.sql.client import Connection, Cursor

TYPES = {
    "BIGINT": "BIGINT",
    "TEXT": "STRING",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
}
ATTEMPTS = 5
"""At a server that is not there, a minute; at a cluster that starts, five: the connector's waits
grow. Its own number of attempts is for a quarter of an hour."""
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SCANNED = re.compile(r"(?<!\w)Relation .*Statistics\(sizeInBytes=([\d.E+]+) (\w+)")


class DatabricksWarehouse(ScratchWarehouse):
    """A session of one SQL warehouse or cluster."""

    dialect: ClassVar[str] = "spark"
    incremental: ClassVar[bool] = True
    taken: ClassVar[str] = "TABLE_OR_VIEW_ALREADY_EXISTS"

    def __init__(self, connection: "Connection", scratch: str, catalog: str) -> None:
        super().__init__(scratch, catalog)
        self.connection = connection
        self.execute_text("SET TIME ZONE 'UTC'")

    @classmethod
    def open(cls, settings: Mapping[str, str]) -> "DatabricksWarehouse":
        """Connects with the settings of a target; the connector waits for what is starting."""
        try:
            from databricks import sql
            from databricks.sql.exc import Error
            from urllib3.exceptions import HTTPError
        except ImportError:
            raise Refusal(
                "the driver for Databricks is not installed",
                "pip install 'segue-lang[databricks]'",
            ) from None
        # What it logs, its errors say as well: a program that listens to logs still hears it.
        logging.getLogger("databricks").addHandler(logging.NullHandler())
        names = {"token": "access_token", "auth_type": "auth_type", "default_schema": "schema"}
        given: dict[str, Any] = {
            theirs: settings[ours] for ours, theirs in names.items() if ours in settings
        }
        try:
            connection = sql.connect(
                server_hostname=settings["host"],
                http_path=settings["http_path"],
                catalog=settings.get("catalog"),
                user_agent_entry="segue",
                _retry_stop_after_attempts_count=ATTEMPTS,
                **given,
            )
            _sends_once(connection)
            return cls(connection, settings.get("schema", SCHEMA), settings.get("catalog", ""))
        except (Error, HTTPError, StatementFailed) as error:
            line = first_line(error, secrets("databricks", settings))
            raise Refusal(f"cannot connect to Databricks: {line}") from None

    @property
    def engine(self) -> str:
        """Its dialect is Spark's."""
        return "databricks"

    def close(self) -> None:
        """Drops the working tables and ends the session."""
        super().close()
        self.connection.close()

    def run(self, text: str) -> tuple[list[Row], tuple[str, ...]]:
        """The rows of a statement, and the names of their columns."""
        with self._executed(text) as cursor:
            names = tuple(column[0] for column in cursor.description or ())
            return [tuple(row) for row in cursor.fetchall()] if names else [], names

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, in the pieces in which Databricks keeps its result."""
        with self._executed(self.text(self.placed(query))) as cursor:
            while rows := cursor.fetchmany(size):
                yield [tuple(row) for row in rows]

    def fetch_arrow(self, statement: exp.Expr, columns: Sequence[str]) -> "pyarrow.Table":
        """The rows of a query as they are sent, which is as an Arrow table."""
        with self._executed(self.text(self.placed(statement))) as cursor:
            return cursor.fetchall_arrow().rename_columns(list(columns))

    @contextmanager
    def _executed(self, text: str) -> "Iterator[Cursor]":
        """A cursor over the result of a statement, which Ctrl-C cancels on the server."""
        from databricks.sql.exc import Error
        from urllib3.exceptions import HTTPError

        cursor = self.connection.cursor()
        began = time.monotonic()
        try:
            cursor.execute(text)
            yield cursor
        except KeyboardInterrupt:
            with suppress(Exception):
                cursor.cancel()
            raise
        except (Error, HTTPError) as error:
            # A warehouse and a cluster have other words for it.
            if self.timeout is not None and time.monotonic() - began >= self.timeout / SECOND:
                raise timed_out(self.timeout) from None
            raise failure(error) from error
        finally:
            with suppress(Exception):
                cursor.close()

    def limit(self, timeout: int) -> None:
        """Databricks itself cancels a statement that runs for too long; it counts in seconds."""
        super().limit(timeout)
        self.execute_text(f"SET STATEMENT_TIMEOUT = {math.ceil(timeout / SECOND)}")

    def estimate(self, query: exp.Expr) -> Cost | None:
        """The size of the tables that the optimised plan reads, as far as it is known."""
        rows = self.execute_text(f"EXPLAIN COST {self.text(self.placed(query))}")
        plan = str(rows[0][0]).partition("== Physical Plan ==")[0]
        scanned = _SCANNED.findall(plan)
        if not scanned or any(unit not in UNITS for _, unit in scanned):
            return None
        size = sum(float(number) * 1024 ** UNITS.index(unit) for number, unit in scanned)
        return Cost("EXPLAIN COST of Databricks", bytes=int(size))

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """By `DESCRIBE`, whose first rows are those of the columns."""
        try:
            rows = self.execute_text(self.text(exp.Describe(this=named_table(table), kind="TABLE")))
        except StatementFailed:
            # Who reads the rows is told.
            return {}
        columns = takewhile(lambda row: row[0] and not row[0].startswith("#"), rows)
        return {str(row[0]): str(row[1]) for row in columns}

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a timestamp without zone."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.Type.TIMESTAMPNTZ)

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        return exp.DataType.build(TYPES[column.type], dialect="spark")

    def has_schema(self, schema: str) -> bool:
        """Whether the catalog has it."""
        catalog = f" IN {_quoted(self._catalog)}" if self._catalog else ""
        pattern = exp.Literal.string(schema).sql("spark")
        return bool(self.execute_text(f"SHOW SCHEMAS{catalog} LIKE {pattern}"))

    def names(self, schema: str) -> list[str]:
        """All tables and views of a schema."""
        address = ".".join(_quoted(name) for name in (self._catalog, schema) if name)
        try:
            rows = self.execute_text(f"SHOW TABLES IN {address}")
        except StatementFailed as failed:
            if "SCHEMA_NOT_FOUND" in failed.message:
                return []
            raise
        return [name for _, name, temporary in (row[:3] for row in rows) if not temporary]


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("spark")


def _sends_once(connection: "Connection") -> None:
    """Keeps the connector from sending a statement again whose answer was lost.

    It tells those apart that the server has refused to begin, and no lost connections. Its
    questions after a statement that runs are repeated all the same.
    """
    policy = getattr(connection.session.backend, "retry_policy", None)
    if policy is not None:
        policy.read = False
