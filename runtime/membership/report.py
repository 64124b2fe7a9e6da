"""What a run found, as a table for people and as JSON."""

from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.runtime.as_of import show_instant
from segue.runtime.incremental.report import extent_json, extent_text
from segue.runtime.lifecycles.report import lifecycle_json, share, stage_table
from segue.runtime.membership.outcome import Outcome, SegmentCount
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import segment_info
from segue.runtime.terminal import colour_wanted


def run_json(outcome: Outcome, ruleset: Ruleset, seconds: float) -> dict[str, Any]:
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


def print_run(outcome: Outcome, ruleset: Ruleset, seconds: float) -> None:
    """Prints the sizes of segments and stages, what came and went, and what was computed."""
    console = Console(no_color=colour_wanted() is False, highlight=False)
    if outcome.counts:
        console.print(_segment_table(outcome, ruleset))
    for lifecycle in outcome.lifecycles:
        console.print(stage_table(lifecycle, outcome.entities))
    for count in outcome.removed:
        click.echo(f"{count.segment} is gone from the rules: {count.left:,} left it")
    click.echo(_summary(outcome, ruleset, seconds))
    click.echo(extent_text(outcome.extent, ruleset.plan.catalog.entity.name))


def _segment_table(outcome: Outcome, ruleset: Ruleset) -> Table:
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
    return table


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
