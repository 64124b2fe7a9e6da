"""A server that speaks Trino's protocol of statements, and runs them in DuckDB.

No Trino can be had here. Trino's own client talks to this one: it sends a statement, asks for the
pieces of its result, changes its session and cancels, as it would with Trino's coordinator. The
text is read as Trino's and written as DuckDB's, as in `parity.engines.trino`: what this finds is
what sqlglot knows of Trino, and how Segue speaks to it.
"""

import json
import math
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import duckdb
from parity.engines.trino import MACROS, as_duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

CATALOG, SCHEMA = "lake", "shop"
PAGE = 1_000
"""Rows of a piece of a result."""
WAIT = 1.0
"""Seconds that a question for the next piece waits for it."""
PATH = "/v1/statement"
When = int | Callable[[str], bool]

TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    # Sums of whole numbers, and what Trino has none of.
    "HUGEINT": "bigint",
    "INTEGER": "integer",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "varchar",
}
ERRORS = (
    (
        r"name \"?(?P<name>[^\s\"!]+)\"? does not exist",
        "TABLE_NOT_FOUND",
        f"Table '{CATALOG}.{SCHEMA}.{{}}' does not exist",
    ),
    (r"already exists|write-write conflict", "TABLE_ALREADY_EXISTS", "Table 'it' already exists"),
    (r"column \"(?P<name>.+?)\" not found", "COLUMN_NOT_FOUND", "Column '{}' cannot be resolved"),
    (
        r"Overflow in multiplication",
        "NUMERIC_VALUE_OUT_OF_RANGE",
        "bigint multiplication overflow: 9 * 9",
    ),
)


class Refused(Exception):
    """What Trino says of a statement: the name of the error, and a message."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"line 1:1: {message}")


@dataclass
class Statement:
    """A statement that was sent: what became of it, when `done` is set."""

    number: str
    cursor: duckdb.DuckDBPyConnection
    done: threading.Event = field(default_factory=threading.Event)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    header: str | None = None


class TrinoServer:
    """See the module. `sent` are the statements, `cancelled` those that were stopped, and
    `dropped` the results that were not read to their end.

    `denied` are tables that nobody may read, and `create SCHEMA`. So many statements as
    `unavailable` says are answered by 503; an answer that it loses is to one that it has run.
    """

    def __init__(self) -> None:
        self.database = duckdb.connect(config={"threads": 2})
        self.database.execute(f"ATTACH ':memory:' AS {CATALOG}")
        self.database.execute(f"CREATE SCHEMA {CATALOG}.{SCHEMA}")
        self.sent: list[str] = []
        self.cancelled: list[str] = []
        self.denied: set[str] = set()
        self.unavailable = 0
        self.loses_answers = False
        self.dropped = 0
        self._calls: list[tuple[When, Callable[[], object]]] = []
        self._statements: dict[str, Statement] = {}
        self._numbers = count(1)
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        for statement in self._statements.values():
            statement.cursor.interrupt()
            statement.done.wait(10)
        self.database.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._http.server_port

    @property
    def settings(self) -> dict[str, str]:
        """Those of a target."""
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": "ann",
            "catalog": CATALOG,
            "default_schema": SCHEMA,
        }

    @property
    def target(self) -> str:
        """The settings as a target of `segue.yml`."""
        return json.dumps({"engine": "trino", **self.settings})

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection to the tables."""
        cursor = self.database.cursor()
        cursor.execute(f"USE {CATALOG}.{SCHEMA}")
        return cursor

    def call_at(self, when: "When", call: Callable[[], object]) -> None:
        """Calls once, just before the statement of this number or with this text is begun."""
        self._calls.append((when, call))

    # ------------------------------------------------------------ of a request

    def begin(self, text: str, session: str) -> Statement:
        """Begins to run a statement."""
        statement = Statement(f"q{next(self._numbers)}", self.cursor())
        self._statements[statement.number] = statement
        self.sent.append(text)
        for when, call in list(self._calls):
            if when == len(self.sent) or (callable(when) and when(text)):
                self._calls.remove((when, call))
                call()
        limit = re.search(r"query_max_run_time=(\d+)ms", session)
        seconds = int(limit[1]) / 1_000 if limit else None
        threading.Thread(target=self._run, args=(statement, text, seconds), daemon=True).start()
        return statement

    def find(self, number: str) -> Statement:
        """A statement that was begun."""
        return self._statements[number]

    def cancel(self, statement: Statement) -> None:
        """Stops a statement that runs."""
        if not statement.done.is_set():
            self.cancelled.append(statement.number)
            statement.cursor.interrupt()
        else:
            self.dropped += 1

    def _run(self, statement: Statement, text: str, seconds: float | None) -> None:
        late = threading.Event()

        def stop() -> None:
            late.set()
            statement.cursor.interrupt()

        timer = threading.Timer(seconds or 0, stop)
        if seconds is not None:
            timer.start()
        try:
            self._answer(statement, text)
        except Refused as refused:
            statement.error = _error(refused)
        except duckdb.InterruptException:
            name = "EXCEEDED_TIME_LIMIT" if late.is_set() else "USER_CANCELED"
            statement.error = _error(Refused(name, "Query was stopped"))
        except Exception as error:
            statement.error = _error(_told(error))
        finally:
            timer.cancel()
            statement.done.set()

    def _answer(self, statement: Statement, text: str) -> None:
        if found := re.fullmatch(r"SET SESSION (\w+) = '(\w+)'", text):
            statement.header = f"{found[1]}={found[2]}"
            return
        if text.startswith("EXPLAIN"):
            statement.columns = [_column("Query Plan", "VARCHAR")]
            statement.rows = [[self._plan(text.removeprefix("EXPLAIN (TYPE IO, FORMAT JSON) "))]]
            return
        try:
            tree = parse_one(text, read="trino")
        except ParseError as error:
            raise Refused("SYNTAX_ERROR", str(error)) from error
        self._check(tree)
        cursor = statement.cursor
        for macro in MACROS:
            cursor.execute(macro.replace("CREATE MACRO", "CREATE TEMP MACRO"))
        for table in tree.find_all(exp.Table):
            if table.db == "information_schema":
                # DuckDB has it once, for all catalogs.
                table.set("catalog", exp.to_identifier("system"))
        cursor.execute(as_duckdb(tree.sql("trino", identify=True), "trino"))
        if isinstance(tree, exp.Query | exp.Describe):
            statement.columns = [_column(c[0], str(c[1])) for c in cursor.description or ()]
            statement.rows = [[_json(value) for value in row] for row in cursor.fetchall()]
        else:
            statement.columns = [_column("result", "BOOLEAN")]
            statement.rows = [[True]]

    def _check(self, tree: exp.Expr) -> None:
        """Refuses what Trino refuses and DuckDB takes."""
        if tree.find(exp.TemporaryProperty):
            raise Refused("SYNTAX_ERROR", "mismatched input 'TEMPORARY'")
        for table in tree.find_all(exp.Table):
            if table.name in self.denied:
                where = f"{CATALOG}.{SCHEMA}.{table.name}"
                raise Refused(
                    "PERMISSION_DENIED",
                    f"Access Denied: Cannot select from columns [a, b] in table or view {where}",
                )
            if tree.find(exp.Create) and f"create {table.db}" in self.denied:
                raise Refused(
                    "PERMISSION_DENIED", f"Access Denied: Cannot create schema {table.db}"
                )
        if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query):
            for item in tree.expression.selects:
                if isinstance(item.unalias(), exp.Null):
                    raise Refused("COLUMN_TYPE_UNKNOWN", f"Column type is unknown: {item.alias}")

    def _plan(self, query: str) -> str:
        tables = []
        tree = parse_one(query, read="trino")
        steps = {step.alias for step in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name not in steps:
                rows = self.cursor().execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()
                estimate = {"outputRowCount": float(rows[0]), "outputSizeInBytes": "NaN"}
                tables.append({"table": {}, "constraint": {}, "estimate": estimate})
        return json.dumps({"inputTableColumnInfos": tables})


class _Handler(BaseHTTPRequestHandler):
    owner: TrinoServer
    protocol_version = "HTTP/1.1"
    # Else the body of an answer waits until its head is confirmed.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.owner.unavailable:
            self.owner.unavailable -= 1
            self._send(503)
            return
        session = unquote(self.headers.get("X-Trino-Session", ""))
        statement = self.owner.begin(text, session)
        if self.owner.loses_answers:
            statement.done.wait()
            self.close_connection = True
            return
        self._send(200, self._about(statement, next_page=0))

    def do_GET(self) -> None:
        number, page = self.path.removeprefix(f"{PATH}/").split("/")
        statement = self.owner.find(number)
        if not statement.done.wait(WAIT):
            self._send(200, self._about(statement, next_page=int(page)))
            return
        if statement.error:
            self._send(200, {**self._about(statement), "error": statement.error})
            return
        start = int(page) * PAGE
        rows = statement.rows[start : start + PAGE]
        more = start + PAGE < len(statement.rows)
        answer = self._about(statement, next_page=int(page) + 1 if more else None)
        if statement.columns:
            answer["columns"] = statement.columns
        if rows:
            answer["data"] = rows
        headers = {"X-Trino-Set-Session": statement.header} if statement.header else {}
        self._send(200, answer, headers)

    def do_DELETE(self) -> None:
        number = self.path.removeprefix(f"{PATH}/").split("/")[0]
        self.owner.cancel(self.owner.find(number))
        self._send(204)

    def _about(self, statement: Statement, next_page: int | None = None) -> dict[str, Any]:
        about: dict[str, Any] = {
            "id": statement.number,
            "infoUri": f"http://127.0.0.1:{self.owner.port}/ui",
            "stats": {"state": "FINISHED" if next_page is None else "RUNNING"},
        }
        if next_page is not None:
            where = f"{PATH}/{statement.number}/{next_page}"
            about["nextUri"] = f"http://127.0.0.1:{self.owner.port}{where}"
        return about

    def _send(
        self, status: int, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


def _column(name: str, type: str) -> dict[str, Any]:
    raw = TYPES.get(type)
    arguments: list[int] = []
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type):
        raw, arguments = "decimal", [int(decimal[1]), int(decimal[2])]
    elif raw == "timestamp":
        arguments = [6]
    elif raw == "varchar":
        arguments = [2_147_483_647]
    if raw is None:
        raise Refused("NOT_SUPPORTED", f"a column of type {type}")
    signature = {
        "rawType": raw,
        "arguments": [{"kind": "LONG", "value": argument} for argument in arguments],
    }
    return {"name": name, "type": raw, "typeSignature": signature}


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def _told(error: Exception) -> Refused:
    for pattern, name, message in ERRORS:
        if found := re.search(pattern, str(error)):
            return Refused(name, message.format(found.groupdict().get("name")))
    return Refused("GENERIC_INTERNAL_ERROR", str(error))


def _error(refused: Refused) -> dict[str, Any]:
    return {
        "message": str(refused),
        "errorCode": 1,
        "errorName": refused.name,
        "errorType": "USER_ERROR",
        "failureInfo": {"type": "io.trino.spi.TrinoException"},
    }
