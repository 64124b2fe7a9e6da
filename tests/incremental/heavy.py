"""The same random histories on the engines that take long to install or to start.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run. On Spark a full
run costs less, so that all are; others would have the same outcome.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import java
import mariadb
import pyarrow.parquet as pq
import pytest
import redshift
from parity.case import Case
from parity.engines.duckdb import arrow
from parity.engines.sql import quoted

from incremental.histories import follow, search
from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse
from segue.runtime.warehouse.mysql import MySQLWarehouse
from segue.runtime.warehouse.redshift import RedshiftWarehouse
from segue.runtime.warehouse.snowflake import SnowflakeWarehouse
from segue.runtime.warehouse.spark import SparkWarehouse
from segue.runtime.warehouse.warehouse import Row

Check = Callable[[int], None]


OPENS = re.compile(r"(?:FROM|JOIN) `(segue_\w+)`")
WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) `[^`]+`\.`(?!store`)")


class WatchedMySQL(MySQLWarehouse):
    """Holds a run to what MySQL asks for, and MariaDB does not: a statement opens a working table
    once. And to what ends a transaction of both: no table is made between the first row that is
    written and the end."""

    wrote = False

    def execute_text(self, text: str) -> list[Row]:
        opened = Counter(OPENS.findall(text))
        assert all(count == 1 for count in opened.values()), text
        first, second, *_ = *text.split(), ""
        if first in ("BEGIN", "COMMIT", "ROLLBACK"):
            self.wrote = False
        elif WRITES.match(text):
            self.wrote = True
        elif first in ("CREATE", "ALTER", "DROP"):
            assert second == "TEMPORARY" or not self.wrote, text
        return super().execute_text(text)


class IncrementalSpark(SparkWarehouse):
    incremental: ClassVar[bool] = True


@contextmanager
def on_clickhouse(folder: Path) -> Iterator[Check]:
    pytest.importorskip("chdb")
    from parity.engines.clickhouse import loading

    class Engine:
        def load(self, case: Case) -> None:
            for statement in loading(case):
                warehouse.execute_text(statement)

    def check(seed: int) -> None:
        schemas = f"s{next(numbers)}"
        follow(seed, warehouse, Engine(), schemas)
        for how in ("part", "full"):
            warehouse.execute_text(f"DROP DATABASE {schemas}_{how}")

    numbers = count()
    with ClickHouseWarehouse.open("chdb://memory") as warehouse:
        yield check


@contextmanager
def on_snowflake(folder: Path) -> Iterator[Check]:
    pytest.importorskip("fakesnow")
    from parity.engines.snowflake import Snowflake

    engine, numbers = Snowflake(), count()
    engine.duckdb.execute("SET TimeZone = 'UTC'")
    with SnowflakeWarehouse(engine.connection) as warehouse:
        yield lambda seed: follow(seed, warehouse, engine, f"s{next(numbers)}")


@contextmanager
def on_mysql(folder: Path) -> Iterator[Check]:
    if mariadb.missing() is not None:
        pytest.skip(str(mariadb.missing()))
    pytest.importorskip("pymysql")
    from parity.engines.mysql import MySQL, within_timestamps

    engine, numbers = MySQL(), count()

    def check(seed: int) -> None:
        schemas = f"s{next(numbers)}"
        follow(seed, warehouse, engine, schemas, within_timestamps)
        for how in ("part", "full"):
            warehouse.execute_text(f"DROP DATABASE {schemas}_{how}")

    address = f"mysql://root@localhost/{engine.database}?socket={mariadb.server()}"
    with WatchedMySQL.open(address) as warehouse:
        yield check


@contextmanager
def on_redshift(folder: Path) -> Iterator[Check]:
    pytest.importorskip("redshift_connector")
    from parity.engines import redshift as relative

    from segue.compiler.sql.dialects.redshift import Redshift

    engine, numbers = relative.Redshift(), count()
    # Another session asks.
    engine.table = "TABLE"
    with (
        patch.object(Redshift, "max_identifier", relative.LONGEST),
        RedshiftWarehouse.open(redshift.address_of(engine.database)) as warehouse,
    ):
        yield lambda seed: follow(seed, warehouse, engine, f"s{next(numbers)}")


@contextmanager
def on_spark(folder: Path) -> Iterator[Check]:
    pytest.importorskip("pyspark")
    from parity.engines.spark import Spark

    engine, numbers = Spark(), count()
    with IncrementalSpark(engine.session, str(folder)) as warehouse:
        yield lambda seed: follow(seed, warehouse, engine, f"s{next(numbers)}")


@contextmanager
def on_bigquery(folder: Path) -> Iterator[Check]:
    pytest.importorskip("google.cloud.bigquery")
    pytest.importorskip("zetasql")
    import bigquery
    import bigquery_server

    from segue.runtime.warehouse.bigquery import BigQueryWarehouse

    class Engine:
        def load(self, case: Case) -> None:
            for table in case.tables.values():
                kinds = {name: kind for name, (kind, _) in table.columns.items()}
                rows = [[row[name] for name in kinds] for row in table.rows]
                project.load(table.name, kinds, rows)

    project, numbers = bigquery.BigQuery(), count()
    with bigquery_server.served(project) as address, pytest.MonkeyPatch.context() as context:
        context.setenv("BIGQUERY_EMULATOR_HOST", address)
        key = str(bigquery_server.keyfile(folder, address))
        settings = {"project": bigquery.PROJECT, "dataset": "shop", "keyfile": key}
        with BigQueryWarehouse.open(settings) as warehouse:
            yield lambda seed: follow(seed, warehouse, Engine(), f"s{next(numbers)}")


@contextmanager
def on_trino(folder: Path) -> Iterator[Check]:
    pytest.importorskip("trino")
    from trino_server import TrinoServer

    from segue.runtime.warehouse.trino import TrinoWarehouse

    class Engine:
        def load(self, case: Case) -> None:
            cursor = server.cursor()
            for table in case.tables.values():
                cursor.register("incoming", arrow(table))
                cursor.execute(f"CREATE OR REPLACE TABLE {quoted(table.name)} AS FROM incoming")
                cursor.unregister("incoming")

    numbers = count()
    with TrinoServer() as server, TrinoWarehouse.open(server.settings) as warehouse:
        yield lambda seed: follow(seed, warehouse, Engine(), f"s{next(numbers)}")


@contextmanager
def on_databricks(folder: Path) -> Iterator[Check]:
    pytest.importorskip("databricks.sql")
    pytest.importorskip("pyspark")
    if (absent := java.missing()) is not None:
        pytest.skip(absent)
    from databricks_server import DatabricksServer

    from segue.runtime.warehouse.databricks import DatabricksWarehouse

    class Engine:
        def load(self, case: Case) -> None:
            for table in case.tables.values():
                path = folder / f"{next(files)}.parquet"
                pq.write_table(arrow(table), path)
                name = table.name.replace("`", "``")
                warehouse.execute_text(
                    f"CREATE OR REPLACE TEMPORARY VIEW `{name}` AS SELECT * FROM parquet.`{path}`"
                )

    numbers, files, server = count(), count(), DatabricksServer(folder)
    try:
        with server.talking(), DatabricksWarehouse.open(server.settings) as warehouse:
            yield lambda seed: follow(seed, warehouse, Engine(), f"s{next(numbers)}")
    finally:
        server.close()


ENGINES = {
    "bigquery": (on_bigquery, 3),
    "clickhouse": (on_clickhouse, 4),
    "databricks": (on_databricks, 1),
    "mysql": (on_mysql, 4),
    "redshift": (on_redshift, 4),
    "snowflake": (on_snowflake, 4),
    "spark": (on_spark, 1),
    "trino": (on_trino, 4),
}


@pytest.mark.parametrize("name", ENGINES)
def test_equal_to_a_full_run(name: str, tmp_path: Path) -> None:
    engine, histories = ENGINES[name]
    with engine(tmp_path) as check:
        search(histories, check)
