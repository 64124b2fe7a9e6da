"""`segue history`: who was where, and since when, as the runs have written it down."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from segue.compiler.plan.plan import Plan
from segue.grammar.suggestions import did_you_mean
from segue.runtime.cli.instant import INSTANT, instant_of
from segue.runtime.cli.options import database_option, format_option, project_option, target_option
from segue.runtime.explain.profile import read_key
from segue.runtime.history import report
from segue.runtime.history.entity import life_of
from segue.runtime.history.lifecycle import lifecycle_history
from segue.runtime.history.sizes import runs, segment_sizes
from segue.runtime.history.store import check_written
from segue.runtime.membership.renames import check_not_renamed
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import load_ruleset
from segue.runtime.terminal import colour_wanted
from segue.runtime.warehouse.connect import chosen_target, connect

Shown = tuple[Sequence[Table], dict[str, Any]]


@click.command("history")
@click.argument("key", required=False)
@click.option("--segment", metavar="NAME", help="The size of a segment over time.")
@click.option(
    "--lifecycle",
    metavar="NAME",
    help="Sizes of stages over time, moves between them, and the median time in each.",
)
@click.option("--from", "first", metavar="INSTANT", help="Only runs as of then or later.")
@click.option("--to", "last", metavar="INSTANT", help=f"Only runs as of then or before: {INSTANT}")
@project_option
@target_option
@database_option
@format_option("text", "json", help="Tables for people, or JSON.")
def command(
    key: str | None,
    segment: str | None,
    lifecycle: str | None,
    first: str | None,
    last: str | None,
    path: Path,
    target: str | None,
    database: str | None,
    style: str,
) -> None:
    """Show what the runs have written: of the entity with KEY, of a segment, of a lifecycle.

    Without any of them, lists the runs. With --to, an entity is shown where it was then.

    \b
    segue history 1042 --database shop.duckdb
    segue history 1042 --to 2025-06-01
    segue history --lifecycle customer --from 2025-01-01
    segue history --segment high_engagement --format json
    """
    if sum(choice is not None for choice in (key, segment, lifecycle)) > 1:
        raise click.UsageError("name one: a KEY, --segment or --lifecycle")
    if key is not None and first is not None:
        raise click.UsageError("the life of an entity has no --from: where it is depends on it all")
    ruleset = load_ruleset(path)
    plan = ruleset.plan
    zone = ZoneInfo(plan.catalog.timezone)
    since, until = (
        None if text is None else instant_of(text, plan.catalog.timezone) for text in (first, last)
    )
    chosen = chosen_target(ruleset.project, target, database)
    with connect(chosen, read_only=True) as warehouse:
        store = Store(warehouse, chosen.settings.get("schema", SCHEMA))
        check_written(store)
        if key is not None:
            tables, data = _entity(store, plan, key, until, zone)
        elif lifecycle is not None:
            tables, data = _lifecycle(store, plan, lifecycle, since, until, zone)
        elif segment is not None:
            sizes = segment_sizes(store, segment, since, until)
            if not sizes:
                check_not_renamed(store, segment)
                raise _nothing_of(segment, plan)
            tables, data = [report.segment_table(sizes, zone)], report.segment_json(segment, sizes)
        else:
            found = runs(store, since, until)
            tables, data = [report.run_table(found, zone)], report.run_json(found)
    if style == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    console = Console(no_color=colour_wanted() is False, highlight=False)
    for table in tables:
        if table.row_count:
            console.print(table)


def _entity(store: Store, plan: Plan, written: str, until: int | None, zone: ZoneInfo) -> Shown:
    key = read_key(written, plan.catalog)
    life = life_of(store, key, until)
    if not life.changes:
        raise Refusal(f"no run has ever seen {plan.catalog.entity.name} {key} enter anything")
    return report.life_tables(life, zone), report.life_json(key, life)


def _lifecycle(
    store: Store, plan: Plan, name: str, since: int | None, until: int | None, zone: ZoneInfo
) -> Shown:
    if name not in plan.lifecycles:
        hint = did_you_mean(name, plan.lifecycles) or f"there are {', '.join(plan.lifecycles)}"
        raise Refusal(f"there is no lifecycle `{name}`", hint if plan.lifecycles else "")
    found = lifecycle_history(store, plan.lifecycles[name], since, until)
    return report.lifecycle_tables(found, zone), report.lifecycle_json(found)


def _nothing_of(segment: str, plan: Plan) -> Refusal:
    if segment in plan.segments:
        return Refusal(f"no run of that time computed the segment `{segment}`")
    return Refusal(f"there is no segment `{segment}`", did_you_mean(segment, plan.segments))
