"""ClickHouse, in this process (chdb); rows go in through Arrow.

One engine for a process: chdb allows no second one.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from chdb.session import Session

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask, quoted
from parity.tables import Store, Table

TYPES = {
    Store.BOOL: "Nullable(Bool)",
    Store.INT: "Nullable(Int64)",
    Store.INT32: "Nullable(Int32)",
    Store.FLOAT: "Nullable(Float64)",
    Store.TEXT: "Nullable(String)",
    Store.DATE: "Nullable(Date32)",
    Store.UTC: "Nullable(DateTime64(6, 'UTC'))",
    Store.INSTANT: "Nullable(DateTime64(6, 'America/New_York'))",
}


class ClickHouse:
    """See the module."""

    name = "clickhouse"

    @property
    def session(self) -> Session:
        """That of the process, opened when it is first asked for."""
        return _session()

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for statement in loading(case):
            self.session.query(statement)

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        found = self.session.query(sql, "JSONCompact")
        return [tuple(row) for row in json.loads(str(found))["data"]] if str(found) else []


@cache
def _session() -> Session:
    session = Session()
    session.query("CREATE DATABASE IF NOT EXISTS parity")
    session.query("USE parity")
    return session


def release() -> None:
    """Closes the session of the process, for who needs chdb with a folder of their own."""
    if _session.cache_info().currsize:
        _session().close()
        _session.cache_clear()


def loading(case: Case) -> Iterator[str]:
    """The statements that create the tables of a case, in place of those before."""
    for table in case.tables.values():
        name = quoted(table.name)
        columns = ", ".join(f"{quoted(c)} {_type(*s)}" for c, s in table.columns.items())
        yield f"DROP TABLE IF EXISTS {name}"
        yield f"CREATE TABLE {name} ({columns}) ENGINE = Memory"
        if table.rows:
            rows = ", ".join(_row(table, row) for row in table.rows)
            yield f"INSERT INTO {name} VALUES {rows}"


def _type(store: Store, scale: int) -> str:
    return f"Nullable(Decimal(18, {scale}))" if store is Store.DECIMAL else TYPES[store]


def _row(table: Table, row: dict[str, Any]) -> str:
    literals = (_literal(row[name], *of) for name, of in table.columns.items())
    return f"({', '.join(literals)})"


def _literal(value: Any, store: Store, scale: int) -> str:
    if value is None:
        return "NULL"
    match store:
        case Store.BOOL:
            return str(value).lower()
        case Store.TEXT:
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{escaped}'"
        case Store.DECIMAL:
            return f"toDecimal64('{value}', {scale})"
        case Store.DATE:
            return f"toDate32('{value.isoformat()}')"
        case Store.UTC | Store.INSTANT:
            spelled = value.replace(tzinfo=None).isoformat(" ", "microseconds")
            return f"toDateTime64('{spelled}', 6, 'UTC')"
        case _:
            return repr(value)
