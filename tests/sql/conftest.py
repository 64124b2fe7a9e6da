import sqlite3
from typing import Any

import duckdb
import psycopg
import pytest

from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from sql.shop import Shop


class DuckDBEngine:
    dialect = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 2})
        # Not UTC, on purpose: nothing may depend on the zone of the session.
        self.connection.execute("SET TimeZone = 'Asia/Tokyo'")

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement).fetchall()


class SQLiteEngine:
    dialect = "sqlite"

    def __init__(self) -> None:
        self.warehouse = SQLiteWarehouse(sqlite3.connect(":memory:"))

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        return self.warehouse.connection.execute(statement).fetchall()


class PostgresEngine:
    dialect = "postgres"

    def __init__(self, uri: str) -> None:
        self.connection = psycopg.connect(uri, autocommit=True)
        self.connection.execute("SET TimeZone = 'Asia/Tokyo'")

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session", params=["duckdb", "sqlite", "postgres"])
def shop(request: pytest.FixtureRequest) -> Shop:
    engine: Any
    match request.param:
        case "duckdb":
            engine = DuckDBEngine()
        case "sqlite":
            engine = SQLiteEngine()
        case _:
            engine = PostgresEngine(request.getfixturevalue("new_database")())
    shop = Shop(engine)
    shop.create()
    return shop
