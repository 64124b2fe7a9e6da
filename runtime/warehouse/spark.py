"""Spark: Parquet and CSV files of a folder, or the tables of the session's own catalog.

Files are written once and have no transactions: a store is kept in parts, each a folder of
Parquet files, and a manifest is a file whose name only one run can take.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql.rows import table as named_table
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.failures import StatementFailed, failure
from segue.runtime.warehouse.folders import Folder, folder_at
from segue.runtime.warehouse.parts import rewriting
from segue.runtime.warehouse.parts.keeper import PartsWarehouse, parts_named
from segue.runtime.warehouse.parts.manifest import Column, Kept, Manifest, read_manifest
from segue.runtime.warehouse.patience import patiently
from segue.runtime.warehouse.scratch_folders import ScratchFolder
from segue.runtime.warehouse.spark_rows import known_rows, read_rows, write_rows
from segue.runtime.warehouse.warehouse import Row, as_list

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

T = TypeVar("T")
TYPES = {
    "BIGINT": "BIGINT",
    "TEXT": "STRING",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
}
NAMES_OF_TYPES = {
    "BIGINT": "long",
    "TEXT": "string",
    "TIMESTAMP": "timestamp_ntz",
    "BOOLEAN": "boolean",
    "DOUBLE": "double",
}
"""The same, as Spark calls them in a schema."""
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""Further settings of a Spark that runs inside this process's machine alone."""
FORMATS = {".parquet": "parquet", ".csv": "csv"}
STORE = "segue_store"


class SparkWarehouse(PartsWarehouse):
    """A Spark session, and the folder that holds the stores."""

    dialect: ClassVar[str] = "spark"

    def __init__(self, session: "SparkSession", store: str) -> None:
        super().__init__()
        self.session = session
        self.store = store.rstrip("/")
        self._views: set[str] = set()
        self._schemas: dict[str, StructType] = {}
        self._scratch = ScratchFolder(folder_at(self.store, session), self._token)
        session.conf.set("spark.sql.session.timeZone", "UTC")

    @classmethod
    def open(
        cls, path: str, store: str | None = None, master: str | None = None
    ) -> "SparkWarehouse":
        """Starts Spark, or takes the session that runs, over the tables in a folder.

        A table is a file `orders.parquet` or `orders.csv`, or a folder `orders` of Parquet
        files; a folder with neither is a schema of such tables.
        """
        session = _session(master or "local[*]")
        warehouse = cls(session, store or f"{path.rstrip('/')}/{STORE}")
        register_tables(session, folder_at(path, session))
        return warehouse

    def close(self) -> None:
        """Forgets the tables of this connection; Spark itself ends with the process."""
        for name in list(self._session):
            self._drop("", name)
        self._scratch.remove()

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        return self._guarded(lambda: [tuple(row) for row in self.session.sql(text).collect()])

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, a partition at a time."""
        frame = self._guarded(lambda: self._frame(self._query(query)))
        rows = map(tuple, frame.toLocalIterator())
        while batch := list(islice(rows, size)):
            yield batch

    def fetch_arrow(self, statement: exp.Expr, columns: Sequence[str]) -> "pyarrow.Table":
        """The rows of a query as an Arrow table, which Java hands over in batches."""
        frame: Any = self._guarded(lambda: self.session.sql(self.text(self.placed(statement))))
        return self._guarded(frame.toArrow).rename_columns(list(columns))

    @contextmanager
    def loaded(self, name: str, columns: Mapping[str, Any]) -> Iterator[None]:
        """The columns as a view of this session, handed over as Arrow."""
        import pyarrow

        part = self._new_part("", name)
        arrays = {title: pyarrow.array(as_list(values)) for title, values in columns.items()}
        frame = self.session.createDataFrame(pyarrow.table(arrays))
        frame.createOrReplaceTempView(_view("", part))
        self._views.add(_view("", part))
        self._put("", name, Kept(tuple(Column(title, "") for title in columns), (part,)))
        yield
        self._drop("", name)

    def estimate(self, query: exp.Expr) -> Cost | None:
        """The size of what the optimised plan reads, as far as Spark knows it."""
        frame: Any = self._guarded(lambda: self.session.sql(self.text(self.placed(query))))
        leaves = frame._jdf.queryExecution().optimizedPlan().collectLeaves()
        sizes = (leaves.apply(i).stats().sizeInBytes() for i in range(leaves.size()))
        return Cost("EXPLAIN of Spark", bytes=sum(int(str(size)) for size in sizes))

    def _guarded(self, run: Callable[[], T]) -> T:
        """Keeps the limit of a statement, and tells what Spark refuses."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return patiently(run, self.session.sparkContext.cancelAllJobs, self.timeout)
        except (PySparkException, Py4JError) as error:
            raise failure(_told(error)) from error

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """As Spark knows them without a job."""
        try:
            name = named_table(table).sql("spark", identify=True)
            return dict(self._guarded(lambda: self.session.table(name).dtypes))
        except StatementFailed:
            # Who reads the rows is told.
            return {}

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a timestamp without zone."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.Type.TIMESTAMPNTZ)

    def create_schema(self, schema: str) -> None:
        """Nothing to do: a store is a folder, made with the first file in it."""

    # ------------------------------------------------------------------- parts

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        return exp.DataType.build(TYPES[column.type], dialect="spark")

    def rows_of(self, values: exp.Values, names: Sequence[str]) -> exp.Query:
        """Rows of values, as a table in FROM: a union of many rows takes Spark seconds to plan."""
        return rewriting.in_from(values, names)

    def part(self, schema: str, name: str) -> exp.Table:
        """A view of this session over the files of a part."""
        view = _view(schema, name)
        if view not in self._views:
            self._read(schema, name).createOrReplaceTempView(view)
            self._views.add(view)
        return exp.Table(this=exp.to_identifier(view, quoted=True))

    def _read(self, schema: str, name: str) -> "DataFrame":
        path, columns = self._path(schema, name), self._schema(schema, name)
        rows = read_rows(self.session, folder_at(path, self.session), columns)
        return self.session.read.schema(columns).parquet(path) if rows is None else rows

    def _schema(self, schema: str, name: str) -> "StructType":
        """The columns of a part. To find them in its files is a job for Spark."""
        view = _view(schema, name)
        if view not in self._schemas:
            columns = self._columns_of(schema, name)
            self._schemas[view] = (
                _struct_of(columns)
                if columns and all(column.type in NAMES_OF_TYPES for column in columns)
                else self.session.read.parquet(self._path(schema, name)).schema
            )
        return self._schemas[view]

    def _columns_of(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of the table that a part belongs to; none of a part of no table."""
        tables = self._tables(schema).values()
        return next((table.columns for table in tables if name in table.parts), ())

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Writes the files of a part."""

        if not schema:
            self._scratch.begin()

        def write() -> None:
            frame = self._frame(query)
            self._schemas[_view(schema, name)] = _nullable(frame.schema)
            self._add_files(schema, name, frame)

        self._guarded(write)

    def append_to_part(self, schema: str, name: str, query: exp.Query) -> None:
        """Writes further files into the folder of a part, with columns of the same types."""

        def append() -> None:
            frame = self._frame(query).to(self._schema(schema, name))
            self._add_files(schema, name, frame)

        self._guarded(append)

    def _add_files(self, schema: str, name: str, frame: "DataFrame") -> None:
        path = self._path(schema, name)
        if (rows := known_rows(frame)) is None:
            frame.write.mode("append").parquet(path)
        else:
            write_rows(folder_at(path, self.session), rows)
        self._views.discard(_view(schema, name))

    def drop_part(self, schema: str, name: str) -> None:
        """Removes the folder of a part, if it is there."""
        view = _view(schema, name)
        if view in self._views:
            self.session.catalog.dropTempView(view)
            self._views.discard(view)
        self._schemas.pop(view, None)
        folder_at(self._path(schema, ""), self.session).remove(name)

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of the files."""
        return tuple(Column(column, "") for column in self._schema(schema, name).names)

    def parts_of(self, schema: str) -> list[str]:
        """The folders of parts."""
        return parts_named(folder_at(self._path(schema, ""), self.session).names())

    def _frame(self, query: exp.Query) -> "DataFrame":
        return self.session.sql(self.text(query))

    def _path(self, schema: str, name: str) -> str:
        parts = f"{schema}/parts" if schema else self._scratch.name
        return f"{self.store}/{parts}/{name}"

    # --------------------------------------------------------------- manifests

    def _manifests_folder(self, schema: str) -> Folder:
        return folder_at(f"{self.store}/{schema}/manifests", self.session)

    def head(self, schema: str) -> Manifest:
        """The manifest with the greatest number."""
        folder = self._manifests_folder(schema)
        number = max(_numbers(folder), default=0)
        return read_manifest(folder.read(f"{number}.json").decode()) if number else Manifest()

    def publish(self, schema: str, manifest: Manifest) -> bool:
        """Gives a finished file the name of this number, which only one run can."""
        folder = self._manifests_folder(schema)
        if any(number >= manifest.number for number in _numbers(folder)):
            return False
        return folder.add(f"{manifest.number}.json", manifest.to_text())


def _struct_of(columns: Iterable[Column]) -> "StructType":
    """The columns of a store as Spark reads them from files."""
    from pyspark.sql.types import StructType

    made = StructType()
    for column in columns:
        made.add(column.name, NAMES_OF_TYPES[column.type])
    return made


def _nullable(schema: "StructType") -> "StructType":
    """Columns of a query as they are once they were written to files."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(field.name, field.dataType) for field in schema])


def _view(schema: str, name: str) -> str:
    """The view that stands for a part."""
    return f"{schema}__{name}"


def register_tables(session: "SparkSession", folder: Folder) -> None:
    """Makes the tables in a folder known to the session by their names."""
    for name in folder.names():
        if name.startswith((".", "_")) or name == STORE:
            continue
        if kind := _kind(folder, name):
            _reader(session, kind).load(folder.path(name)).createOrReplaceTempView(_stem(name))
            continue
        inner = folder.inner(name)
        tables = {found: kind for found in inner.names() if (kind := _kind(inner, found))}
        if tables:
            create = exp.Create(this=exp.to_table(name, quoted=True), kind="SCHEMA", exists=True)
            session.sql(create.sql("spark", identify=True))
        for found, kind in tables.items():
            _create_table(session, f"`{name}`.`{_stem(found)}`", kind, inner.path(found))


def _create_table(session: "SparkSession", name: str, kind: str, path: str) -> None:
    if session.catalog.tableExists(name):
        session.catalog.refreshTable(name)
        return
    options = {"header": "true", "inferSchema": "true"} if kind == "csv" else {}
    session.catalog.createTable(name, path=path, source=kind, **options)
    if any(column.isPartition for column in session.catalog.listColumns(name)):
        session.catalog.recoverPartitions(name)


def _reader(session: "SparkSession", kind: str) -> Any:
    reader = session.read.format(kind)
    return reader.options(header=True, inferSchema=True) if kind == "csv" else reader


def _kind(folder: Folder, name: str) -> str | None:
    """How the table of this name is written; None for what is no table."""
    for suffix, kind in FORMATS.items():
        if name.endswith(suffix):
            return kind
    inside = folder.inner(name).names()
    if any(found.endswith(".parquet") or "=" in found for found in inside):
        return "parquet"
    return "csv" if any(found.endswith(".csv") for found in inside) and "/" in name else None


def _stem(name: str) -> str:
    for suffix in FORMATS:
        name = name.removesuffix(suffix)
    return name


def _told(error: Exception) -> Exception:
    """The error with what Java says of it, which Py4J leaves for last."""
    java = getattr(error, "java_exception", None)
    return error if java is None else RuntimeError(str(java.getMessage()))


def _numbers(folder: Folder) -> list[int]:
    stems = (name.removesuffix(".json") for name in folder.names() if name.endswith(".json"))
    return [int(stem) for stem in stems if stem.isdigit()]


def _session(master: str) -> "SparkSession":
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise Refusal("Spark is not installed", "pip install 'segue-lang[spark]'") from None
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    # Else the workers are another Python than this one.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("segue").master(master)
    local = master.startswith("local")
    for name, value in {**SETTINGS, **(LOCAL if local else {})}.items():
        builder = builder.config(name, value)
    if local:
        builder = builder.config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 4)))
    try:
        with warnings.catch_warnings():
            # About the pandas that is installed, which nothing here uses.
            warnings.simplefilter("ignore", FutureWarning)
            return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Refusal(
            f"cannot start Spark: {line}", "it needs Java 17 or later; JAVA_HOME says where it is"
        ) from None
