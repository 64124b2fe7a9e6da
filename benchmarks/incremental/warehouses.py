"""The warehouses, with the tables of a DuckDB file."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.sql.engines import started
from segue.runtime.warehouse.warehouse import Warehouse


@contextmanager
def opened(name: str, file: Path) -> Iterator[Warehouse]:
    """A warehouse that may be written to; the file stays as it is."""
    if name == "duckdb":
        from segue.runtime.warehouse.duckdb import DuckDBWarehouse

        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(file, Path(folder) / "copy.duckdb")
            with DuckDBWarehouse.open(str(copy)) as warehouse:
                warehouse.execute_text("SET threads = 2")
                yield warehouse
        return
    from segue.runtime.warehouse.postgres import PostgresWarehouse

    with started("postgres", file) as engine:
        yield PostgresWarehouse(engine.connection)  # type: ignore[attr-defined]  # Postgres
