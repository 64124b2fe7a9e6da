"""A BigQuery of the tests' own, to whose interface (`bigquery_server.py`) Google's client speaks.

Queries are computed by Google's reference implementation of the language (zetasql), as they are
written, but for the names of tables, which it knows without projects. What zetasql has no engine
for is done here: tables that are made, filled and dropped of the rows of a query, views, sessions,
jobs that are cancelled.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pruning
import sqlglot
from parity.engines.bigquery import EPOCH_DAY, NUMERIC_PLACES, TYPES, cell
from parity.engines.bigquery import BigQuery as Evaluator
from parity.tables import Store
from sqlglot import exp
from zetasql.api import CatalogBuilder, TableBuilder
from zetasql.core.exceptions import ZetaSQLError
from zetasql.types import TypeKind
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service

PROJECT = "shop-project"
LOCATION = "EU"
NAMES = {
    TypeKind.TYPE_INT64: "INTEGER",
    TypeKind.TYPE_DOUBLE: "FLOAT",
    TypeKind.TYPE_BOOL: "BOOLEAN",
    TypeKind.TYPE_STRING: "STRING",
    TypeKind.TYPE_DATE: "DATE",
    TypeKind.TYPE_DATETIME: "DATETIME",
    TypeKind.TYPE_TIMESTAMP: "TIMESTAMP",
    TypeKind.TYPE_NUMERIC: "NUMERIC",
}
NAME = r"(?P<name>`[^`]+`(?:\.`[^`]+`)*)"
CREATE = re.compile(
    rf"CREATE (?P<replace>OR REPLACE )?(?P<temporary>TEMPORARY )?(?P<kind>TABLE|VIEW) "
    rf"(?P<exists>IF NOT EXISTS )?{NAME} AS (?P<query>.+)",
    re.DOTALL,
)
INSERT = re.compile(rf"INSERT INTO {NAME}(?: \([^)]*\))? (?P<query>SELECT.+)", re.DOTALL)
PARTITIONS = {"table_name": Store.TEXT, "partition_id": Store.TEXT, "total_rows": Store.INT}
SMALLEST = 10_485_760
"""Bytes that a query of BigQuery is paid for at least."""


class Refused(Exception):
    """What BigQuery refuses, with the code and reason that it gives."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.said = {"reason": reason, "message": message, "domain": "global"}

    def to_json(self) -> dict[str, Any]:
        message = self.said["message"]
        return {"error": {"code": self.code, "message": message, "errors": [self.said]}}


Cells = Sequence[Any]


@dataclass
class Table:
    """Columns by name with their type, and rows of what zetasql takes for values.

    `partitioned` is the column whose days are its partitions.
    """

    columns: Mapping[str, int]
    rows: list[Cells]
    view: str = ""
    partitioned: str = ""

    def days(self) -> list[date | None]:
        """The partition of each row."""
        place = list(self.columns).index(self.partitioned)
        values = (plain(row[place], self.columns[self.partitioned]) for row in self.rows)
        return [v.date() if isinstance(v, datetime) else v for v in values]


@dataclass
class Job:
    """A statement that was sent; `done` when it has ended."""

    id: str
    text: str
    configuration: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    found: Table | None = None
    refused: Refused | None = None
    statement: str = "SELECT"
    session: str = ""
    bytes: int = 0
    changed: int = 0
    read: Counter[str] = field(default_factory=Counter)
    """Rows that were read of tables with partitions, by table."""


class BigQuery:
    """One project. `slow` tables are read without end; `secret` ones may not be read."""

    def __init__(self) -> None:
        self.datasets: dict[str, dict[str, Table]] = {"shop": {}}
        self.sessions: dict[str, dict[str, Table]] = {}
        self.jobs: dict[str, Job] = {}
        self.slow: set[str] = set()
        self.secret: set[str] = set()
        self.lost: list[str] = []
        """Beginnings of statements whose next answer does not arrive."""
        self.closed: set[str] = set()
        """Datasets in which nothing may be made."""
        self.hook: Callable[[str], None] = lambda text: None
        """Told each statement before it is run."""
        self.asked: list[str] = []
        self.keep = threading.RLock()

    def load(
        self,
        name: str,
        columns: Mapping[str, Store],
        rows: Sequence[Sequence[Any]],
        partitioned: str = "",
    ) -> None:
        """Makes a table of values of Python, in place of one of that name."""
        kinds = list(columns.values())
        cells = [[cell(v, kind) for v, kind in zip(row, kinds, strict=True)] for row in rows]
        types = {column: TYPES[kind] for column, kind in columns.items()}
        self.datasets["shop"][name] = Table(types, cells, partitioned=partitioned)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives, whoever may ask."""
        with self.keep:
            found = self.computed(query, Job("", query, {"query": {}}))
        return [
            tuple(plain(c, kind) for c, kind in zip(row, found.columns.values(), strict=True))
            for row in found.rows
        ]

    # ----------------------------------------------------------------- queries

    def run(self, job: Job) -> None:
        """Runs a statement to its end."""
        try:
            self.hook(job.text)
            with self.keep:
                self.asked.append(job.text)
                self.execute(job)
        except Refused as refused:
            job.refused = refused
        except Exception as error:
            # A shortcoming of this server: told, lest the client asks for ever.
            job.refused = Refused(400, "invalid", f"{error!r} of the tests' own in {job.text}")
        if any(f"`{name}`" in job.text for name in self.slow):
            return
        job.done.set()

    def execute(self, job: Job) -> None:
        """Does what a statement says."""
        text = job.text
        if job.configuration["query"].get("createSession"):
            job.session = f"session_{len(self.sessions)}"
            self.sessions[job.session] = {}
        if text.startswith("CALL BQ.ABORT_SESSION"):
            job.statement = "CALL"
            self.sessions.pop(job.session)
        elif created := CREATE.fullmatch(text):
            job.statement = f"CREATE_{created['kind']}"
            self.create(created, job)
        elif inserted := INSERT.fullmatch(text):
            job.statement = "INSERT"
            into = self.home(inserted["name"], job)[parts(inserted["name"])[-1]]
            rows = self.computed(inserted["query"], job)
            assert len(rows.columns) == len(into.columns), "a column for each column"
            assert list(rows.columns.values()) == list(into.columns.values()), "types as they are"
            into.rows = [*into.rows, *rows.rows]
            job.changed = len(rows.rows)
        elif text.startswith("UPDATE"):
            job.statement = "UPDATE"
            self.update(job)
        else:
            job.found = self.computed(text, job)

    def create(self, created: "re.Match[str]", job: Job) -> None:
        """Makes a table or a view."""
        name = parts(created["name"])[-1]
        if created["temporary"]:
            assert job.session, "a temporary table outside of a session"
            home = self.sessions[job.session]
        else:
            home = self.home(created["name"], job)
        if name in home and created["exists"]:
            return
        if name in home and not created["replace"]:
            raise Refused(409, "duplicate", f"Already Exists: Table {PROJECT}:{name}")
        found = self.computed(created["query"], job)
        home[name] = found
        if created["kind"] == "VIEW":
            assert not re.search(r"(FROM|JOIN) `\w+` ", created["query"]), "a table without a home"
            home[name] = Table(found.columns, [], view=created["query"])

    def update(self, job: Job) -> None:
        """Changes the rows of a table for which a condition is true."""
        tree = sqlglot.parse_one(job.text, read="bigquery")
        table, where = tree.this, tree.args["where"].this
        new = {change.this.name: change.expression for change in tree.expressions}
        path = ".".join(f"`{part.name}`" for part in table.parts)
        kept = self.home(path, job)[table.name]
        items = [
            exp.alias_(exp.func("IF", where.copy(), new[name], exp.column(name)), name)
            if name in new
            else exp.column(name)
            for name in kept.columns
        ]
        rows = exp.select(*items).from_(table.copy()).sql("bigquery", identify=True)
        matched = exp.select("1").from_(table.copy()).where(where).sql("bigquery", identify=True)
        job.changed = len(self.computed(matched, job).rows)
        kept.rows = self.computed(rows, job).rows

    def computed(self, text: str, job: Job) -> Table:
        """What a query gives, which zetasql computes."""
        builder = CatalogBuilder("project").with_builtin_functions(evaluator().functions)
        content = {}
        for path in dict.fromkeys(re.findall(r"`[^`]+`(?:\.`[^`]+`)*", text)):
            found, name = self.found(path, job)
            if found is None:
                continue
            if found.view:
                found = self.computed(found.view, job)
            if found.partitioned:
                job.read[parts(path)[-1]] += rows_read(found, parts(path)[-1], text)
            if len(parts(path)) > 1:
                text = re.sub(rf"(?<!\.){re.escape(path)}", f"`{name}`", text)
            described = TableBuilder(name)
            for column, kind in found.columns.items():
                described = described.add_column(column, kind)
            builder = builder.add_table(described.build())
            rows = [service.TableData.Row(cell=row) for row in found.rows]
            content[name] = service.TableContent(table_data=service.TableData(row=rows))
            job.bytes += 8 * len(found.rows) * len(found.columns)
        limit = job.configuration["query"].get("maximumBytesBilled")
        if limit is not None and int(limit) < SMALLEST:
            raise Refused(
                400,
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {limit}. {SMALLEST} or higher required.",
            )
        request = service.EvaluateQueryRequest(
            sql=text, options=evaluator().options, table_content=content
        )
        if content:
            request.simple_catalog.CopyFrom(builder.build().to_proto())
        else:
            request.registered_catalog_id = without_tables()
        try:
            answer = evaluator()._call("EvaluateQuery", request, service.EvaluateQueryResponse)
        except ZetaSQLError as error:
            raise self.explained(str(error), job) from None
        columns = {
            column.name
            if not column.name.startswith("$") and column.name
            else f"f{place}_": column.type.type_kind
            for place, column in enumerate(answer.prepared.columns)
        }
        if len(columns) < len(answer.prepared.columns):
            text = "Duplicate column names in the result are not supported"
            raise Refused(400, "invalidQuery", text)
        rows = [[kept(c) for c in row.cell] for row in answer.content.table_data.row]
        return Table(columns, rows)

    def found(self, path: str, job: Job) -> tuple[Table | None, str]:
        """The table of a name, if it is one, and what zetasql calls it."""
        names = parts(path)
        *before, name = names
        if before in ([], ["shop"], [PROJECT, "shop"]) and name in self.secret:
            whole = f"{PROJECT}:shop.{name}"
            raise Refused(
                403,
                "accessDenied",
                f"Access Denied: Table {whole}: User does not have permission to query table "
                f"{whole}, or perhaps it does not exist.",
            )
        if not before:
            home = self.sessions.get(job.session, {})
            default = job.configuration["query"].get("defaultDataset", {}).get("datasetId", "")
            if name not in home:
                home = self.datasets.get(default, {})
            return home.get(name), name
        if len(names) > 3 or (len(names) == 3 and names[0] != PROJECT):
            return None, ""
        if name == "INFORMATION_SCHEMA.PARTITIONS":
            return partitions(self.datasets[names[-2]]), "PARTITIONS"
        return self.datasets.get(names[-2], {}).get(name), ".".join(names[-2:])

    def home(self, path: str, job: Job) -> dict[str, Table]:
        """Where the table of a name is, or should be made."""
        *before, _ = parts(path)
        if not before:
            return self.sessions[job.session]
        dataset = before[-1]
        if dataset in self.closed:
            raise Refused(
                403,
                "accessDenied",
                f"Access Denied: Dataset {PROJECT}:{dataset}: Permission bigquery.tables.create "
                f"denied on dataset {PROJECT}:{dataset} (or it may not exist).",
            )
        if dataset not in self.datasets:
            raise no_dataset(dataset)
        return self.datasets[dataset]

    def explained(self, message: str, job: Job) -> Refused:
        """What zetasql says, as BigQuery says it."""
        message = message.split("] ", 1)[-1]
        if table := re.match(r"Table not found: `?([^`;]+)`?", message):
            name = table[1].replace("`", "")
            default = job.configuration["query"].get("defaultDataset")
            if "." not in name and default is None:
                text = f'Table "{name}" must be qualified with a dataset (e.g. dataset.table).'
                return Refused(400, "invalid", text)
            dataset = f"{default['datasetId']}." if "." not in name and default else ""
            whole = f"{PROJECT}:{dataset}{name.removeprefix(PROJECT + '.')}"
            text = f"Not found: Table {whole} was not found in location {LOCATION}"
            return Refused(404, "notFound", text)
        return Refused(400, "invalidQuery", message)


def rows_read(table: Table, name: str, text: str) -> int:
    """How many rows lie in the partitions that each place of a statement cannot skip."""
    tree = sqlglot.parse_one(text, read="bigquery")
    total = 0
    for found in pruning.reads(tree, name, table.partitioned):
        for day in table.days():
            if found.none or day is None:
                total += day is None and (found.none or found == pruning.Read())
                continue
            after, until = found.after or datetime.min, found.until or datetime.max
            total += after.date() <= day <= until.date()
    return total


def partitions(dataset: Mapping[str, Table]) -> Table:
    """How many rows each partition of the tables of a dataset has."""
    rows = [
        [cell(value, kind) for value, kind in zip(row, PARTITIONS.values(), strict=True)]
        for name, table in dataset.items()
        if table.partitioned
        for row in counted(name, table)
    ]
    return Table({column: TYPES[kind] for column, kind in PARTITIONS.items()}, rows)


def counted(name: str, table: Table) -> list[tuple[str, str, int]]:
    """The partitions of a table."""
    counts = Counter(table.days())
    return [
        (name, "__NULL__" if day is None else f"{day:%Y%m%d}", rows) for day, rows in counts.items()
    ]


@cache
def evaluator() -> Evaluator:
    """zetasql, which takes a while to start."""
    return Evaluator()


@cache
def without_tables() -> int:
    """The catalog of queries that read no table: zetasql makes its functions anew for each other,
    which takes longer than most queries."""
    builder = CatalogBuilder("project").with_builtin_functions(evaluator().functions)
    request = service.RegisterCatalogRequest(simple_catalog=builder.build().to_proto())
    answer = evaluator()._call("RegisterCatalog", request, service.RegisterResponse)
    return int(answer.registered_id)


def parts(path: str) -> list[str]:
    """The names of a path, each in quotes of its own."""
    return path.strip("`").split("`.`")


def kept(cell: Any) -> Any:
    """A value that outlives the answer it came with."""
    found = type(cell)()
    found.CopyFrom(cell)
    return found


def no_dataset(name: str) -> Refused:
    text = f"Not found: Dataset {PROJECT}:{name} was not found in location {LOCATION}"
    return Refused(404, "notFound", text)


# ------------------------------------------------------------------------ values


def plain(cell: Any, kind: int) -> Any:
    """A value as Python has it."""
    held = cell.WhichOneof("value")
    if held is None:
        return None
    value = getattr(cell, held)
    match kind:
        case TypeKind.TYPE_DATE:
            return EPOCH_DAY + timedelta(days=value)
        case TypeKind.TYPE_NUMERIC:
            return Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-NUMERIC_PLACES)
        case TypeKind.TYPE_DATETIME:
            bits = value.bit_field_datetime_seconds
            fields = ((26, 14), (22, 4), (17, 5), (12, 5), (6, 6), (0, 6))
            year, month, day, hour, minute, second = (
                (bits >> shift) & ((1 << width) - 1) for shift, width in fields
            )
            return datetime(year, month, day, hour, minute, second, value.nanos // 1000)
        case TypeKind.TYPE_TIMESTAMP:
            start = datetime(1970, 1, 1, tzinfo=UTC)
            return start + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)
    return value


def written(cell: Any, kind: int) -> str | None:
    """A value as the interface writes it."""
    value = plain(cell, kind)
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime() if value.tzinfo is not None:
            return str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        case datetime() | date():
            return value.isoformat()
        case float():
            return repr(value)
    return str(value)


def schema_of(table: Table) -> dict[str, Any]:
    fields = [{"name": n, "type": NAMES[k], "mode": "NULLABLE"} for n, k in table.columns.items()]
    return {"fields": fields}


# -------------------------------------------------------------------- interface


def resource(job: Job) -> dict[str, Any]:
    """A job as the interface tells it."""
    status: dict[str, Any] = {"state": "DONE" if job.done.is_set() else "RUNNING"}
    if job.refused is not None and job.done.is_set():
        status |= {"errorResult": job.refused.said, "errors": [job.refused.said]}
    query: dict[str, Any] = {
        "statementType": job.statement,
        "totalBytesProcessed": str(job.bytes),
        "numDmlAffectedRows": str(job.changed),
    }
    if job.found is not None:
        query["schema"] = schema_of(job.found)
    statistics: dict[str, Any] = {"query": query, "totalBytesProcessed": str(job.bytes)}
    if job.session:
        statistics["sessionInfo"] = {"sessionId": job.session}
    return {
        "kind": "bigquery#job",
        "id": f"{PROJECT}:{LOCATION}.{job.id}",
        "jobReference": {"projectId": PROJECT, "jobId": job.id, "location": LOCATION},
        "configuration": job.configuration,
        "status": status,
        "statistics": statistics,
    }
