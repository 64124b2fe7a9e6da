"""`segue backtest`: how large a rule would have been at past dates."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from segue.compiler.plan.windows import Binding
from segue.runtime.backtest.dates import instants
from segue.runtime.backtest.replay import replay
from segue.runtime.backtest.report import as_csv, as_json, table
from segue.runtime.backtest.subject import find_subject
from segue.runtime.cli.duration import duration_of
from segue.runtime.cli.instant import INSTANT, instant_of
from segue.runtime.cli.options import database_option, format_option, project_option, target_option
from segue.runtime.cli.progress import progress
from segue.runtime.membership.store import SCHEMA
from segue.runtime.ruleset import load_ruleset
from segue.runtime.scores.served import with_score_table
from segue.runtime.terminal import colour_wanted, count
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.mistyped import check_types


@click.command("backtest")
@click.argument("rule")
@click.option("--from", "first", metavar="INSTANT", required=True, help="The first date.")
@click.option("--to", "last", metavar="INSTANT", required=True, help=f"Up to {INSTANT}")
@click.option(
    "--every", metavar="DURATION", default="7d", show_default=True, help="The step: 1d, 12h, 4w."
)
@project_option
@target_option
@database_option
@click.option(
    "--chart",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the sizes into FILE.svg or FILE.png as well (needs segue-lang[charts]).",
)
@format_option("text", "json", "csv", help="A table for people, or data.")
def command(
    rule: str,
    first: str,
    last: str,
    every: str,
    path: Path,
    target: str | None,
    database: str | None,
    chart: Path | None,
    style: str,
) -> None:
    """Replay RULE (a segment, condition, tiers, lifecycle) at past dates, and write nothing.

    Each date is answered as if the rule had run then: what happened later is not seen.
    Attributes of the entity are those of today, because a table has no other. A lifecycle
    begins with nobody in any stage.

    \b
    segue backtest high_engagement --from 2025-01-01 --to 2025-12-01 --database shop.duckdb
    segue backtest customer --from 2025-01-01 --to 2025-12-01 --every 1d --chart customer.svg
    """
    ruleset = load_ruleset(path)
    plan = ruleset.plan
    zone = plan.catalog.timezone
    subject = find_subject(plan, rule)
    dates = instants(
        instant_of(first, zone), instant_of(last, zone), duration_of(every), ZoneInfo(zone)
    )
    if chart is not None:
        from segue.runtime.backtest.chart import check_chart

        check_chart(chart)
    chosen = chosen_target(ruleset.project, target, database)
    with (
        connect(chosen, read_only=True) as warehouse,
        progress() as report,
        told_with_catalog(ruleset.project, warehouse.engine),
    ):
        warehouse.inspect(plan.catalog)
        check_types(warehouse, plan, Binding(dates[-1], ZoneInfo(zone)))
        schema = chosen.settings.get("schema", SCHEMA)
        plan = with_score_table(ruleset, warehouse, schema).plan
        found = replay(warehouse, plan, subject, dates, report=report)
    if style == "json":
        click.echo(as_json(found))
    elif style == "csv":
        click.echo(as_csv(found), nl=False)
    else:
        Console(no_color=colour_wanted() is False, highlight=False).print(
            table(found, ZoneInfo(zone))
        )
        scans = count(found.scans, "scan")
        entities = count(found.entities, plan.catalog.entity.name)
        click.echo(f"{count(len(dates), 'date')} in {scans} · {entities} · nothing written")
    if chart is not None:
        from segue.runtime.backtest.chart import draw_chart

        draw_chart(found, chart)
        click.echo(f"wrote {chart}", err=True)
