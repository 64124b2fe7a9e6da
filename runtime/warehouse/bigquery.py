"""BigQuery, through Google's own client.

A store is kept in parts. BigQuery has transactions over several tables, in a session, but one that
is open outlives the client that began it: a run that is killed would keep its tables locked until
the session has been idle for a day, and every run until then would be refused. A manifest has no
such owner. What publishes it is the update of one row: a single statement, of which BigQuery lets
one at a time change a table.

Working tables are temporary ones of a session, which is begun with the first of them. A statement
is a job; its name is given by the client, so that one that is sent again, because no answer came,
is the same job. A job that failed is run anew only where it is a query.

No BigQuery has run this. The tests speak to a server of their own, which lets Google's reference
implementation of the language compute.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import EPOCH, from_microseconds
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.cost import Cost
from segue.runtime.warehouse.failures import Cause, StatementFailed, failure
from segue.runtime.warehouse.parts.heads import HeadWarehouse
from segue.runtime.warehouse.parts.manifest import Column
from segue.runtime.warehouse.patience import patiently, timed_out
from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    import pyarrow
    from google.cloud.bigquery import Client, QueryJob, QueryJobConfig

T = TypeVar("T")

TYPES = {
    "BIGINT": "INT64",
    "TEXT": "STRING",
    "TIMESTAMP": "DATETIME",
    "BOOLEAN": "BOOL",
    "DOUBLE": "FLOAT64",
}
KEPT_AS = {
    **{kind: name for name, kind in TYPES.items()},
    # What the interface calls some of them.
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
}
KINDS = {int: "INT64", float: "FLOAT64", str: "STRING"}
QUERIES = ("SELECT", "WITH", "(")
"""How statements begin that change nothing."""
LABELS = {"application": "segue"}
SECONDS_TO_CONNECT = 30
ROWS_AT_ONCE = 5_000
"""Rows of values in one statement, which may have a million characters."""
_CONFLICT = "concurrent update"
_TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where jobs run, and what they may cost."""

    dataset: str | None
    location: str | None
    most_bytes: int | None


class BigQueryWarehouse(HeadWarehouse):
    """A client of one project, in which the stores are too."""

    dialect: ClassVar[str] = "bigquery"
    incremental: ClassVar[bool] = True

    def __init__(self, client: "Client", place: _Place) -> None:
        super().__init__()
        self.client = client
        self._place = place
        self._session_id: str | None = None

    @classmethod
    def open(cls, settings: Mapping[str, str]) -> "BigQueryWarehouse":
        """A client for the settings of a target: by the file of a key, or as the environment
        of Google's tools says."""
        try:
            from google.api_core.exceptions import GoogleAPIError
            from google.auth.exceptions import GoogleAuthError
            from google.cloud.bigquery.retry import DEFAULT_RETRY
        except ImportError:
            raise Refusal(
                "the driver for BigQuery is not installed", "pip install 'segue-lang[bigquery]'"
            ) from None
        most = _number_of_bytes(settings.get("maximum_bytes_billed"))
        dataset, location = settings.get("dataset"), settings.get("location")
        try:
            client = _client(settings)
            if location is None and dataset is not None:
                patience = DEFAULT_RETRY.with_timeout(SECONDS_TO_CONNECT)
                location = client.get_dataset(dataset, retry=patience).location
        except (GoogleAPIError, GoogleAuthError, OSError, ValueError) as error:
            # The messages name projects, files and accounts, and never a key.
            raise Refusal(f"cannot connect to BigQuery: {_message(error)}") from None
        return cls(client, _Place(dataset, location, most))

    def close(self) -> None:
        """Ends the session, and with it its tables."""
        with suppress(Exception):
            if self._session_id is not None:
                self.execute_text("CALL BQ.ABORT_SESSION()")
        self.client.close()

    # -------------------------------------------------------------- statements

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        return self._job(text, lambda job: [tuple(row.values()) for row in job.result()])

    def _job(
        self,
        text: str,
        read: "Callable[[QueryJob], T]",
        config: "QueryJobConfig | None" = None,
    ) -> T:
        """Runs a job, and what reads its result; it is cancelled at Ctrl-C, or for its time."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.bigquery.retry import DEFAULT_JOB_RETRY

        begun: Future[QueryJob] = Future()

        def run() -> T:
            try:
                job = self.client.query(
                    text,
                    config or self._config(),
                    location=self._place.location,
                    job_retry=DEFAULT_JOB_RETRY if text.startswith(QUERIES) else None,
                )
            except BaseException as error:
                begun.set_exception(error)
                raise
            begun.set_result(job)
            return read(job)

        def cancel() -> None:
            with suppress(Exception):
                begun.result().cancel()

        try:
            return patiently(run, cancel, self.timeout)
        except GoogleAuthError as error:
            raise Refusal(f"cannot connect to BigQuery: {_message(error)}") from None
        except (GoogleAPIError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> Exception:
        message = _message(error)
        if _TIMED_OUT in message and self.timeout is not None:
            return timed_out(self.timeout)
        return failure(Exception(message), "40001" if _CONFLICT in message else None)

    def _config(self, **more: Any) -> "QueryJobConfig":
        from google.cloud.bigquery import ConnectionProperty, QueryJobConfig

        config = QueryJobConfig(labels=LABELS, use_legacy_sql=False, **more)
        if self._place.dataset is not None:
            config.default_dataset = f"{self.client.project}.{self._place.dataset}"
        if self._place.most_bytes is not None:
            config.maximum_bytes_billed = self._place.most_bytes
        if self.timeout is not None:
            config.job_timeout_ms = max(1, self.timeout // 1000)
        if self._session_id is not None:
            config.connection_properties = [ConnectionProperty("session_id", self._session_id)]
        return config

    def stream(self, query: exp.Expr, size: int) -> Iterator[list[Row]]:
        """The rows of a query, page by page of its result."""
        from google.api_core.exceptions import GoogleAPIError

        text = self.text(self.placed(query))
        found = self._job(text, lambda job: job.result(page_size=size))
        try:
            for page in found.pages:
                yield [tuple(row.values()) for row in page]
        except GoogleAPIError as error:
            raise self._failed(error) from error

    def fetch_arrow(self, statement: exp.Expr, columns: Sequence[str]) -> "pyarrow.Table":
        """The rows of a query as an Arrow table, as the client makes it."""

        def read(job: "QueryJob") -> "pyarrow.Table":
            return job.result().to_arrow(create_bqstorage_client=False)

        found = self._job(self.text(self.placed(statement)), read)
        return found.rename_columns(list(columns))

    def estimate(self, query: exp.Expr) -> Cost | None:
        """The bytes that BigQuery says it would read."""
        read = self._job(
            self.text(self.placed(query)),
            lambda job: job.total_bytes_processed,
            self._config(dry_run=True, use_query_cache=False),
        )
        return Cost("dry run of BigQuery", bytes=int(read or 0))

    def counted_days(self, table: exp.Table, column: str) -> Mapping[int, int] | None:
        """What BigQuery keeps of the partitions of a table, where these are the days of the column.

        While rows are streamed into it, some are in no partition yet.
        """
        from google.api_core.exceptions import GoogleAPIError

        project, dataset = table.catalog or self.client.project, table.db or self._place.dataset
        try:
            found = self.client.get_table(f"{project}.{dataset}.{table.name}")
        except (GoogleAPIError, ValueError):
            # A view of another dataset, a right that is missing: who reads the rows is told.
            return None
        by = found.time_partitioning
        if by is None or (by.type_, by.field) != ("DAY", column) or found.streaming_buffer:
            return None
        query = exp.select("partition_id", "total_rows").from_(_partitions(project, str(dataset)))
        try:
            rows = self.fetch(query.where(exp.column("table_name").eq(table.name)))
        except StatementFailed:
            return None
        return {_day(name): int(count) for name, count in rows if name.isdigit()}

    def column_types(self, table: TableName) -> Mapping[str, str]:
        """By the interface, which runs no query; fields that hold several values have no type."""
        from google.api_core.exceptions import GoogleAPIError

        project, dataset = table.catalog or self.client.project, table.schema or self._place.dataset
        try:
            found = self.client.get_table(f"{project}.{dataset}.{table.name}")
        except (GoogleAPIError, ValueError):
            # Who reads the rows is told.
            return {}
        return {f.name: "" if f.mode == "REPEATED" else f.field_type for f in found.schema}

    def moment(self, microseconds: int) -> exp.Expr:
        """An instant as a literal: a `DATETIME` that means UTC."""
        text = from_microseconds(microseconds).replace(tzinfo=None).isoformat(" ", "microseconds")
        return exp.cast(exp.Literal.string(text), exp.DataType.build("DATETIME", "bigquery"))

    def create_schema(self, schema: str) -> None:
        """Makes the dataset of a store, unless it is there, where the tables are."""
        from google.api_core.exceptions import NotFound
        from google.cloud.bigquery import Dataset

        dataset = Dataset(f"{self.client.project}.{schema}")
        dataset.location = self._place.location

        def make() -> None:
            try:
                self.client.get_dataset(dataset.reference)
            except NotFound:
                self.client.create_dataset(dataset, exists_ok=True)

        self._ask(make)

    def _ask(self, what: Callable[[], T]) -> T:
        """Asks for something that is no statement."""
        from google.api_core.exceptions import GoogleAPIError

        try:
            return what()
        except GoogleAPIError as error:
            raise self._failed(error) from error

    # ------------------------------------------------------------------- parts

    def typed(self, column: Column) -> exp.DataType:
        """The type of a column."""
        return exp.DataType.build(TYPES[column.type], dialect="bigquery")

    def part(self, schema: str, name: str) -> exp.Table:
        """A table of the dataset, or a temporary one of the session's, which none is named for."""
        table = exp.Table(this=exp.to_identifier(name, quoted=True))
        if schema:
            table.set("db", exp.to_identifier(schema, quoted=True))
            # A view says where its tables are, whoever reads it.
            table.set("catalog", exp.to_identifier(self.client.project, quoted=True))
        return table

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Makes a table of a query."""
        create = exp.Create(this=self.part(schema, name), kind="TABLE", expression=query)
        if schema:
            self.execute_text(self.text(create))
            return
        create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        if self._session_id is None:
            self._session_id = self._job(
                self.text(create), _began, self._config(create_session=True)
            )
        else:
            self.execute_text(self.text(create))

    def drop_part(self, schema: str, name: str) -> None:
        """Drops a table, if it is there; temporary ones go with the session."""
        if schema:
            table = f"{self.client.project}.{schema}.{name}"
            self._ask(lambda: self.client.delete_table(table, not_found_ok=True))

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of a table, by a query that is not run."""
        query = exp.select("*").from_(self.part(schema, name))
        config = self._config(dry_run=True, use_query_cache=False)
        fields = self._job(self.text(query), lambda job: job.schema, config)
        return tuple(Column(f.name, KEPT_AS.get(f.field_type, "")) for f in fields or ())

    def names(self, schema: str) -> list[str]:
        """All tables and views of a schema; none where there is no such schema."""
        from google.api_core.exceptions import NotFound

        def names() -> list[str]:
            try:
                found = self.client.list_tables(f"{self.client.project}.{schema}")
                return [table.table_id for table in found]
            except NotFound:
                return []

        return self._ask(names)

    def _fill(self, table: exp.Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Puts many rows into a table, as an array of them."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            source = exp.Unnest(
                expressions=[_array(columns, rows[start : start + ROWS_AT_ONCE])],
                alias=exp.TableAlias(columns=[exp.to_identifier("row", quoted=True)]),
            )
            items = [exp.alias_(exp.column(name, "row"), name, quoted=True) for name in columns]
            self.execute(
                exp.insert(exp.select(*items).from_(source), table.copy(), columns=list(columns))
            )

    def changed(self, update: exp.Update) -> int:
        """What BigQuery says of the job."""
        try:
            return self._job(self.text(update), _changed)
        except StatementFailed as failed:
            if failed.cause is Cause.CONFLICT:
                return 0
            raise

    def drop_view(self, schema: str, name: str) -> None:
        """Drops a view, which is a table to the interface, if it is there."""
        self.drop_part(schema, name)


def _client(settings: Mapping[str, str]) -> "Client":
    from google.cloud.bigquery import Client
    from google.oauth2.service_account import Credentials

    keyfile = settings.get("keyfile")
    credentials = None if keyfile is None else Credentials.from_service_account_file(keyfile)
    return Client(project=settings["project"], credentials=credentials)


def _number_of_bytes(written: str | None) -> int | None:
    if written is None:
        return None
    digits = written.replace("_", "")
    if not digits.isdigit():
        raise Refusal(
            f"`maximum_bytes_billed` is a number of bytes, not `{written}`",
            "for example `maximum_bytes_billed: 10_000_000_000`",
        )
    return int(digits)


def _partitions(project: str, dataset: str) -> exp.Table:
    """The view of a dataset that has a row for each partition of its tables."""
    names = {"this": "INFORMATION_SCHEMA.PARTITIONS", "db": dataset, "catalog": project}
    return exp.Table(**{part: exp.to_identifier(name, quoted=True) for part, name in names.items()})


def _day(partition: str) -> int:
    """The day of a partition called `20251201`, since 1970-01-01."""
    return (date(int(partition[:4]), int(partition[4:6]), int(partition[6:])) - EPOCH.date()).days


def _changed(job: "QueryJob") -> int:
    """How many rows a job has changed, once it is done."""
    job.result()
    return int(job.num_dml_affected_rows or 0)


def _began(job: "QueryJob") -> str:
    """The session that a job has begun, once it is done."""
    job.result()
    info = job.session_info
    assert info is not None
    return str(info.session_id)


def _array(columns: Sequence[str], rows: Sequence[Row]) -> exp.Array:
    """Rows as an array of structures, whose first names the columns and their types."""
    first, *others = rows
    typed = exp.Cast(
        this=exp.Struct(expressions=[exp.convert(value) for value in first]),
        to=exp.DataType(
            this=exp.DataType.Type.STRUCT,
            nested=True,
            expressions=[
                exp.ColumnDef(
                    this=exp.to_identifier(name, quoted=True),
                    kind=exp.DataType.build(KINDS[type(value)], dialect="bigquery"),
                )
                for name, value in zip(columns, first, strict=True)
            ],
        ),
    )
    more = [exp.Struct(expressions=[exp.convert(v) for v in row]) for row in others]
    return exp.Array(expressions=[typed, *more])


def _message(error: BaseException) -> str:
    """What BigQuery says of an error, without the request and the job it is about."""
    told = [
        said["message"]
        for said in getattr(error, "errors", ())
        if isinstance(said, Mapping) and said.get("message")
    ]
    text = told[0] if told else getattr(error, "message", None) or str(error)
    return next(iter(str(text).strip().splitlines()), type(error).__name__)
