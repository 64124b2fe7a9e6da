"""Engines that compute the score of a world for rows of features."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import duckdb
import psycopg
from postgres import new_database

from scores.worlds import KEY, TABLE, Row, World, held
from segue.compiler.types import Kind

TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.DECIMAL: "DECIMAL(18, 2)",
    Kind.FLOAT: "DOUBLE PRECISION",
    Kind.RATIO: "DOUBLE PRECISION",
    Kind.DURATION: "BIGINT",
    Kind.STRING: "TEXT",
    Kind.ENUM: "TEXT",
}


class Connection(Protocol):
    """What runs statements, of every driver."""

    def execute(self, query: Any, parameters: Any = ...) -> Any:
        """Runs one statement."""
        ...


def scores(engine: str, world: World, rows: Sequence[Row]) -> list[Any]:
    """The scores of rows as an engine computes them."""
    connection, mark = connected(engine)
    features = world.model.features
    columns = "".join(f', "{f.name}" {TYPES[f.type.kind]}' for f in features)
    connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    connection.execute(f"CREATE TABLE {TABLE} ({KEY} INTEGER{columns})")
    marks = ", ".join([mark] * (len(features) + 1))
    for key, row in enumerate(rows):
        values = [held(value, f.type) for value, f in zip(row, features, strict=True)]
        if engine == "sqlite":
            values = [v if v is None or not hasattr(v, "scaleb") else str(v) for v in values]
        connection.execute(f"INSERT INTO {TABLE} VALUES ({marks})", [key, *values])
    found = dict(connection.execute(world.sql(engine)).fetchall())
    return [found[key] for key in range(len(rows))]


@cache
def connected(engine: str) -> tuple[Connection, str]:
    """A connection, and how a statement marks a parameter."""
    if engine == "duckdb":
        return duckdb.connect(), "?"
    if engine == "sqlite":
        return sqlite3.connect(":memory:"), "?"
    connection = psycopg.connect(new_database(), autocommit=True, prepare_threshold=None)
    connection.execute("SET jit = off")
    connection.execute("SET client_min_messages = error")
    return connection, "%s"
