"""MySQL and MariaDB, through PyMySQL.

A schema is a database here: a store is a database beside that of the tables, and one transaction
spans both. A statement that makes a table ends the transaction around it, so a run makes all its
tables before it writes the first row. Working tables are temporary ones, which end none, and which
MySQL opens once in a statement.

Transactions are READ COMMITTED: under REPEATABLE READ, `CREATE TABLE … SELECT` locks every row
that it reads, and whoever writes to the tables of the catalog would wait for the run to end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from zlib import crc32

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import from_microseconds
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.failures import StatementFailed, failure
from segue.runtime.warehouse.mysql_address import mysql_arguments
from segue.runtime.warehouse.mysql_tables import created, dropped
from segue.runtime.warehouse.patience import patiently
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row, Warehouse

if TYPE_CHECKING:
    from pymysql.connections import Connection

T = TypeVar("T")

STATES = {
    1020: "40001",  # The row has changed since this transaction began to read.
    1205: "40001",  # Waited too long for the lock of another transaction.
    1213: "40001",  # Deadlock.
    1317: "57014",  # KILL QUERY.
    1969: "57014",  # `max_statement_time` of MariaDB.
    3024: "57014",  # `max_execution_time` of MySQL.
}
"""What the standard calls the errors that are told by their number."""
THERE = frozenset({1060, 1061})
"""A column or an index that is there: a run that was killed before it wrote has made it."""
TRANSIENT = frozenset({1040, 1203, 2003, 2006, 2013})
"""Full, or not to be reached (yet)."""
LONGEST_LOCK = 64
COLLATIONS = {True: "utf8mb4_nopad_bin", False: "utf8mb4_0900_bin"}
"""Of MariaDB and of MySQL: texts are alike when their code points are, blanks at the end too."""


class MySQLWarehouse(Warehouse):
    """A connection to one server, with a database in which the tables of the catalog are."""

    dialect: ClassVar[str] = "mysql"
    incremental: ClassVar[bool] = True
    full_joins: ClassVar[bool] = False
    tables_end_transactions: ClassVar[bool] = True
    # InnoDB takes rows of 8,126 bytes, and a text of any length is 20 of them.
    most_kept: ClassVar[int] = 270

    def __init__(
        self, connection: "Connection[Any]", another: Callable[[], "Connection[Any]"]
    ) -> None:
        self.connection = connection
        self._another = another
        self._locks: set[str] = set()
        self._within = False
        self._working: set[str] = set()
        """Temporary tables made in this transaction, which ending it does not drop."""
        self._unused: list[exp.Drop] = []
        """Tables to be dropped at the end of this transaction, which doing so would end."""
        self.collation = COLLATIONS["mariadb" in str(connection.get_server_info()).lower()]
        for setting in (
            f"SET NAMES utf8mb4 COLLATE {self.collation}",
            "SET time_zone = '+00:00'",
            # Nothing is cut off to fit a column, and a division by zero is missing in tables too.
            "SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
            # A step stays one: put into the next, and that into the one after, what is said twice
            # in each doubles as often, and a score of twenty steps is planned without end.
            "SET optimizer_switch = 'derived_merge=off'",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        ):
            self.execute_text(setting)

    @classmethod
    def open(cls, dsn: str) -> "MySQLWarehouse":
        """Connects to the server that `mysql://user:password@host:port/database` names."""
        try:
            import pymysql
        except ImportError:
            raise Refusal(
                "the driver for MySQL is not installed", "pip install 'segue-lang[mysql]'"
            ) from None
        address = mysql_arguments(dsn)

        def connect() -> "Connection[Any]":
            return pymysql.connect(
                **address, charset="utf8mb4", autocommit=True, program_name="segue"
            )

        try:
            return connecting(lambda: cls(connect(), connect), _is_transient)
        except (pymysql.Error, RuntimeError, OSError) as error:
            # The message names host and user, and never the password.
            raise Refusal(f"cannot connect to MySQL: {_message(error)}") from None

    def close(self) -> None:
        """Ends the connection."""
        if self.connection.open:
            self.connection.close()

    # -------------------------------------------------------------- statements

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""

        def run() -> list[Row]:
            with self.connection.cursor() as cursor:
                cursor.execute(text)
                return [tuple(row) for row in cursor.fetchall()]

        return self._patiently(run)

    def execute(self, statement: exp.Expr) -> None:
        """Runs a statement for its effect; one of tables in the words of MySQL."""
        if isinstance(statement, exp.Drop):
            self._drop(dropped(statement))
        elif isinstance(statement, exp.Create | exp.Alter):
            for step in created(statement, self.collation):
                self._make(step)
        else:
            super().execute(statement)

    def _drop(self, statement: exp.Drop) -> None:
        if self._within and not statement.args.get("temporary"):
            self._unused.append(statement)
        else:
            self.execute_text(self.text(statement))

    def _make(self, statement: exp.Expr) -> None:
        try:
            self.execute_text(self.text(statement))
        except StatementFailed as failed:
            if _number(failed.__cause__) not in THERE:
                raise
        if isinstance(statement, exp.Insert):
            return
        if statement.find(exp.TemporaryProperty):
            table = statement.find(exp.Table)
            assert table is not None
            self._working.add(table.name)
        elif self._within:
            # It ended the transaction.
            self.execute_text("BEGIN")

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, as the server sends them."""
        from pymysql.cursors import SSCursor

        text = self.text(query)
        cursor = self.connection.cursor(SSCursor)
        try:
            self._patiently(lambda: cursor.execute(text))
            while rows := self._patiently(lambda: list(cursor.fetchmany(size))):
                yield [tuple(row) for row in rows]
        finally:
            with suppress(Exception):
                cursor.close()

    def _patiently(self, run: Callable[[], T]) -> T:
        import pymysql

        try:
            return patiently(run, self._kill, self.timeout)
        except pymysql.Error as error:
            raise failure(Exception(_message(error)), STATES.get(_number(error) or 0)) from error

    def _kill(self) -> None:
        """Ends the statement on the server, through a connection of its own."""
        import pymysql

        try:
            with self._another() as other, other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {int(self.connection.thread_id())}")
        except pymysql.Error:
            # Nobody there to be told: what is left is not to wait for an answer.
            self.connection._force_close()

    # ------------------------------------------------------------ transactions

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All or nothing of what is written; locks are given back in the end.

        What was dropped goes once everything is written, and stays where that fails.
        """
        self._within = True
        try:
            with super().transaction(keep=keep):
                yield
            if keep:
                self._drop_unused()
        finally:
            self._within = False
            self._unused.clear()
            self._clear()

    def _drop_unused(self) -> None:
        # All is written: a table that cannot be dropped now is found by a later run.
        with suppress(StatementFailed):
            for drop in self._unused:
                self.execute_text(self.text(drop))

    def _begin_snapshot(self) -> None:
        # Of the next transaction only.
        self.execute_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.execute_text("START TRANSACTION WITH CONSISTENT SNAPSHOT")

    def _roll_back(self) -> None:
        # After a lost connection there is nothing to roll back, and the first error matters.
        if self.connection.open:
            try:
                super()._roll_back()
            except StatementFailed:
                self.close()

    def lock(self, name: str) -> None:
        """Takes a lock of the server's, by name, which a lost connection gives back."""
        lock = f"segue.{name}"
        if len(lock) > LONGEST_LOCK:
            lock = f"segue.{crc32(name.encode())}"
        if lock in self._locks:
            return
        taken = self.fetch(
            exp.select(exp.func("GET_LOCK", exp.Literal.string(lock), exp.convert(0)))
        )
        if not taken[0][0]:
            raise Refusal(
                f"another run is writing to the database `{name}`",
                "wait for it to end, and run again",
            )
        self._locks.add(lock)

    def _clear(self) -> None:
        """Drops the working tables and gives back the locks; so does the end of a connection."""
        working, locks = sorted(self._working), sorted(self._locks)
        self._working.clear()
        self._locks.clear()
        if not self.connection.open:
            return
        with suppress(StatementFailed):
            for name in working:
                drop = exp.Drop(tables=[self.temporary_table(name)], kind="TABLE", exists=True)
                self.execute(drop)
            for lock in locks:
                self.fetch(exp.select(exp.func("RELEASE_LOCK", exp.Literal.string(lock))))

    # ------------------------------------------------------------------ tables

    def create_schema(self, schema: str) -> None:
        """Makes the database of a store, unless it is there: who may not make one may have one."""
        there = exp.select("1").from_("information_schema.schemata")
        if not self.fetch(there.where(exp.column("schema_name").eq(schema))):
            super().create_schema(schema)

    def temporary_table(self, name: str) -> exp.Table:
        """A table of this session alone, in the database of the connection."""
        return exp.Table(this=exp.to_identifier(name, quoted=True))

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a `DATETIME(6)` that means UTC."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.build("DATETIME(6)", "mysql"))

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """From `information_schema`."""
        named = exp.Literal.string(table.schema) if table.schema else exp.func("DATABASE")
        query = (
            exp.select("column_name", "data_type")
            .from_(exp.table_("columns", db="information_schema"))
            .where(exp.column("table_schema").eq(named))
            .where(exp.column("table_name").eq(table.name))
        )
        return {str(column): str(type) for column, type in self.fetch(query)}

    def estimate(self, query: exp.Expr) -> Cost | None:
        """How many rows the planner expects its scans and look-ups to read."""

        def run() -> list[dict[str, Any]]:
            from pymysql.cursors import DictCursor

            # By itself a newer MySQL tells a tree.
            with self.connection.cursor(DictCursor) as cursor:
                cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {self.text(query)}")
                return list(cursor.fetchall())

        steps: Sequence[dict[str, Any]] = self._patiently(run)
        # Steps of the query itself are `<derived3>` and the like.
        read = [step for step in steps if step["table"] and not step["table"].startswith("<")]
        return Cost("EXPLAIN of MySQL", rows=sum(int(step["rows"] or 0) for step in read))


def _number(error: BaseException | None) -> int | None:
    """MySQL's number of an error."""
    number = error.args[0] if error is not None and error.args else None
    return number if isinstance(number, int) else None


def _message(error: BaseException) -> str:
    text = str(error.args[1] if len(error.args) > 1 else error).strip()
    return next(iter(text.splitlines()), type(error).__name__)


def _is_transient(error: BaseException) -> bool:
    """Whether the server may be there in a moment: it starts, is full, or was not reached."""
    unknown = "Name or service not known" in str(error) or "No such file" in str(error)
    return _number(error) in TRANSIENT and not unknown
