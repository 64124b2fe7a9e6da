"""Runs on the engines that take long to install or to start are as those on all others.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mariadb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift

from membership.test_refresh import *  # noqa: F403  # the same tests, elsewhere
from membership.types_of import KINDS, columns, kinds
from membership.world import World
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import Binding
from segue.grammar.parser import parse
from segue.runtime.membership.store import Store
from segue.runtime.warehouse.failures import Mistyped
from segue.runtime.warehouse.folders import folder_at
from segue.runtime.warehouse.mistyped import check_types
from segue.runtime.warehouse.spark import register_tables


class ClickHouseWorld(World):
    def prepare(self) -> None:
        self.warehouse.execute_text(
            "CREATE TABLE marks (key String, segment String) ENGINE = MergeTree ORDER BY tuple()"
        )


class SnowflakeWorld(World):
    """fakesnow, which does not know that quotes may be left out."""

    def prepare(self) -> None:
        self.warehouse.execute_text('CREATE TABLE "marks" ("key" VARCHAR, "segment" VARCHAR)')

    def fill(self, marks: list[tuple[str, str]]) -> None:
        self.warehouse.execute_text('DELETE FROM "marks"')
        for key, name in marks:
            self.warehouse.execute_text(f"""INSERT INTO "marks" VALUES ('{key}', '{name}')""")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


class SparkWorld(World):
    folder: Path
    marks: list[tuple[str, str]]

    def repeat(self, key: str) -> None:
        self.fill([*self.marks, (key, "nothing")])

    def prepare(self) -> None:
        self.folder = Path(self.warehouse.store) / "marks.parquet"

    def fill(self, marks: list[tuple[str, str]]) -> None:
        self.marks = marks
        self.folder.parent.mkdir(exist_ok=True)
        columns = zip(*marks, strict=True)
        pq.write_table(pa.table(dict(zip(("key", "segment"), columns, strict=True))), self.folder)
        register_tables(self.warehouse.session, folder_at(str(self.folder.parent), None))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


class MySQLWorld(World):
    def prepare(self) -> None:
        self.warehouse.execute_text("CREATE TABLE marks (`key` VARCHAR(50), segment VARCHAR(50))")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


class TrinoWorld(World):
    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


@pytest.fixture(params=["clickhouse", "mysql", "redshift", "snowflake", "spark", "trino"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    match request.param:
        case "clickhouse":
            pytest.importorskip("clickhouse_connect")
            from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

            with ClickHouseWarehouse.open("chdb://memory") as warehouse:
                yield ClickHouseWorld(warehouse)
                warehouse.execute_text("DROP TABLE marks")
                warehouse.execute_text("DROP DATABASE IF EXISTS segue")
        case "mysql":
            pytest.importorskip("pymysql")
            if (absent := mariadb.missing()) is not None:
                pytest.skip(absent)

            from segue.runtime.warehouse.mysql import MySQLWarehouse

            with mariadb.new_address() as address, MySQLWarehouse.open(address) as warehouse:
                yield MySQLWorld(warehouse)
        case "redshift":
            pytest.importorskip("redshift_connector")

            from segue.runtime.warehouse.redshift import RedshiftWarehouse

            with RedshiftWarehouse.open(redshift.new_address()) as warehouse:
                yield World(warehouse)
        case "snowflake":
            fakesnow = pytest.importorskip("fakesnow")

            if "more_segments" in request.node.name:
                pytest.skip("fakesnow sums whole numbers as doubles, which Snowflake does not")

            from segue.runtime.warehouse.snowflake import SnowflakeWarehouse

            settings = {"account": "a", "user": "u", "password": "p", "database": "shop"}
            with fakesnow.patch(), SnowflakeWarehouse.open(settings) as warehouse:
                yield SnowflakeWorld(warehouse)
        case "spark":
            pytest.importorskip("pyspark")
            from segue.runtime.warehouse.spark import SparkWarehouse

            with SparkWarehouse.open(
                str(tmp_path), str(tmp_path / "lake"), "local[2]"
            ) as warehouse:
                yield SparkWorld(warehouse)
        case "trino":
            pytest.importorskip("trino")
            from trino_server import TrinoServer

            from segue.runtime.warehouse.trino import TrinoWarehouse

            with TrinoServer() as server, TrinoWarehouse.open(server.settings) as warehouse:
                yield TrinoWorld(warehouse)


CATALOG = """
entity: {name: person, table: marks, key: {column: key, type: string}, attributes: {segment: int}}
"""
# fakesnow does not know that quotes may be left out.
TYPED = {"snowflake": '"typed"'}
MADE = {
    "clickhouse": "CREATE TABLE {} ({}) ENGINE = Memory",
    "spark": "CREATE TABLE {} ({}) USING parquet",
}
OTHERWISE = {
    "clickhouse": {
        "n": "Nullable(UInt32)",
        "name": "LowCardinality(Nullable(String))",
        "at": "DateTime64(6, 'UTC')",
        "day": "Date32",
    },
    "redshift": {"x": "DOUBLE PRECISION"},
    "spark": {"name": "STRING", "at": "TIMESTAMP_NTZ"},
}
CALLED = {"mysql": {"yes": "int"}}
"""What engines make of a type."""


def test_an_engine_says_the_types_of_columns(world: World) -> None:
    warehouse = world.warehouse
    create = MADE.get(warehouse.engine, "CREATE TABLE {} ({})")
    name = TYPED.get(warehouse.engine, "typed")
    named = columns(**OTHERWISE.get(warehouse.engine, {}))
    warehouse.execute_text(create.format(name, named))
    found = kinds(warehouse, "typed")
    warehouse.execute_text(f"DROP TABLE {name}")
    assert found == {**KINDS, **CALLED.get(warehouse.engine, {})}
    assert warehouse.column_types(TableName("typed")) == {}


def test_a_column_of_texts_that_the_catalog_calls_a_number_is_refused(world: World) -> None:
    world.people(ann="reader")
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    rules = parse("segment s { when segment > 3 }", "rules.seg").module
    plan = analyse([Source((), rules)], catalog).plan
    assert plan is not None
    with pytest.raises(Mistyped, match=r"`marks.segment` is of the type `int`"):
        check_types(world.warehouse, plan, Binding(0, ZoneInfo("UTC")))
