"""Trino, through its own client.

Transactions there are those of a connector, and those of lakes end with each statement: a store is
kept in parts, tables of a catalog that can also make views, and a manifest is published as a view.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
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
from segue.runtime.warehouse.patience import timed_out
from segue.runtime.warehouse.redacted import first_line
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    from trino.dbapi import Connection

TYPES = {
    "BIGINT": "BIGINT",
    "TEXT": "VARCHAR",
    "TIMESTAMP": "TIMESTAMP(6)",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
}
MILLISECOND = 1_000


class TrinoWarehouse(ScratchWarehouse):
    """A session of one Trino cluster."""

    dialect: ClassVar[str] = "trino"
    incremental: ClassVar[bool] = True
    taken: ClassVar[str] = "already exists"

    def __init__(self, connection: "Connection", scratch: str, catalog: str) -> None:
        super().__init__(scratch, catalog)
        self.connection = connection

    @classmethod
    def open(cls, settings: Mapping[str, str]) -> "TrinoWarehouse":
        """Connects with the settings of a target; asks for nothing yet but that it may."""
        try:
            from trino.dbapi import connect as driver
            from trino.exceptions import Error, HttpError

            from segue.runtime.warehouse.trino_http import StatementsOnce
        except ImportError:
            raise Refusal(
                "the driver for Trino is not installed", "pip install 'segue-lang[trino]'"
            ) from None
        stores = settings.get("store_catalog", settings["catalog"])

        def connect() -> "TrinoWarehouse":
            connection = driver(
                **_address(settings),
                catalog=settings["catalog"],
                schema=settings.get("default_schema"),
                source="segue",
                timezone="UTC",
                http_session=StatementsOnce(),
            )
            warehouse = cls(connection, settings.get("schema", SCHEMA), stores)
            # Nothing is sent before the first statement.
            connection.cursor().execute("SELECT 1").fetchall()
            return warehouse

        try:
            return connecting(connect, _is_transient)
        except (Error, HttpError) as error:
            line = first_line(error, secrets("trino", settings))
            raise Refusal(f"cannot connect to Trino: {line}") from None

    def close(self) -> None:
        """Drops the working tables and ends the session."""
        super().close()
        self.connection.close()

    def run(self, text: str) -> tuple[list[Row], tuple[str, ...]]:
        """The rows of a statement, and the names of their columns."""
        from trino.exceptions import Error, HttpError

        cursor = self.connection.cursor()
        try:
            cursor.execute(text)
            rows = [tuple(row) for row in cursor.fetchall()]
            return rows, tuple(column.name for column in cursor.description or ())
        except KeyboardInterrupt:
            with suppress(Exception):
                cursor.cancel()
            raise
        except (Error, HttpError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> Exception:
        name = getattr(error, "error_name", None)
        if name == "EXCEEDED_TIME_LIMIT":
            return timed_out(self.timeout)
        told = str(getattr(error, "message", error))
        return failure(RuntimeError(f"{told} ({name})" if name else told))

    def limit(self, timeout: int) -> None:
        """Trino itself cancels a statement that runs for too long."""
        super().limit(timeout)
        self.execute_text(f"SET SESSION query_max_run_time = '{max(1, timeout // MILLISECOND)}ms'")

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, in the pieces in which Trino sends them."""
        from trino.exceptions import Error, HttpError

        text = self.text(self.placed(query))
        try:
            # Leaving it early cancels the query.
            with self.connection.cursor() as cursor:
                cursor.execute(text)
                while rows := cursor.fetchmany(size):
                    yield [tuple(row) for row in rows]
        except (Error, HttpError) as error:
            raise self._failed(error) from error

    def estimate(self, query: exp.Expr) -> Cost | None:
        """What the statistics of the tables say of their rows; nothing where there are none."""
        text = self.text(self.placed(query))
        plan = json.loads(self.execute_text(f"EXPLAIN (TYPE IO, FORMAT JSON) {text}")[0][0])
        tables = [table["estimate"] for table in plan["inputTableColumnInfos"]]
        rows = _total(table["outputRowCount"] for table in tables)
        size = _total(table["outputSizeInBytes"] for table in tables)
        if rows is None and size is None:
            return None
        return Cost("EXPLAIN of Trino", rows=rows, bytes=size)

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """By `DESCRIBE`."""
        try:
            rows = self.execute_text(self.text(exp.Describe(this=named_table(table))))
        except StatementFailed:
            # Who reads the rows is told.
            return {}
        return {str(row[0]): str(row[1]) for row in rows}

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a `TIMESTAMP` alone has milliseconds."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), self.typed(Column("", "TIMESTAMP")))

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        return exp.DataType.build(TYPES[column.type], dialect="trino")

    def has_schema(self, schema: str) -> bool:
        """Whether the catalog of the stores has it."""
        return bool(self._information("schemata", "schema_name", "schema_name", schema))

    def names(self, schema: str) -> list[str]:
        """All tables and views of a schema."""
        return self._information("tables", "table_name", "table_schema", schema)

    def _information(self, table: str, column: str, key: str, value: str) -> list[str]:
        source = self._address(table, "information_schema")
        query = exp.select(column).from_(source).where(exp.column(key).eq(value))
        return [str(row[0]) for row in self.execute_text(self.text(query))]


def _address(settings: Mapping[str, str]) -> dict[str, Any]:
    """Where the cluster is, and who is asking."""
    from trino.auth import BasicAuthentication, JWTAuthentication

    named: dict[str, Any] = {"host": settings["host"], "user": settings["user"]}
    if "port" in settings:
        named["port"] = _port(settings["port"])
    if "password" in settings:
        named["auth"] = BasicAuthentication(settings["user"], settings["password"])
    elif "token" in settings:
        named["auth"] = JWTAuthentication(settings["token"])
    # A password goes to nobody who could be another one.
    scheme = settings.get("http_scheme") or ("https" if "auth" in named else None)
    return named if scheme is None else {**named, "http_scheme": scheme}


def _port(written: str) -> int:
    if not written.isdigit():
        raise Refusal(f"`{written}` is no port", "the port of Trino is a number, as in `port: 443`")
    return int(written)


def _total(values: "Iterator[float | str]") -> int | None:
    """The sum, where all are known: Trino says `NaN` of the others."""
    numbers = [float(value) for value in values]
    return None if any(math.isnan(number) for number in numbers) else int(sum(numbers))


def _is_transient(error: BaseException) -> bool:
    """Whether the server may be there in a moment."""
    from trino.exceptions import Http503Error, TrinoConnectionError

    return isinstance(error, (TrinoConnectionError, Http503Error))
