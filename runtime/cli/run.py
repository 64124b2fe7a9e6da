"""`segue run`: who is in which segment now, kept in the warehouse."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import now, show_instant
from segue.runtime.cli.instant import INSTANT, instant_of
from segue.runtime.cli.progress import progress
from segue.runtime.incremental.report import extent_json, extent_text
from segue.runtime.lifecycles.report import lifecycle_json, share, stage_table
from segue.runtime.membership.estimate import (
    Estimate,
    estimate_json,
    estimate_run,
    estimate_text,
)
from segue.runtime.membership.faults import ValueFault, fault_json, fault_text, find_faults
from segue.runtime.membership.outcome import Outcome, SegmentCount
from segue.runtime.membership.run import run_ruleset
from segue.runtime.membership.store import SCHEMA
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.scores.served import with_score_table
from segue.runtime.segments import segment_info
from segue.runtime.terminal import colour_wanted
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog


@click.command("run")
@click.argument("path", metavar="[PROJECT]", default=".", type=click.Path(path_type=Path))
@click.option("--target", metavar="NAME", help="A warehouse of segue.yml.")
@click.option("--database", metavar="DB", help="A DuckDB or SQLite file, or postgres://….")
@click.option("--as-of", "as_of", metavar="INSTANT", help=f"Evaluate as of {INSTANT}")
@click.option("--segment", "only", metavar="NAME", multiple=True, help="Only this one. Repeatable.")
@click.option("--dry-run", is_flag=True, help="Count, and write nothing.")
@click.option(
    "--estimate", is_flag=True, help="Say what would be run and what it would cost; run nothing."
)
@click.option(
    "--timeout", metavar="TIME", help="Cancel a statement that takes longer, as in 10min."
)
@click.option("--full", is_flag=True, help="Compute everybody, not only what can have changed.")
@click.option("--replace", "replace_others", is_flag=True, help="Replace all segments by others.")
@click.option("--show-keys", is_flag=True, help="Name entities whose values are not usable.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON.",
)
@click.pass_context
def command(
    ctx: click.Context,
    path: Path,
    target: str | None,
    database: str | None,
    as_of: str | None,
    only: tuple[str, ...],
    dry_run: bool,
    estimate: bool,
    timeout: str | None,
    full: bool,
    replace_others: bool,
    show_keys: bool,
    style: str,
) -> None:
    """Evaluate the segments of PROJECT in a warehouse, and keep who is in them.

    What changed since the last run is written in one transaction: `segue.members` holds who is
    in which segment since when, `segue.history` every entry and exit with its reason. Everybody
    moves on one stage at the most in each lifecycle: `segue.stages`, `segue.stage_history`.
    Values of entities and events that are not as the catalog says are counted, an entity whose key
    is in several rows stays where it is, and the run goes on; then the command exits with 1.
    `--as-of` may not go back behind the last run, except with --dry-run.
    --dry-run computes and counts all the same, and says what the engine had estimated; --estimate
    asks for the estimate alone.

    Where the catalog says how late events come, a run computes only those of whom something can
    have changed since the last one, with the same outcome: its last line says how many, or why it
    computed everybody. --full always does, as is needed when old rows were corrected.

    A schema that holds nothing but segments that PROJECT does not have is refused, as that of
    another project. Where these rules do take the place of those, --replace says so.

    \b
    segue run shop --database shop.duckdb
    segue run --target prod --format json
    segue run --segment high_engagement --as-of 2025-12-01 --dry-run
    segue run --target prod --estimate
    segue run --target prod --timeout 10min
    """
    ruleset = load_ruleset(path)
    moment = now() if as_of is None else instant_of(as_of, ruleset.plan.catalog.timezone)
    chosen = chosen_target(ruleset.project, target, database)
    if timeout is not None:
        chosen = replace(chosen, settings={**chosen.settings, "timeout": timeout})
    schema = chosen.settings.get("schema", SCHEMA)
    began = time.monotonic()
    with connect(chosen, read_only=dry_run or estimate) as warehouse, progress() as report:
        ruleset = with_score_table(ruleset, warehouse, schema)
        expected = None
        if dry_run or estimate:
            report("asking for an estimate")
            expected = estimate_run(ruleset, warehouse, moment, only)
        if estimate and expected is not None:
            _print_estimate(expected, schema, style)
            return
        outcome = run_ruleset(
            ruleset,
            warehouse,
            moment,
            schema=schema,
            only=only,
            trial=dry_run,
            full=full,
            replace_others=replace_others,
            report=report,
        )
        seen = outcome.previous_as_of if outcome.extent.incremental else None
        report("looking at values")
        with told_with_catalog(ruleset.project, warehouse.dialect):
            faults = find_faults(
                warehouse,
                ruleset.plan,
                Binding(moment, ZoneInfo(ruleset.plan.catalog.timezone)),
                repeats=outcome.repeats,
                failed=outcome.failed,
                seen=seen,
                with_keys=show_keys,
            )
    seconds = time.monotonic() - began
    if style == "json":
        data = {**as_json(outcome, ruleset, seconds), "faults": [fault_json(f) for f in faults]}
        if expected is not None:
            data["estimate"] = estimate_json(expected)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        _print(outcome, ruleset, seconds)
        if expected is not None and expected.cost is not None:
            click.echo(f"estimate beforehand: {expected.cost}")
        _print_faults(faults, ruleset, only_new=seen is not None)
    if faults:
        ctx.exit(1)


def _print_faults(faults: Sequence[ValueFault], ruleset: Ruleset, *, only_new: bool) -> None:
    for fault in faults:
        click.echo(fault_text(fault, ruleset.plan), err=True)
    if only_new and any(fault.event for fault in faults):
        click.echo("of events since the last run; --full looks at all of them", err=True)


def _print_estimate(estimate: Estimate, schema: str, style: str) -> None:
    if style == "json":
        click.echo(json.dumps(estimate_json(estimate), indent=2, ensure_ascii=False))
    else:
        click.echo(estimate_text(estimate, schema))


def as_json(outcome: Outcome, ruleset: Ruleset, seconds: float) -> dict[str, Any]:
    """The outcome for a machine."""
    return {
        "run_id": outcome.run_id,
        "dry_run": outcome.run_id is None,
        "as_of": show_instant(outcome.as_of),
        "previous_as_of": None
        if outcome.previous_as_of is None
        else show_instant(outcome.previous_as_of),
        "ruleset": outcome.ruleset,
        "entity": ruleset.plan.catalog.entity.name,
        "entities": outcome.entities,
        "changed": outcome.changed,
        "extent": extent_json(outcome.extent),
        "seconds": round(seconds, 3),
        "segments": [_segment_json(count, outcome, ruleset) for count in outcome.counts],
        "removed": [{"segment": c.segment, "left": c.left} for c in outcome.removed],
        "renamed": [{"from": old, "to": new} for new, old in outcome.renamed.items()],
        "lifecycles": [lifecycle_json(count, ruleset.plan) for count in outcome.lifecycles],
    }


def _segment_json(count: SegmentCount, outcome: Outcome, ruleset: Ruleset) -> dict[str, Any]:
    info = segment_info(ruleset.plan.segments[count.segment])
    return {
        "segment": count.segment,
        "title": info.title,
        "priority": info.priority,
        "tiers": info.tiers,
        "members": count.members,
        "share": count.members / outcome.entities if outcome.entities else None,
        "entered": count.entered,
        "stayed": count.stayed,
        "left": count.left,
        "rule": count.change or "unchanged",
    }


def _print(outcome: Outcome, ruleset: Ruleset, seconds: float) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("segment", overflow="fold")
    for heading in ("members", "share", "entered", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("priority")
    if any(count.change for count in outcome.counts):
        table.add_column("rule")
    infos = {c.segment: segment_info(ruleset.plan.segments[c.segment]) for c in outcome.counts}
    for count in sorted(outcome.counts, key=lambda c: infos[c.segment].rank):
        table.add_row(
            Text(count.segment),
            f"{count.members:,}",
            share(count.members, outcome.entities),
            Text(f"+{count.entered:,}" if count.entered else "", "green"),
            Text(f"-{count.left:,}" if count.left else "", "red"),
            Text(infos[count.segment].priority or ""),
            Text(count.change),
        )
    console = Console(no_color=colour_wanted() is False, highlight=False)
    if outcome.counts:
        console.print(table)
    for lifecycle in outcome.lifecycles:
        console.print(stage_table(lifecycle, outcome.entities))
    for count in outcome.removed:
        click.echo(f"{count.segment} is gone from the rules: {count.left:,} left it")
    click.echo(_summary(outcome, ruleset, seconds))
    click.echo(extent_text(outcome.extent, ruleset.plan.catalog.entity.name))


def _summary(outcome: Outcome, ruleset: Ruleset, seconds: float) -> str:
    entity = ruleset.plan.catalog.entity.name
    people = f"{outcome.entities:,} {entity}{'' if outcome.entities == 1 else 's'}"
    what = "dry run, nothing written" if outcome.run_id is None else f"run {outcome.run_id}"
    if not outcome.changed:
        again = "the same rules as of the same instant: " if outcome.repeated else ""
        what += f", {again}nothing changed"
    return (
        f"{what} · as of {show_instant(outcome.as_of)} · {people} · "
        f"ruleset {outcome.ruleset[:12]} · {seconds:.2f} s"
    )
