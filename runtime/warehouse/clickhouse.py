"""ClickHouse, through clickhouse-connect: a server, or chDB in this process.

It has no transactions: a store is kept in parts, and a manifest is published as a view.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql.dialects.clickhouse import SETTINGS
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.failures import failure
from segue.runtime.warehouse.parts.manifest import Column
from segue.runtime.warehouse.parts.views import ViewsWarehouse
from segue.runtime.warehouse.patience import SECOND, timed_out
from segue.runtime.warehouse.redacted import first_line
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

TYPES = {
    "BIGINT": "Int64",
    "TEXT": "String",
    "TIMESTAMP": "DateTime64(6, 'UTC')",
    "BOOLEAN": "Bool",
    "DOUBLE": "Float64",
}
_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_CALLED = {"FixedString": "String", "Date32": "Date"}
KEPT_TYPES = ("allow_suspicious_low_cardinality_types", "allow_suspicious_fixed_string_types")
"""A working table has columns of the catalog's tables, of whatever types these are."""


class ClickHouseWarehouse(ViewsWarehouse):
    """A session of one ClickHouse server."""

    dialect: ClassVar[str] = "clickhouse"
    incremental: ClassVar[bool] = True
    working_tables: ClassVar[bool] = True
    gathers_strips: ClassVar[bool] = True
    erases: ClassVar[frozenset[str]] = frozenset({"members"})
    taken: ClassVar[str] = "TABLE_ALREADY_EXISTS"

    def __init__(self, client: "Client", another: "Callable[[], Client]") -> None:
        super().__init__()
        self.client = client
        self._another = another
        for setting in (*SETTINGS, *KEPT_TYPES):
            client.set_client_setting(setting, 1)

    @classmethod
    def open(cls, dsn: str) -> "ClickHouseWarehouse":
        """Connects to the server of `clickhouse://user:password@host:port/database`."""
        try:
            import clickhouse_connect
            from clickhouse_connect.driver.exceptions import Error
        except ImportError:
            raise Refusal(
                "the driver for ClickHouse is not installed",
                "pip install 'segue-lang[clickhouse]'",
            ) from None

        if not _is_address(dsn):
            raise Refusal(
                "the address of the ClickHouse server cannot be read",
                "write clickhouse://user:password@host:port/database; in a password `@` is %40, "
                "`:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25 and a blank %20",
            )

        def another() -> "Client":
            # Not of the session, which has one statement at a time.
            return clickhouse_connect.get_client(dsn=dsn, autogenerate_session_id=False)

        try:
            return connecting(
                lambda: cls(clickhouse_connect.get_client(dsn=dsn), another), _is_transient
            )
        except Error as error:
            raise Refusal(f"cannot connect to ClickHouse: {_first_line(error, dsn)}") from None

    def close(self) -> None:
        """Ends the session."""
        self.client.close()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        from clickhouse_connect.driver.exceptions import Error

        name = uuid4().hex
        try:
            found = self.client.query(text, settings={"query_id": name})
        except Error as error:
            if "TIMEOUT_EXCEEDED" in str(error):
                raise timed_out(self.timeout) from None
            raise failure(error) from error
        except KeyboardInterrupt:
            self._cancel(name)
            raise
        return [tuple(row) for row in found.result_rows]

    def limit(self, timeout: int) -> None:
        """The server itself cancels a statement that runs for too long."""
        super().limit(timeout)
        self.client.set_client_setting("max_execution_time", timeout / SECOND)

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, in the blocks that ClickHouse sends."""
        from clickhouse_connect.driver.exceptions import Error

        try:
            with self.client.query_row_block_stream(self.text(self.placed(query))) as blocks:
                for block in blocks:
                    rows = [tuple(row) for row in block]
                    for start in range(0, len(rows), size):
                        yield rows[start : start + size]
        except Error as error:
            raise failure(error) from error

    def estimate(self, query: exp.Expr) -> Cost | None:
        """How many rows ClickHouse would read of its tables."""
        found = self.execute_text(f"EXPLAIN ESTIMATE {self.text(self.placed(query))}")
        return Cost("EXPLAIN ESTIMATE of ClickHouse", rows=sum(int(row[3]) for row in found))

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """From the tables of the system, without what is wrapped around the types."""
        database = exp.func("currentDatabase")
        query = (
            exp.select("name", "type")
            .from_("system.columns")
            .where(exp.column("database").eq(table.schema or database))
            .where(exp.column("table").eq(table.name))
        )
        rows = self.execute_text(self.text(query))
        return {str(name): _unwrapped(str(type)) for name, type in rows}

    def _cancel(self, query: str) -> None:
        """Stops a statement on the server, which would go on without anybody to tell."""
        with suppress(Exception), self._another() as client:
            client.command(f"KILL QUERY WHERE query_id = '{query}' ASYNC")

    def used_up(self, statement: exp.Expr) -> str:
        """The statement as ClickHouse reads it: it has no operators on bits."""
        return super().used_up(statement.transform(_bits, copy=False))

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        arguments = (exp.Literal.string(text), exp.Literal.number(6), exp.Literal.string("UTC"))
        return exp.Anonymous(this="toDateTime64", expressions=list(arguments))

    def create_schema(self, schema: str) -> None:
        """Makes the database of a store, unless it is there."""
        name = exp.Table(this=exp.to_identifier(schema, quoted=True))
        self.execute_text(self.text(exp.Create(this=name, kind="DATABASE", exists=True)))

    # ------------------------------------------------------------------- parts

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        type = exp.DataType.build(TYPES[column.type], dialect="clickhouse")
        type.set("nullable", not column.required)
        return type

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Makes a table and fills it."""
        made: exp.Expr = self.part(schema, name)
        properties: list[exp.Expr] = []
        if not schema:
            # Most numbers of most entities are 0: the compressed rows take a fifth of the memory.
            compressed = exp.EQ(this=exp.var("compress"), expression=exp.Literal.number(1))
            properties.append(exp.TemporaryProperty())
            properties.append(exp.EngineProperty(this=exp.var("Memory")))
            properties.append(exp.SettingsProperty(expressions=[compressed]))
        else:
            engine = exp.Anonymous(this="MergeTree", expressions=[])
            properties.append(exp.EngineProperty(this=engine))
            properties.append(exp.Order(expressions=[exp.Tuple(expressions=[])]))
        if columns:
            listed = [
                exp.ColumnDef(this=exp.to_identifier(c.name, quoted=True), kind=self.typed(c))
                for c in columns
            ]
            made = exp.Schema(this=made, expressions=listed)
        create = exp.Create(
            this=made, kind="TABLE", properties=exp.Properties(expressions=properties)
        )
        if not columns:
            create.set("expression", query)
        self.execute_text(self.text(create))
        if columns:
            self.append_to_part(schema, name, query)

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of a table."""
        rows = self.execute_text(self.text(exp.Describe(this=self.part(schema, name))))
        return tuple(Column(str(row[0]), "") for row in rows)

    def names(self, schema: str) -> list[str]:
        """All tables and views of a database."""
        query = exp.select("name").from_("system.tables").where(exp.column("database").eq(schema))
        return [str(row[0]) for row in self.execute_text(self.text(query))]


def _bits(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.BitwiseAnd):
        return exp.Anonymous(this="bitAnd", expressions=[node.left, node.right])
    return node


def _unwrapped(type: str) -> str:
    """What a column holds, in the words of other engines."""
    while found := _WRAPPED.fullmatch(type):
        type = found[1]
    return _CALLED.get(type.partition("(")[0], type)


def _is_address(dsn: str) -> bool:
    """Whether an address falls into its parts, of which the port must be a number."""
    try:
        return urlsplit(dsn).port != 0
    except ValueError:
        return False


def _is_transient(error: BaseException) -> bool:
    """Whether the server may be there in a moment."""
    text = str(error)
    return any(sign in text for sign in ("Connection refused", "timed out", "Connection reset"))


def _first_line(error: Exception, dsn: str) -> str:
    password = urlsplit(dsn).password or ""
    return first_line(error, (dsn, password, unquote(password)))
