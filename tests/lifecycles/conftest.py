from collections.abc import Callable, Iterator

import duckdb
import pytest

from lifecycles.shop import Shop
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def shop(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Iterator[Shop]:
    match request.param:
        case "duckdb":
            warehouse = DuckDBWarehouse(duckdb.connect())
        case "postgres":
            warehouse = PostgresWarehouse.open(new_database())
        case _:
            warehouse = SQLiteWarehouse.open(":memory:")
    with warehouse:
        yield Shop(warehouse)
