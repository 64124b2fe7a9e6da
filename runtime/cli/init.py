"""`segue init`: a project to begin with."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from segue.runtime.refusal import Refusal
from segue.runtime.starter import FILES, example_project, project_of

READ_OFF = ("duckdb", "postgres", "redshift", "sqlite")
"""The engines whose tables `runtime/introspection.py` can read."""


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "database",
    metavar="DATABASE",
    help="Guess the catalog from a DuckDB or SQLite file, a postgres:// or a redshift:// address.",
)
@click.option(
    "--from-dbt",
    "manifest",
    metavar="MANIFEST",
    type=click.Path(path_type=Path),
    help="Make the catalog of the sources and models of a dbt project: target/manifest.json.",
)
@click.option("--demo", is_flag=True, help="Make a database with a made-up shop to try rules on.")
def command(folder: Path, database: str | None, manifest: Path | None, demo: bool) -> None:
    """Start a project in DIR (made where needed; default: here). Never overwrites a file.

    With --from, the catalog is guessed from the tables of a database, which is only read; what
    is uncertain is marked with `##`; with --from-dbt, from what a dbt project says of its sources,
    models and their tests. Without, a small example is written.

    \b
    segue init shop --from shop.duckdb
    segue init shop --from postgres://localhost/shop
    segue init segments --from-dbt target/manifest.json
    segue init shop --demo
    """
    if sum((database is not None, manifest is not None, demo)) > 1:
        raise click.UsageError("--from, --from-dbt and --demo exclude each other")
    _refuse_existing(folder / name for name in FILES)
    if demo:
        database = str(_demo_database(folder))
    if manifest is not None:
        files = _read_dbt(manifest, folder)
    else:
        files = example_project() if database is None else _read_off(database, folder)
    _write(files, folder)
    there = "" if folder == Path() else f"{_shown(folder)}"
    click.echo(f"next: segue check {there}".rstrip())
    if demo:
        from segue.runtime.demo.shop import UNTIL

        day = f"{UNTIL:%Y-%m-%d}"
        click.echo(
            f"its events end on {day}: " + f"segue run {there} --as-of {day}".replace("  ", " ")
        )


def _demo_database(folder: Path) -> Path:
    from segue.runtime.demo import create_shop

    path = folder / "shop.duckdb"
    _refuse_existing([path])
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / ".shop.duckdb.part"
    try:
        rows = create_shop(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    click.echo(f"wrote {_shown(path)} with {sum(rows.values()):,} rows")
    return path


def _read_off(database: str, folder: Path) -> Mapping[str, str]:
    from segue.compiler.catalog.infer import infer_catalog
    from segue.runtime.introspection import read_tables
    from segue.runtime.warehouse.connect import connect, database_target

    target = database_target(database)
    if target.engine not in READ_OFF:
        raise Refusal(
            f"a catalog cannot be read off {target.engine} yet",
            "start with the example of `segue init`, and name your tables in its catalog",
        )
    with connect(target, read_only=True) as warehouse:
        opened: Any = warehouse
        tables = read_tables(opened.connection)
    if not tables:
        raise Refusal("there are no tables in the database", "nothing was written")
    path = target.settings.get("path")
    relative = None if path is None else os.path.relpath(path, folder).replace(os.sep, "/")
    return project_of(infer_catalog(tables), target.engine, relative)


def _read_dbt(manifest: Path, folder: Path) -> Mapping[str, str]:
    from segue.compiler.catalog.infer import DBT_HEADER, infer_catalog
    from segue.runtime.dbt.manifest import database_file, read_manifest
    from segue.runtime.dbt.tables import read_tables

    project = read_manifest(manifest)
    tables = read_tables(project)
    if not any(column.type for table in tables for column in table.columns):
        raise Refusal(
            f"`{manifest}` says nothing of the types of columns",
            "`dbt docs generate` writes them to target/catalog.json; or give a column a "
            "`data_type` in a schema file of dbt",
        )
    file = database_file(project, manifest)
    path = None if file is None else os.path.relpath(file, folder).replace(os.sep, "/")
    return project_of(infer_catalog(tables, DBT_HEADER), project.engine, path)


def _write(files: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        # `x`: should the file have appeared since, it is not overwritten either.
        with open(folder / name, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        click.echo(f"wrote {_shown(folder / name)}")


def _refuse_existing(paths: Iterable[Path]) -> None:
    there = [path for path in paths if path.exists()]
    if there:
        names = ", ".join(f"`{_shown(path)}`" for path in there)
        verb = "is" if len(there) == 1 else "are"
        raise Refusal(f"{names} {verb} there already", "nothing was written; choose another folder")


def _shown(path: Path) -> str:
    return os.path.relpath(path).replace(os.sep, "/")
