"""Amazon Redshift, through its own driver.

One transaction holds a run, tables and all. It begins with the lock of a table that is there for
nothing else: a lock of Redshift's keeps readers out too. And it begins with nothing before the
lock: what a transaction sees is fixed by its first query, so that a run which waited would not see
what the one before it wrote, and be undone (error 1023).

No Redshift has run this. The tests speak to Postgres, from which it descends.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.address import Address, Form, read_address
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.failures import Cause, StatementFailed, failure
from segue.runtime.warehouse.patience import SECOND, patiently, timed_out
from segue.runtime.warehouse.retrying import connecting
from segue.runtime.warehouse.warehouse import Row, Warehouse

if TYPE_CHECKING:
    from redshift_connector import Connection

SSL_MODES = ("verify-ca", "verify-full", "disable")
FORM = Form(
    "Redshift",
    ("redshift",),
    5439,
    ("profile", "region", "cluster_identifier", "serverless_work_group", "sslmode"),
)
LOCK = "lock"
"""The table that is locked."""
PATIENCE = 2 * SECOND
"""How long a run waits for another one before it is refused."""
MOST_FETCHED = 1000
"""Rows that a cluster of one node gives at a time."""

_TRANSIENT_STATES = frozenset({"53300", "57P03"})
_TRANSIENT = ("Connection refused", "Connection reset", "timed out", "time out")
_CONFLICT = re.compile(r"Serializable isolation violation|conflict with concurrent transaction")
_SCAN = re.compile(r"Seq Scan on .*? rows=(\d+)")
_COST = re.compile(r"cost=[\d.]+\.\.([\d.]+)")


class RedshiftWarehouse(Warehouse):
    """A connection to one database of a cluster, or of a workgroup."""

    dialect: ClassVar[str] = "redshift"
    incremental: ClassVar[bool] = True
    has_primary_keys: ClassVar[bool] = False

    def __init__(self, connection: "Connection", another: Callable[[], "Connection"]) -> None:
        self.connection = connection
        self._another = another
        self._working: set[str] = set()
        """Temporary tables of this session: another table of their name is never dropped."""
        self._reading = False
        """Whether a transaction that only reads is open."""
        connection.autocommit = True
        self.execute_text("SET timezone TO 'UTC'")
        self._process = int(self.execute_text("SELECT pg_backend_pid()")[0][0])

    @classmethod
    def open(cls, dsn: str) -> "RedshiftWarehouse":
        """Connects to what `redshift://user:password@host:5439/database` names.

        Without a password it is AWS that says who may connect: its environment, or `?profile=`.
        """
        try:
            import redshift_connector
        except ImportError:
            raise Refusal(
                "the driver for Redshift is not installed", "pip install 'segue-lang[redshift]'"
            ) from None
        arguments = _arguments(read_address(dsn, FORM))

        def connect() -> "Connection":
            return redshift_connector.connect(**arguments)

        try:
            return connecting(lambda: cls(connect(), connect), _is_transient)
        except Exception as error:
            # Of the driver, of the AWS library that it asks for a password, or of the socket;
            # the message names host and user, and never the password.
            raise Refusal(f"cannot connect to Redshift: {_message(error)}") from None

    def close(self) -> None:
        """Ends the connection."""
        with suppress(Exception):
            self.connection.close()

    # -------------------------------------------------------------- statements

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        try:
            return self._run(text, None)
        except StatementFailed as failed:
            if failed.cause is Cause.CANCELLED and self.timeout is not None:
                raise timed_out(self.timeout) from None
            raise

    def _run(self, text: str, timeout: int | None) -> list[Row]:
        from redshift_connector import Error

        def run() -> list[Row]:
            with self.connection.cursor() as cursor:
                cursor.execute(text)
                return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

        try:
            return patiently(run, self._cancel, timeout)
        except (Error, OSError) as error:
            raise failure(Exception(_message(error)), _state(error)) from error

    def _cancel(self) -> None:
        """Ends the statement on the server, through a connection of its own."""
        with suppress(Exception), self._another() as other, other.cursor() as cursor:
            cursor.execute(f"SELECT pg_cancel_backend({self._process})")

    def execute(self, statement: exp.Expr) -> None:
        """Runs a statement for its effect."""
        table = statement.find(exp.Table)
        if isinstance(statement, exp.Drop) and table is not None and not table.db:
            if table.name not in self._working:
                return
            self._working.discard(table.name)
        super().execute(statement)
        if isinstance(statement, exp.Create) and table is not None and not table.db:
            self._working.add(table.name)

    def limit(self, timeout: int) -> None:
        """Redshift itself cancels a statement that runs for too long."""
        super().limit(timeout)
        self.execute_text(f"SET statement_timeout TO {max(1, timeout // 1000)}")

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, through a cursor of the server."""
        fetch = f"FETCH FORWARD {min(size, MOST_FETCHED)} FROM segue_export"
        with nullcontext() if self._reading else self.transaction():
            self.execute_text(f"DECLARE segue_export CURSOR FOR {self.text(query)}")
            while rows := self.execute_text(fetch):
                yield rows
            self.execute_text("CLOSE segue_export")

    def estimate(self, query: exp.Expr) -> Cost | None:
        """What the planner expects: rows of all scans, and the cost in its own units."""
        plan = [str(row[0]) for row in self.execute_text(f"EXPLAIN {self.text(query)}")]
        total = _COST.search(plan[0])
        return Cost(
            "EXPLAIN of Redshift",
            rows=sum(int(found[1]) for step in plan if (found := _SCAN.search(step))),
            units=float(total[1]) if total else None,
        )

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """From `information_schema`; Redshift keeps names in small letters."""
        named = exp.convert(table.schema.lower()) if table.schema else exp.func("CURRENT_SCHEMA")
        query = (
            exp.select("column_name", "data_type")
            .from_("information_schema.columns")
            .where(exp.column("table_schema").eq(named))
            .where(exp.column("table_name").eq(table.name.lower()))
        )
        return {str(name): str(type) for name, type in self.fetch(query)}

    # ------------------------------------------------------------ transactions

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All or nothing of what is written."""
        kept = False
        try:
            with super().transaction(keep=keep):
                yield
            kept = keep
        finally:
            if not kept:
                self._working.clear()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is all of one moment."""
        self._reading = True
        try:
            with super().snapshot():
                yield
        finally:
            self._reading = False

    def _begin_snapshot(self) -> None:
        # To Redshift that is SERIALIZABLE: it reads as of its first query.
        self.execute_text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _roll_back(self) -> None:
        # After a lost connection there is nothing to roll back, and the first error matters.
        try:
            super()._roll_back()
        except StatementFailed:
            self.close()

    def lock(self, name: str) -> None:
        """Locks a table until the transaction ends; see the module for why it begins anew."""
        table = self.store_table(name, LOCK)
        self.execute_text("ROLLBACK")
        self._make_lock(name, table)
        self.execute_text("BEGIN")
        try:
            self._run(f"LOCK TABLE {self.text(table)}", PATIENCE)
        except Refusal:
            raise Refusal(
                f"another run is writing to the schema `{name}`",
                "wait for it to end, and run again",
            ) from None

    def _make_lock(self, name: str, table: exp.Table) -> None:
        """Makes the table and its schema, unless they are there, or another run makes them now."""
        if self.has_table(table):
            return
        column = exp.ColumnDef(this=exp.to_identifier("held"), kind=exp.DataType.build("BOOLEAN"))
        schema = exp.Schema(this=table.copy(), expressions=[column])
        create = exp.Create(this=schema, kind="TABLE", exists=True)
        _unless_there(lambda: self.create_schema(name), lambda: self._has_schema(name))
        _unless_there(lambda: self.execute(create), lambda: self.has_table(table))

    # ------------------------------------------------------------------ tables

    def has_table(self, table: exp.Table) -> bool:
        """Whether a table of a store is there: Redshift keeps names in small letters."""
        query = exp.select("1").from_("information_schema.tables")
        return bool(
            self.fetch(
                query.where(
                    exp.column("table_schema").eq(table.db.lower()),
                    exp.column("table_name").eq(table.name.lower()),
                )
            )
        )

    def create_schema(self, schema: str) -> None:
        """Makes the schema of a store, unless it is there: who may not make one may have one."""
        if not self._has_schema(schema):
            super().create_schema(schema)

    def _has_schema(self, schema: str) -> bool:
        there = exp.select("1").from_("pg_catalog.pg_namespace")
        return bool(self.fetch(there.where(exp.column("nspname").eq(schema.lower()))))

    def temporary_table(self, name: str) -> exp.Table:
        """A table of this session alone, which no schema can be named for."""
        return exp.Table(this=exp.to_identifier(name, quoted=True))


def _unless_there(make: Callable[[], None], there: Callable[[], bool]) -> None:
    try:
        make()
    except StatementFailed:
        if not there():
            raise


def _arguments(address: Address) -> dict[str, Any]:
    """What the driver is told."""
    options = dict(address.options)
    mode = options.pop("sslmode", SSL_MODES[0])
    if mode not in SSL_MODES:
        # The driver takes an unknown one for none at all.
        raise Refusal(f"there is no `sslmode={mode}`", f"there are {', '.join(SSL_MODES)}")
    arguments: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "application_name": "segue",
        # What is prepared once does not fit working tables that are made anew.
        "max_prepared_statements": 0,
        **options,
    }
    arguments |= {"ssl": False} if mode == "disable" else {"sslmode": mode}
    if address.password:
        return {**arguments, "user": address.user, "password": address.password}
    if mode == "disable":
        return {**arguments, "user": address.user, "password": ""}
    as_user = {"db_user": address.user} if address.user else {"group_federation": True}
    return {**arguments, "iam": True, **as_user}


def _fields(error: BaseException) -> dict[str, str]:
    """What the server says of an error, by its letters: `C` the code, `M` the message."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, dict) else {}


def _state(error: BaseException) -> str | None:
    """The standard's code of an error; Redshift has none for conflicts."""
    return "40001" if _CONFLICT.search(_message(error)) else _fields(error).get("C")


def _message(error: BaseException) -> str:
    said = _fields(error)
    if said:
        return " ".join(said[letter] for letter in ("M", "D") if said.get(letter))
    text = ": ".join(str(part) for part in error.args) or type(error).__name__
    return text.strip().splitlines()[0]


def _is_transient(error: BaseException) -> bool:
    """Whether the server may be there in a moment: it starts, is full, or was not reached."""
    text = _message(error)
    return _fields(error).get("C") in _TRANSIENT_STATES or any(s in text for s in _TRANSIENT)
