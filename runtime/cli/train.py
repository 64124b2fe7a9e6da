"""`segue train`: scores learn from the past, and are kept when they are worth it."""

import json
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.compiler.scores.library import NONE
from segue.runtime.as_of import now, show_instant
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import (
    as_of_option,
    database_option,
    format_option,
    project_option,
    target_option,
)
from segue.runtime.cli.progress import progress
from segue.runtime.ruleset import load_ruleset
from segue.runtime.scores.card import markdown_card
from segue.runtime.scores.metrics import TITLES
from segue.runtime.scores.plain import to_plain
from segue.runtime.scores.report import Report
from segue.runtime.scores.store import Kept, ModelStore
from segue.runtime.scores.train import Training, check_libraries, definitions_of, train_score
from segue.runtime.scores.words import figure, metric_interval, metric_value
from segue.runtime.terminal import colour_wanted, count, from_here
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.mistyped import check_score_types


@click.command("train")
@click.argument("scores", metavar="[SCORE]...", nargs=-1)
@project_option
@target_option
@database_option
@as_of_option("Train")
@click.option("--force", is_flag=True, help="Keep a model also if it beats no baseline.")
@click.option("--dry-run", is_flag=True, help="Train and judge, and write nothing.")
@format_option("text", "json", help="A table for people, or JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    scores: tuple[str, ...],
    path: Path,
    target: str | None,
    database: str | None,
    as_of: str | None,
    force: bool,
    dry_run: bool,
    style: str,
) -> None:
    """Train the scores of the rules, by default all, and judge each on rows it has not seen.

    A model is written to `models/SCORE/vN.json` beside the rules, with a card that says how good
    it is. It belongs into version control: rules use the newest version, or the one they name,
    as in `churn_risk@v3()`. A model that does not beat what needs no model (always the same, or
    the same as last time) is not kept, unless forced; then the command exits with 1.

    \b
    segue train --database shop.duckdb
    segue train churn_risk --target prod --as-of 2025-12-01 --dry-run
    """
    check_libraries()
    # The models there are may be of other features by now, and are not asked here.
    ruleset = load_ruleset(path, NONE)
    moment = now() if as_of is None else instant_of(as_of, ruleset.plan.catalog.timezone)
    wanted = definitions_of(ruleset, scores)
    store = ModelStore(ruleset.project.root)
    chosen = chosen_target(ruleset.project, target, database)
    results: list[dict[str, Any]] = []
    refused = False
    with connect(chosen, read_only=True) as warehouse:
        for definition in wanted:
            with (
                progress() as tell,
                told_with_catalog(ruleset.project, warehouse.engine),
                ruleset.locating(),
            ):
                warehouse.inspect(ruleset.plan.catalog)
                check_score_types(warehouse, ruleset.plan, definition, moment)
                training = train_score(warehouse, ruleset, definition, moment, tell)
            kept = None
            if not dry_run and (training.is_good or force):
                kept = keep(store, training)
            refused = refused or not (training.is_good or force)
            results.append(as_json(training, kept))
            if style == "text":
                show(training, kept, dry_run=dry_run)
    if style == "json":
        click.echo(json.dumps({"scores": results}, indent=2, ensure_ascii=False))
    if refused:
        ctx.exit(1)


def keep(store: ModelStore, training: Training) -> Kept:
    """Writes the model and its card."""
    trained = training.trained if training.is_good else training.forced
    kept = store.keep(training.definition.name, trained)
    card = kept.path.with_suffix(".md")
    card.write_text(markdown_card(kept.header, trained), encoding="utf-8")
    return kept


def as_json(training: Training, kept: Kept | None) -> dict[str, Any]:
    """What came of a training, for a machine."""
    return {
        "score": training.definition.name,
        "kept": kept is not None,
        "version": None if kept is None else kept.header.version,
        "new": kept is not None and kept.is_new,
        "digest": None if kept is None else kept.header.digest,
        "file": None if kept is None else str(kept.path),
        "beats_baseline": training.is_good,
        "report": to_plain(training.trained.report, Report),
    }


def show(training: Training, kept: Kept | None, *, dry_run: bool) -> None:
    """What came of a training, for people."""
    report, definition = training.trained.report, training.definition
    console = Console(no_color=colour_wanted() is False, highlight=False)
    console.print(Text(definition.name, "bold"), Text(definition.title))
    rows = report.rows
    click.echo(
        f"{definition.estimator} of {rows.fit.rows:,} rows of "
        f"{rows.fit.entities:,} {report.origin.entity}s at "
        f"{count(len(rows.fit.snapshots), 'snapshot')}, as of {show_instant(report.origin.as_of)}"
    )
    left_out = [
        f"{number:,} {what}"
        for number, what in (
            (rows.censored, "whose outcome is not known yet"),
            (rows.purged, "whose outcome lies in the time of the test"),
            (rows.unlabelled, "without an outcome"),
        )
        if number
    ]
    if left_out:
        click.echo(f"left out: {', '.join(left_out)}")
    if report.validation is not None:
        console.print(_metrics(report))
        best = [one for one in report.validation.importance[:5] if one.loss > 0]
        if best:
            click.echo("it reads above all: " + ", ".join(one.feature for one in best))
    for remark in report.remarks:
        click.echo(click.style("note", fg="yellow") + f": {remark}")
    click.echo(_verdict(training, kept, dry_run) + "\n")


def _metrics(report: Report) -> Table:
    validation = report.validation
    assert validation is not None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("model", justify="right", no_wrap=True)
    table.add_column("95% interval", justify="right", no_wrap=True)
    for name in validation.metrics[0].baselines:
        table.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for metric in validation.metrics:
        decides = metric.name == validation.deciding
        table.add_row(
            Text(TITLES[metric.name] + (" *" if decides else ""), "bold" if decides else ""),
            metric_value(metric, metric.value),
            metric_interval(metric),
            *(metric_value(metric, value) for value in metric.baselines.values()),
        )
    return table


def _verdict(training: Training, kept: Kept | None, dry_run: bool) -> str:
    validation = training.trained.report.validation
    if validation is None:
        why = "it cannot be judged"
    elif training.is_good:
        why = f"better than every baseline by {figure(validation.gain)} (*)"
    else:
        why = f"worse than a baseline by {figure(-validation.gain)} (*)"
    if kept is None:
        return f"{why}: {'dry run, nothing written' if dry_run else 'not kept; --force keeps it'}"
    what = "wrote" if kept.is_new else "the same model is there already:"
    path = from_here(kept.path.parent)(kept.path.name)
    return f"{why}: {what} {path}"
