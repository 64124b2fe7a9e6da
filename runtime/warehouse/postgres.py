"""Postgres, through psycopg 3."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

import sqlglot
from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.sql.rows import table as named_table
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost, leaves
from segue.runtime.warehouse.failures import Cause, failure
from segue.runtime.warehouse.patience import timed_out
from segue.runtime.warehouse.redacted import first_line
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row, Warehouse

if TYPE_CHECKING:
    from psycopg import Connection

LOCKS = 0x5E60E
"""The first of the two numbers of our advisory locks; the second is made of the name."""

_COLUMNS = sqlglot.parse_one(
    "SELECT a.attname, CASE WHEN t.typtype = 'e' THEN 'enum' "
    "ELSE FORMAT_TYPE(a.atttypid, a.atttypmod) END "
    "FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid "
    "WHERE a.attnum > 0 AND NOT a.attisdropped",
    dialect="postgres",
    into=exp.Select,
)

_TRANSIENT = (
    "Connection refused",
    "Connection reset",
    "timeout expired",
    "starting up",
    "too many clients",
    "remaining connection slots",
    "server closed the connection",
)


class PostgresWarehouse(Warehouse):
    """A connection to one Postgres database."""

    dialect: ClassVar[str] = "postgres"
    incremental: ClassVar[bool] = True
    temporary_schema: ClassVar[str] = "pg_temp"

    def __init__(self, connection: "Connection[Any]") -> None:
        self.connection = connection
        for setting in (
            "SET TIME ZONE 'UTC'",
            "SET standard_conforming_strings = on",
            # Compiling a query of hundreds of conditions takes longer than running it.
            "SET jit = off",
        ):
            connection.execute(setting)

    @classmethod
    def open(cls, dsn: str) -> "PostgresWarehouse":
        """Connects to the server that a connection string names."""
        try:
            import psycopg
        except ImportError:
            raise Refusal(
                "the driver for Postgres is not installed", "pip install 'segue-lang[postgres]'"
            ) from None
        _check_address(dsn)
        try:
            return connecting(
                lambda: cls(psycopg.connect(dsn, autocommit=True, application_name="segue")),
                _is_transient,
            )
        except psycopg.Error as error:
            # The message names host, port, user and database, and never the password.
            raise Refusal(f"cannot connect to Postgres: {first_line(error, ())}") from None

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        from psycopg import Error

        try:
            # As bytes, because a text must be a literal of the program for psycopg's types.
            cursor = self.connection.execute(text.encode())
            return list(cursor.fetchall()) if cursor.description else []
        except Error as error:
            failed = failure(error, error.sqlstate)
            if failed.cause is Cause.CANCELLED and self.timeout is not None:
                raise timed_out(self.timeout) from None
            raise failed from error

    def limit(self, timeout: int) -> None:
        """The server itself cancels a statement that runs for too long."""
        super().limit(timeout)
        self.execute_text(f"SET statement_timeout = {max(1, timeout // 1000)}")

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, through a cursor of the server."""
        from psycopg import Error

        text = self.text(query).encode()
        try:
            with self.connection.transaction(), self.connection.cursor("segue_export") as cursor:
                cursor.execute(text)
                while rows := cursor.fetchmany(size):
                    yield rows
        except Error as error:
            raise failure(error, error.sqlstate) from error

    def create_schema(self, schema: str) -> None:
        """Makes the schema of a store, unless it is there: who may not make one may have one."""
        there = exp.select("1").from_("pg_catalog.pg_namespace")
        if not self.fetch(there.where(exp.column("nspname").eq(schema))):
            super().create_schema(schema)

    def estimate(self, query: exp.Expr) -> Cost | None:
        """What the planner expects: rows of all scans, and the cost in its own units."""
        rows = self.execute_text(f"EXPLAIN (FORMAT JSON) {self.text(query)}")
        plan = rows[0][0][0]["Plan"]
        scans = leaves(plan, lambda step: step.get("Plans", []))
        return Cost(
            "EXPLAIN of Postgres",
            rows=sum(int(step["Plan Rows"]) for step in scans if "Relation Name" in step),
            units=float(plan["Total Cost"]),
        )

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """From the catalog of the server; an enum is told from a type of somebody's own."""
        query = _COLUMNS.copy()
        name = named_table(table).sql(dialect="postgres", identify=True)
        oid = exp.func("TO_REGCLASS", exp.Literal.string(name))
        rows = self.fetch(query.where(exp.column("attrelid", "a").eq(oid)))
        return {str(column): str(type) for column, type in rows}

    def _fill(self, table: exp.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        from psycopg import Error

        into = exp.Schema(this=table.copy(), expressions=[exp.to_identifier(c) for c in columns])
        copy = exp.Copy(this=into, kind=True, files=[exp.var("STDIN")])
        try:
            with self.connection.cursor().copy(self.text(copy).encode()) as stream:
                for row in rows:
                    stream.write_row(row)
        except Error as error:
            raise failure(error) from error

    def _begin_snapshot(self) -> None:
        self.execute_text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _roll_back(self) -> None:
        from psycopg.pq import TransactionStatus

        # After a lost connection there is nothing to roll back, and the first error matters.
        if self.connection.broken or self.connection.closed:
            return
        if self.connection.info.transaction_status is TransactionStatus.ACTIVE:
            # Ctrl-C came between a statement and its answer: no other one can be sent any more.
            # The server undoes what a connection has begun that is closed.
            self.connection.cancel()
            self.connection.close()
            return
        super()._roll_back()

    def lock(self, name: str) -> None:
        """Takes an advisory lock until the transaction ends."""
        number = crc32(name.encode()) - 2**31
        rows = self.execute_text(f"SELECT pg_try_advisory_xact_lock({LOCKS}, {number})")
        if not rows[0][0]:
            raise Refusal(
                f"another run is writing to the schema `{name}`",
                "wait for it to end, and run again",
            )

    def analyse(self, table: exp.Table) -> None:
        """Postgres knows nothing of a temporary table until told to look."""
        self.execute(exp.Analyze(tables=[table.copy()]))


def _check_address(dsn: str) -> None:
    """Refuses an address that is cut up wrongly, for messages about it show what is no host."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(dsn)
    except ProgrammingError:
        parts = {"host": "@"}
    if "@" in str(parts.get("host", "")):
        raise Refusal(
            "the address of the Postgres server cannot be read",
            "write postgresql://user:password@host:port/database; in a password `@` is %40, "
            "`:` %3A, `/` %2F, `%` %25 and a blank %20",
        )


def _is_transient(error: BaseException) -> bool:
    """Whether the server may be there in a moment: it starts, is full, or cannot be reached yet."""
    text = str(error)
    return any(sign in text for sign in _TRANSIENT)
