"""`segue compile`: the rules as SQL, or as the Python that evaluates them."""

from datetime import datetime
from pathlib import Path

import click

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import from_microseconds
from segue.grammar.suggestions import did_you_mean
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import as_of_option
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.warehouse.engines import engine_called

DIALECTS = (
    "duckdb",
    "postgres",
    "sqlite",
    "clickhouse",
    "bigquery",
    "spark",
    "mysql",
    "snowflake",
    "redshift",
    "trino",
    "athena",
)
"""All there are; the registry of them takes long to import."""
FORMS = ("members", "wide", "script", "views", "stages")


def _dialect_of(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """The dialect of that name, or that of an engine: Databricks is sent the SQL of Spark."""
    if value is None or value in DIALECTS:
        return value
    engine = engine_called(value)
    if engine is not None:
        return engine.dialect
    hint = did_you_mean(value, DIALECTS) or f"there are {', '.join(DIALECTS)}"
    raise click.BadParameter(f"there is no dialect `{value}`; {hint}")


@click.command("compile")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--dialect",
    metavar=f"[{'|'.join(DIALECTS)}]",
    callback=_dialect_of,
    help="The SQL to write. Default: that of the default target, else duckdb.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    default="members",
    show_default=True,
    help="members: a query with a row for each member of each segment. wide: a query with a row "
    "for each entity. script: statements that make the table `segments`. views: one a segment. "
    "stages: a query for each lifecycle, with a row for each entity that moves.",
)
@click.option("--segment", "segments", multiple=True, help="Only this one; may be repeated.")
@as_of_option("Write it")
@click.option("--python", is_flag=True, help="Print the predicates over metric values instead.")
@click.option(
    "--dbt",
    "models",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write models of a dbt project to DIR, as in models/segue.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The manifest of that project. Default: target/manifest.json, where it is.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
def command(
    path: Path,
    dialect: str | None,
    form: str,
    segments: tuple[str, ...],
    as_of: str | None,
    python: bool,
    models: Path | None,
    manifest: Path | None,
    out: Path | None,
) -> None:
    """Print the SQL of the rules of the project around PATH.

    The instant of evaluation is written into the SQL, so that it gives the same members
    whenever it runs; its first line says which instant that is. With --dbt, dbt says which one,
    by its variable `as_of`; DIR then holds what these rules say and nothing older of them.

    \b
    segue compile
    segue compile shop --dialect postgres --as views --out segments.sql
    segue compile --segment high_engagement --as-of 2025-11-01T00:00:00Z
    segue compile --dbt models/segue
    """
    ruleset = load_ruleset(path)
    if models is not None:
        if python or as_of is not None or out is not None or form != "members":
            raise click.UsageError("--dbt goes with --dialect, --segment and --manifest alone")
        _write_models(ruleset, models, manifest, dialect, segments)
        return
    if python:
        if dialect is not None or as_of is not None or form != "members":
            raise click.UsageError("--python goes with --segment and --out alone")
        text = _python(ruleset.plan, segments)
    else:
        from segue.runtime.sql_text import sql_text

        moment = _moment(ruleset.plan, as_of)
        chosen = dialect or _default_dialect(ruleset)
        with ruleset.locating():
            text = sql_text(ruleset.plan, chosen, form, segments, moment)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"wrote {out}", err=True)


def _write_models(
    ruleset: Ruleset,
    folder: Path,
    manifest: Path | None,
    dialect: str | None,
    segments: tuple[str, ...],
) -> None:
    from segue.runtime.dbt.write import write_models

    with ruleset.locating():
        written = write_models(
            ruleset, folder, manifest, dialect or _default_dialect(ruleset), segments
        )
    click.echo(f"wrote {len(written):,} files to {folder}", err=True)


def _moment(plan: Plan, text: str | None) -> datetime | None:
    if text is None:
        return None
    return from_microseconds(instant_of(text, plan.catalog.timezone))


def _default_dialect(ruleset: Ruleset) -> str:
    config = ruleset.project.config
    return config.targets[config.target].dialect if config.target else "duckdb"


def _python(plan: Plan, segments: tuple[str, ...]) -> str:
    from segue.compiler.python.inputs import UnnamedAggregate
    from segue.compiler.python.predicates import compile_predicates
    from segue.runtime.segments import chosen

    try:
        return compile_predicates(plan, chosen(plan, segments)).source + "\n"
    except UnnamedAggregate as error:
        raise Refusal(str(error), "give the aggregate a name with `metric`") from None
