from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from membership.in_parts import PartsOfDuckDB
from membership.world import World
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Warehouse


@pytest.fixture
def postgres(new_database: Callable[[], str]) -> str:
    """The address of an empty database."""
    return new_database()


@pytest.fixture
def duckdb_file(tmp_path: Path) -> str:
    path = str(tmp_path / "shop.duckdb")
    duckdb.connect(path).close()
    return path


@pytest.fixture(params=["duckdb", "postgres", "sqlite", "parts"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    warehouse: Warehouse
    match request.param:
        case "duckdb":
            warehouse = DuckDBWarehouse(duckdb.connect())
        case "postgres":
            warehouse = PostgresWarehouse.open(request.getfixturevalue("postgres"))
        case "parts":
            warehouse = PartsOfDuckDB(duckdb.connect())
        case _:
            warehouse = SQLiteWarehouse.open(":memory:")
    with warehouse:
        yield World(warehouse)
