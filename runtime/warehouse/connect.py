"""From a target of `segue.yml`, or a file named on the command line, to a connection."""

from pathlib import Path

from segue.runtime.configuration import Target, read_timeout
from segue.runtime.project import Project
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Warehouse

_SUFFIXES = {".sqlite": "sqlite", ".sqlite3": "sqlite"}
_SQLITE_HEADER = b"SQLite format 3\0"


def connect(target: Target, *, read_only: bool = False) -> Warehouse:
    """Opens the warehouse; raises `Refusal` where that does not work."""
    warehouse = _open(target, read_only)
    written = target.settings.get("timeout")
    if written is None:
        return warehouse
    timeout = read_timeout(written)
    if timeout is None:
        warehouse.close()
        raise Refusal(f"`{written}` is no length of time", "`timeout: 10min`, or --timeout 10min")
    warehouse.limit(timeout)
    return warehouse


def _open(target: Target, read_only: bool) -> Warehouse:
    # Drivers are imported when an engine is used, and not before.
    match target.engine:
        case "duckdb":
            from segue.runtime.warehouse.duckdb import DuckDBWarehouse

            path = _existing(target)
            return DuckDBWarehouse.open(path, read_only=read_only and path != ":memory:")
        case "postgres":
            from segue.runtime.warehouse.postgres import PostgresWarehouse

            return PostgresWarehouse.open(target.settings["dsn"])
        case "mysql":
            from segue.runtime.warehouse.mysql import MySQLWarehouse

            return MySQLWarehouse.open(target.settings["dsn"])
        case "sqlite":
            from segue.runtime.warehouse.sqlite import SQLiteWarehouse

            return SQLiteWarehouse.open(_existing(target))
        case "clickhouse":
            from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

            return ClickHouseWarehouse.open(target.settings["dsn"])
        case "spark":
            from segue.runtime.warehouse.spark import SparkWarehouse

            settings = target.settings
            return SparkWarehouse.open(
                settings["path"], settings.get("store"), settings.get("master")
            )
        case "snowflake":
            from segue.runtime.warehouse.snowflake import SnowflakeWarehouse

            return SnowflakeWarehouse.open(target.settings)
        case engine:
            raise Refusal(f"there is no engine `{engine}`")


def database_target(database: str) -> Target:
    """The target of `--database`: the address of a server, or a file of DuckDB or SQLite."""
    if database.startswith(("clickhouse://", "chdb://")):
        return Target("--database", "clickhouse", {"dsn": database})
    if database.startswith(("postgres://", "postgresql://")):
        return Target("--database", "postgres", {"dsn": database})
    if database.startswith(("mysql://", "mariadb://")):
        return Target("--database", "mysql", {"dsn": database})
    if "://" in database:
        raise Refusal(
            f"no engine is reached as `{database.partition('://')[0]}://`",
            "--database takes a DuckDB or SQLite file, postgresql://…, mysql://… or "
            "clickhouse://…; other engines are described as a target in segue.yml",
        )
    return Target("--database", _engine_of(Path(database)), {"path": database})


def _engine_of(path: Path) -> str:
    """The engine of a file by its name, else by how it begins: `.db` may be either."""
    if path.suffix in _SUFFIXES or not path.is_file():
        return _SUFFIXES.get(path.suffix, "duckdb")
    with path.open("rb") as file:
        return "sqlite" if file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER else "duckdb"


def chosen_target(project: Project, name: str | None, database: str | None) -> Target:
    """The warehouse that a command was told: a target by name, a database, or the default."""
    if name is not None and database is not None:
        raise Refusal("--target and --database exclude each other")
    return project.target(name) if database is None else database_target(database)


def _existing(target: Target) -> str:
    # The engines would make an empty database of a misspelt path.
    path = target.settings["path"]
    if path != ":memory:" and not Path(path).is_file():
        raise Refusal(f"there is no database `{path}`", "`segue init --demo` makes one to try")
    return path
