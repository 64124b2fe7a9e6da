"""What Segue asks of a warehouse, whatever engine it is.

Statements are sqlglot trees: constant texts of ours, parsed, with names and values put in as
nodes. So no name and no value of a user is ever joined into a text.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, TableName
from segue.compiler.plan.windows import from_microseconds, to_microseconds
from segue.compiler.sql.rows import table as named_table
from segue.compiler.sql.working import TableOf
from segue.runtime.warehouse.cost import Cost

if TYPE_CHECKING:
    import pyarrow

Row = tuple[Any, ...]


class Warehouse(ABC):
    """A connection. `dialect` names the SQL that the compiler writes for it."""

    dialect: ClassVar[str]
    temporary_schema: ClassVar[str] = "temp"
    has_primary_keys: ClassVar[bool] = True
    """Whether a primary key helps look-ups more than it costs when many rows are written."""
    incremental: ClassVar[bool] = False
    """Whether a run may compute only what can have changed: whether that was tested there."""

    rewrites_tables: ClassVar[bool] = False
    """Whether to change some rows of a table is to write all of it anew."""

    rows_a_statement: ClassVar[int] = 500
    """How many rows of values are put into a working table at once."""

    full_joins: ClassVar[bool] = True
    """Whether the engine has FULL JOIN, and one that is no slower than two joins to the left."""
    tables_end_transactions: ClassVar[bool] = False
    """Whether making a table ends the transaction, so that all are made before anything is
    written."""

    working_tables: ClassVar[bool] = False
    """Whether what a query shares is faster in working tables that are made before it."""

    times_are_texts: ClassVar[bool] = False
    """Whether a column of times or days is one of texts."""

    gathers_strips: ClassVar[bool] = False
    """Whether to read the rows of strips of time costs as much as to read a table, so that a run
    reads them once, into a working table."""

    most_kept: ClassVar[int] = 800
    """How many values a row of a table may have, each perhaps a text with its time."""

    timeout: int | None = None
    """Microseconds that one statement may run; None is for as long as it takes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def engine(self) -> str:
        """What it is called, as in a target; not every engine has a dialect of its own."""
        return self.dialect

    @abstractmethod
    def close(self) -> None:
        """Ends the connection."""

    @abstractmethod
    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement of this engine's SQL; the rows it gives, if any."""

    def limit(self, timeout: int) -> None:
        """From now on a statement that runs for so many microseconds is cancelled."""
        self.timeout = timeout

    def estimate(self, query: exp.Expr) -> Cost | None:
        """What the engine says that a query will cost, without running it; None if nothing."""
        return None

    def counted_days(self, table: exp.Table, column: str) -> Mapping[int, int] | None:
        """How many rows a table has by the day of a column (in UTC, since 1970-01-01).

        None unless the engine knows that without reading the rows.
        """
        return None

    @abstractmethod
    def lock(self, name: str) -> None:
        """Keeps other runs out until the transaction ends; `Refusal` when one is at work."""

    def inspect(self, catalog: Catalog) -> None:  # noqa: B027  # most engines have nothing to refuse
        """Refuses tables whose values this engine would compare wrongly without a word."""

    def column_types(self, table: TableName) -> Mapping[str, str] | None:
        """The columns of a table with their types as the engine calls them, by reading no row.

        Empty where there is no such table, or where the engine does not say; None where it is not
        asked.
        """
        return None

    def holds_texts(self, table: TableName, column: str) -> bool:
        """Whether a column that is not declared as one of texts holds one that is no number."""
        return False

    def holds_fractions(self, table: TableName, column: str) -> bool:
        """Whether a column of numbers holds one that is not whole, or has more than 64 bits."""
        value, limit = exp.column(column, quoted=True), exp.Literal.number(2**63)
        whole = value.eq(exp.func("FLOOR", value.copy()))
        fits = exp.and_(whole, value < limit, value >= exp.Neg(this=limit.copy()))
        query = exp.select("1").from_(named_table(table)).where(exp.not_(fits))
        return self.fetch_one(query.limit(1)) is not None

    def has_table(self, table: exp.Table) -> bool:
        """Whether a table of a store is there."""
        query = (
            exp.select("1")
            .from_("information_schema.tables")
            .where(
                exp.column("table_schema").eq(table.db),
                exp.column("table_name").eq(table.name),
            )
        )
        return bool(self.fetch(query))

    def text(self, statement: exp.Expr) -> str:
        """The statement as this engine reads it, every identifier quoted."""
        return self.used_up(statement.copy())

    def used_up(self, statement: exp.Expr) -> str:
        """The text of a statement that nobody reads again: to copy a large one takes as long as to
        write it."""
        return statement.sql(self.dialect, identify=True, copy=False)

    def execute(self, statement: exp.Expr) -> None:
        """Runs a statement for its effect, and uses it up."""
        self.execute_text(self.used_up(statement))

    def fetch(self, statement: exp.Expr) -> list[Row]:
        """The rows of a query."""
        return self.execute_text(self.text(statement))

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, so many at a time; all of them at once where a driver cannot."""
        rows = self.fetch(query)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def fetch_arrow(self, statement: exp.Expr, columns: Sequence[str]) -> "pyarrow.Table":
        """The rows of a query as an Arrow table, its columns by name (needs pyarrow)."""
        from segue.runtime.warehouse.arrow import table_of_rows

        return table_of_rows(self.fetch(statement), columns)

    def fetch_one(self, statement: exp.Expr) -> Row | None:
        """The first row of a query."""
        rows = self.fetch(statement)
        return rows[0] if rows else None

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All or nothing: commits at the end, unless something was raised or `keep` is false."""
        self.execute_text("BEGIN")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self.execute_text("COMMIT" if keep else "ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is all of one moment, whatever others write; nothing is written."""
        self._begin_snapshot()
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self.execute_text("ROLLBACK")

    def _begin_snapshot(self) -> None:
        self.execute_text("BEGIN")

    def _roll_back(self) -> None:
        self.execute_text("ROLLBACK")

    @contextmanager
    def loaded(self, name: str, columns: Mapping[str, Any]) -> Iterator[None]:
        """A working table with these columns, inside the context, which is inside a transaction.

        A column is a list or an array of numpy, of whole numbers, floats or texts; no value is
        missing.
        """
        table = self.temporary_table(name)
        types = {int: "BIGINT", float: "DOUBLE PRECISION", str: "TEXT"}
        lists = {title: as_list(values) for title, values in columns.items()}
        fields = [
            exp.ColumnDef(
                this=exp.to_identifier(title, quoted=True),
                kind=exp.DataType.build(types[type(values[0]) if values else str]),
            )
            for title, values in lists.items()
        ]
        create = exp.Create(
            this=exp.Schema(this=table.copy(), expressions=fields),
            kind="TABLE",
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        self.execute(create)
        self._fill(table, list(lists), list(zip(*lists.values(), strict=True)))
        self.analyse(table)
        yield
        # Where something was raised, the table goes with the transaction.
        self.execute(exp.Drop(tables=[table.copy()], kind="TABLE"))

    def _fill(self, table: exp.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Puts many rows into a table."""
        for start in range(0, len(rows), self.rows_a_statement):
            part = rows[start : start + self.rows_a_statement]
            self.execute(exp.insert(exp.values(part), table.copy(), columns=list(columns)))

    def create_schema(self, schema: str) -> None:
        """Makes the schema of a store, unless it is there."""
        name = exp.Table(this=None, db=exp.to_identifier(schema, quoted=True))
        self.execute(exp.Create(this=name, kind="SCHEMA", exists=True))

    def store_table(self, schema: str, name: str) -> exp.Table:
        """A table of a store."""
        return exp.Table(
            this=exp.to_identifier(name, quoted=True), db=exp.to_identifier(schema, quoted=True)
        )

    def temporary_table(self, name: str) -> exp.Table:
        """A table of this session alone."""
        return exp.Table(
            this=exp.to_identifier(name, quoted=True),
            db=exp.to_identifier(self.temporary_schema, quoted=True),
        )

    @property
    def working(self) -> TableOf | None:
        """The tables of what a query shares; None where that is faster in the query itself."""
        return self._working_table if self.working_tables else None

    def apart(self, part: str) -> exp.Table:
        """The table of a part of a condition that is too large for one statement."""
        return self.temporary_table(f"segue_{part}")

    def _working_table(self, step: str) -> exp.Table:
        return self.temporary_table(f"segue_step_{step}")

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a timestamp without zone that means UTC."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.Type.TIMESTAMP)

    def read_moment(self, value: Any) -> int:
        """An instant that was read, in microseconds since the epoch."""
        assert isinstance(value, datetime)
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return to_microseconds(aware)

    def analyse(self, table: exp.Table) -> None:  # noqa: B027  # most engines need not
        """Lets the engine look at a temporary table before it is joined."""


def as_list(values: Any) -> list[Any]:
    """The values of a column, also of one of numpy, as the objects of the language."""
    return list(values.tolist() if hasattr(values, "tolist") else values)
