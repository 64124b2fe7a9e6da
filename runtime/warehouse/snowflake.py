"""Snowflake, through its own connector.

A statement that makes a table ends the transaction around it, so a store is kept in parts; what
publishes a manifest is the update of one row, for which Snowflake lets one run at a time pass.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql.rows import table as named_table
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.engines import secrets
from segue.runtime.warehouse.failures import Cause, StatementFailed, failure
from segue.runtime.warehouse.parts.heads import HeadWarehouse
from segue.runtime.warehouse.parts.manifest import Column
from segue.runtime.warehouse.patience import SECOND, timed_out
from segue.runtime.warehouse.redacted import first_line
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

TYPES = {
    "BIGINT": "BIGINT",
    "TEXT": "VARCHAR",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
}
DEFAULT_SCHEMA = "PUBLIC"
"""Where the tables are that the catalog names without a schema."""
OURS = frozenset({"schema", "timeout"})
"""Settings that are not the connector's."""
SESSION = {
    "TIMEZONE": "UTC",
    "QUERY_TAG": "segue",
    # Names mean the same with and without quotes, as with all other engines.
    "QUOTED_IDENTIFIERS_IGNORE_CASE": True,
}


class SnowflakeWarehouse(HeadWarehouse):
    """A session of one Snowflake account."""

    dialect: ClassVar[str] = "snowflake"
    incremental: ClassVar[bool] = True

    def __init__(self, connection: "SnowflakeConnection") -> None:
        super().__init__()
        self.connection = connection

    @classmethod
    def open(cls, settings: Mapping[str, str]) -> "SnowflakeWarehouse":
        """Connects with the settings of a target, which are those of the connector."""
        try:
            import snowflake.connector
            from snowflake.connector.errors import Error, OperationalError
        except ImportError:
            raise Refusal(
                "the driver for Snowflake is not installed", "pip install 'segue-lang[snowflake]'"
            ) from None
        given = {name: value for name, value in settings.items() if name not in OURS}

        def connect() -> "SnowflakeWarehouse":
            return cls(
                snowflake.connector.connect(
                    **given,
                    schema=DEFAULT_SCHEMA,
                    application="segue",
                    session_parameters=dict(SESSION),
                )
            )

        try:
            return connecting(connect, lambda error: isinstance(error, OperationalError))
        except Error as error:
            line = first_line(error, secrets("snowflake", settings))
            raise Refusal(f"cannot connect to Snowflake: {line}") from None

    def close(self) -> None:
        """Ends the session."""
        self.connection.close()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        return self._run(text)[0]

    def _run(self, text: str) -> tuple[list[Row], tuple[str, ...]]:
        """The rows of a statement, and the names of their columns."""
        from snowflake.connector.errors import Error

        try:
            with self.connection.cursor() as cursor:
                cursor.execute(text)
                names = tuple(column.name.lower() for column in cursor.description or ())
                return [tuple(row) for row in cursor.fetchall()], names
        except Error as error:
            if "timeout" in str(error) and self.timeout is not None:
                raise timed_out(self.timeout) from None
            raise failure(error) from error

    def limit(self, timeout: int) -> None:
        """Snowflake itself cancels a statement that runs for too long; it counts in seconds."""
        super().limit(timeout)
        seconds = max(1, timeout // SECOND)
        self.execute_text(f"ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}")

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, in the pieces in which Snowflake keeps its result."""
        from snowflake.connector.errors import Error

        try:
            with self.connection.cursor() as cursor:
                cursor.execute(self.text(self.placed(query)))
                while rows := cursor.fetchmany(size):
                    yield [tuple(row) for row in rows]
        except Error as error:
            raise failure(error) from error

    def estimate(self, query: exp.Expr) -> Cost | None:
        """The bytes of the partitions that are left after pruning."""
        try:
            found = self.execute_text(f"EXPLAIN USING JSON {self.text(self.placed(query))}")
        except StatementFailed as failed:
            # Not every account may explain a query; what is missing is told all the same.
            if failed.cause is Cause.OTHER:
                return None
            raise
        assigned = json.loads(found[0][0])["GlobalStats"]["bytesAssigned"]
        return Cost("EXPLAIN of Snowflake", bytes=int(assigned))

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """By `DESCRIBE`, for which no warehouse is started."""
        try:
            rows = self.execute_text(self.text(exp.Describe(this=named_table(table), kind="TABLE")))
        except StatementFailed:
            # Who reads the rows is told.
            return {}
        return {str(row[0]): str(row[1]).replace("NUMBER", "DECIMAL") for row in rows}

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a timestamp without zone."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.Type.TIMESTAMPNTZ)

    def create_schema(self, schema: str) -> None:
        """Makes the schema of a store, and stays in that of the session, which Snowflake leaves."""
        if self.names(schema):
            return
        before = self.execute_text("SELECT CURRENT_SCHEMA()")[0][0]
        super().create_schema(schema)
        if before:
            use = exp.Use(kind=exp.var("SCHEMA"), this=exp.to_table(before, quoted=True))
            self.execute_text(self.text(use))

    # ------------------------------------------------------------------- parts

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        return exp.DataType.build(TYPES[column.type], dialect="snowflake")

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Makes a table of a query."""
        create = exp.Create(this=self.part(schema, name), kind="TABLE", expression=query)
        if not schema:
            create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        self.execute_text(self.text(create))

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of a table."""
        query = exp.select("*").from_(self.part(schema, name)).limit(0)
        return tuple(Column(found, "") for found in self._run(self.text(query))[1])

    def names(self, schema: str) -> list[str]:
        """All tables and views of a schema; none where there is no such schema."""
        where = exp.func("LOWER", exp.column("table_schema")).eq(schema.lower())
        query = exp.select("table_name").from_("information_schema.tables").where(where)
        return [str(row[0]).lower() for row in self.execute_text(self.text(query))]

    def changed(self, update: exp.Update) -> int:
        """A statement that changes rows gives one row: how many they were."""
        return int(self.execute_text(self.text(update))[0][0])
