"""MariaDB, a real server in a folder of its own for as long as the process lives."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from math import isfinite
from typing import Any

import pymysql
from mariadb import new_database, server

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask
from parity.generate.rows import microseconds, partition_value
from parity.tables import Store, Table
from segue.compiler.catalog.model import TableEvent, TimeKind
from segue.compiler.catalog.partition import Holds

TYPES = {
    Store.BOOL: "BOOLEAN",
    Store.INT: "BIGINT",
    Store.INT32: "INT",
    Store.FLOAT: "DOUBLE",
    Store.TEXT: "TEXT",
    Store.DATE: "DATE",
    Store.UTC: "DATETIME(6)",
    Store.INSTANT: "TIMESTAMP(6)",
}
STRICT = "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO"
FIRST, LAST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(2038, 1, 19, 3, tzinfo=UTC)
"""What a `TIMESTAMP` can hold."""


class MySQL:
    """See the module."""

    name = "mysql"

    def __init__(self) -> None:
        self.database = new_database()
        self.connection = pymysql.connect(
            unix_socket=server(), user="root", database=self.database, autocommit=True
        )
        self.run(f"SET sql_mode = '{STRICT}'")
        # In turn the session of a run, and that of whoever runs a compiled text by themselves.
        self.merging = cycle(("off", "on"))

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        # Values go in as UTC; queries run in the server's own zone.
        self.run("SET time_zone = '+00:00'")
        for table in case.tables.values():
            name = quoted(table.name)
            columns = ", ".join(f"{quoted(c)} {_type(*s)} NULL" for c, s in table.columns.items())
            self.run(f"DROP TABLE IF EXISTS {name}")
            self.run(f"CREATE TABLE {name} ({columns})")
            if table.rows:
                marks = ", ".join("%s" for _ in table.columns)
                rows = [
                    [_held(row[c], s) for c, (s, _) in table.columns.items()] for row in table.rows
                ]
                with self.connection.cursor() as cursor:
                    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        self.run("SET time_zone = SYSTEM")
        self.run(f"SET optimizer_switch = 'derived_merge={next(self.merging)}'")

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


def within_timestamps(case: Case) -> Case:
    """The case with instants that a `TIMESTAMP` can hold, its rows in the partitions of these."""
    tables = {name: _within(table) for name, table in case.tables.items()}
    events = dict(case.catalog.events)
    for name, event in events.items():
        if not isinstance(event, TableEvent) or event.partition is None:
            continue
        if event.partition.holds is Holds.INSTANT:
            events[name] = replace(event, partition=None)
        elif event.at.kind is TimeKind.INSTANT:
            for row in tables[event.table.name].rows:
                at = row[event.at.name]
                if at is not None:
                    value = partition_value(event.partition, microseconds(at))
                    row[event.partition.column] = value
    return Case(replace(case.catalog, events=events), tables, case.rules, case.binding)


def _within(table: Table) -> Table:
    instants = [name for name, (store, _) in table.columns.items() if store is Store.INSTANT]
    rows = [
        {**row, **{n: min(max(row[n], FIRST), LAST) for n in instants if row[n] is not None}}
        for row in table.rows
    ]
    return Table(table.name, table.columns, rows)


def quoted(name: str) -> str:
    """An identifier of MySQL."""
    return "`" + name.replace("`", "``") + "`"


def _type(store: Store, scale: int) -> str:
    return f"DECIMAL(18, {scale})" if store is Store.DECIMAL else TYPES[store]


def _held(value: Any, store: Store) -> Any:
    match store:
        case Store.UTC | Store.INSTANT if value is not None:
            return value.replace(tzinfo=None)
        case Store.FLOAT if value is not None and not isfinite(value):
            # It can hold neither NaN nor infinity, which are missing values anyway.
            return None
    return value
