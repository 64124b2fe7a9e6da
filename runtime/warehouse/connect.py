"""From a target of `segue.yml`, or a file named on the command line, to a connection."""

from pathlib import Path

from segue.runtime.configuration import Target, read_timeout
from segue.runtime.project import Project
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.engines import ENGINES
from segue.runtime.warehouse.warehouse import Warehouse

DATABASE = "--database"
"""The name of a target that is no target of `segue.yml`."""
_SUFFIXES = {".sqlite": "sqlite", ".sqlite3": "sqlite"}
_SQLITE_HEADER = b"SQLite format 3\0"


def connect(target: Target, *, read_only: bool = False) -> Warehouse:
    """Opens the warehouse; raises `Refusal` where that does not work."""
    warehouse = ENGINES[target.engine].open(target.settings, read_only)
    written = target.settings.get("timeout")
    if written is None:
        return warehouse
    timeout = read_timeout(written)
    if timeout is None:
        warehouse.close()
        raise Refusal(f"`{written}` is no length of time", "`timeout: 10min`, or --timeout 10min")
    warehouse.limit(timeout)
    return warehouse


def database_target(database: str) -> Target:
    """The target of `--database`: the address of a server, or a file of DuckDB or SQLite."""
    scheme, separator, _ = database.partition("://")
    if separator:
        for engine in ENGINES.values():
            if scheme in engine.schemes:
                return Target(DATABASE, engine.name, {"dsn": database})
        known = ", ".join(f"{e.schemes[0]}://…" for e in ENGINES.values() if e.schemes)
        raise Refusal(
            f"no engine is reached as `{scheme}://`",
            f"--database takes a DuckDB or SQLite file, or {known}; "
            "other engines are described as a target in segue.yml",
        )
    path = Path(database)
    if not path.is_file() and ("@" in database or "=" in database):
        # It may hold a password, and a message about a file would show it.
        raise Refusal(
            "--database was given neither a file that is there nor the address of a server",
            "an address is written postgresql://user:password@host:port/database",
        )
    return Target(DATABASE, _engine_of(path), {"path": database})


def _engine_of(path: Path) -> str:
    """The engine of a file by its name, else by how it begins: `.db` may be either."""
    if path.suffix in _SUFFIXES or not path.is_file():
        return _SUFFIXES.get(path.suffix, "duckdb")
    with path.open("rb") as file:
        return "sqlite" if file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER else "duckdb"


def shown_name(target: Target) -> str:
    """What a warehouse is called where people read it: never its address, which has secrets."""
    if target.name != DATABASE:
        return target.name
    return target.settings.get("path", target.engine)


def chosen_target(project: Project, name: str | None, database: str | None) -> Target:
    """The warehouse that a command was told: a target by name, a database, or the default."""
    if name is not None and database is not None:
        raise Refusal("--target and --database exclude each other")
    return project.target(name) if database is None else database_target(database)
