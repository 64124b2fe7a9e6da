"""The engines that runs can use: what a target of each is told, and how it is opened.

A new engine is its `Warehouse` in a file of its own, and a declaration here. Nothing else is
imported before a target is opened: `segue check` reads the declarations too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from segue.runtime.refusal import Refusal

if TYPE_CHECKING:
    from segue.runtime.warehouse.warehouse import Warehouse

Settings = Mapping[str, str]
Open = Callable[[Settings, bool], "Warehouse"]
"""From settings to a connection, which may be one that only reads."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, by the name that targets call it.

    `needed`, `optional` and `secret` are its settings: `secret` ones are optional too, and never
    shown. `schemes` are those of the addresses by which `--database` reaches it; `other_dialect` is
    what its SQL is called where that is not called as it is.
    """

    name: str
    open: Open
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ("schema",)
    secret: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    other_dialect: str = ""

    @property
    def dialect(self) -> str:
        """The SQL that it is sent."""
        return self.other_dialect or self.name

    @property
    def settings(self) -> frozenset[str]:
        """All that a target may be told."""
        return frozenset({*self.needed, *self.optional, *self.secret, "timeout"})


def _duckdb(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.duckdb import DuckDBWarehouse

    path = _existing(settings)
    return DuckDBWarehouse.open(path, read_only=read_only and path != ":memory:")


def _sqlite(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.sqlite import SQLiteWarehouse

    return SQLiteWarehouse.open(_existing(settings))


def _postgres(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.postgres import PostgresWarehouse

    return PostgresWarehouse.open(settings["dsn"])


def _mysql(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.mysql import MySQLWarehouse

    return MySQLWarehouse.open(settings["dsn"])


def _clickhouse(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

    return ClickHouseWarehouse.open(settings["dsn"])


def _bigquery(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.bigquery import BigQueryWarehouse

    return BigQueryWarehouse.open(settings)


def _snowflake(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.snowflake import SnowflakeWarehouse

    return SnowflakeWarehouse.open(settings)


def _redshift(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.redshift import RedshiftWarehouse

    return RedshiftWarehouse.open(settings["dsn"])


def _spark(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.spark import SparkWarehouse

    return SparkWarehouse.open(settings["path"], settings.get("store"), settings.get("master"))


def _trino(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.trino import TrinoWarehouse

    return TrinoWarehouse.open(settings)


def _databricks(settings: Settings, read_only: bool) -> "Warehouse":
    from segue.runtime.warehouse.databricks import DatabricksWarehouse

    return DatabricksWarehouse.open(settings)


def _existing(settings: Settings) -> str:
    # The engines would make an empty database of a misspelt path.
    path = settings["path"]
    if path != ":memory:" and not Path(path).is_file():
        raise Refusal(
            f"there is no database `{path}`",
            "it is named by `path` of the target, or by --database; `segue init demo --demo` makes "
            "one to try, in a project of its own",
        )
    return path


_ALL = (
    Engine("duckdb", _duckdb, ("path",)),
    Engine(
        "postgres",
        _postgres,
        ("dsn",),
        schemes=("postgresql", "postgres"),
    ),
    Engine("mysql", _mysql, ("dsn",), schemes=("mysql", "mariadb")),
    Engine("sqlite", _sqlite, ("path",), optional=()),
    Engine("clickhouse", _clickhouse, ("dsn",), schemes=("clickhouse", "chdb")),
    Engine(
        "bigquery",
        _bigquery,
        ("project",),
        optional=("dataset", "location", "keyfile", "maximum_bytes_billed", "schema"),
    ),
    Engine("redshift", _redshift, ("dsn",), schemes=("redshift",)),
    Engine("spark", _spark, ("path",), optional=("store", "master", "schema")),
    Engine(
        "snowflake",
        _snowflake,
        ("account", "user", "database"),
        optional=("role", "warehouse", "authenticator", "private_key_file", "schema"),
        secret=("password", "token", "private_key_file_pwd"),
    ),
    Engine(
        "trino",
        _trino,
        ("host", "user", "catalog"),
        optional=("port", "http_scheme", "default_schema", "store_catalog", "schema"),
        secret=("password", "token"),
    ),
    Engine(
        "databricks",
        _databricks,
        ("host", "http_path"),
        optional=("auth_type", "catalog", "default_schema", "schema"),
        secret=("token",),
        other_dialect="spark",
    ),
)
ENGINES: Mapping[str, Engine] = MappingProxyType({engine.name: engine for engine in _ALL})


def engine_called(name: str) -> Engine | None:
    """The engine of that name, or whose addresses begin so: `mariadb` is what `mysql` reaches."""
    small = name.lower()
    return ENGINES.get(small) or next((e for e in _ALL if small in e.schemes), None)


def secrets(engine: str, settings: Settings) -> tuple[str, ...]:
    """What is never shown of the settings of a target."""
    return tuple(settings[name] for name in ENGINES[engine].secret if name in settings)
