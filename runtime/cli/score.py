"""`segue score`: trained scores of everybody in the warehouse; and how features moved since."""

import json
import time
from dataclasses import replace
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
from segue.runtime.membership.store import SCHEMA
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.scores.batch import Scored, measure_drift, score_everybody, write_scores
from segue.runtime.scores.drift import MOVED_FAR, Drift
from segue.runtime.scores.named import named_header
from segue.runtime.scores.report import NumberSeen, Seen
from segue.runtime.scores.store import ModelStore
from segue.runtime.scores.train import check_libraries, definitions_of, see_scores
from segue.runtime.scores.words import figure, score_value
from segue.runtime.terminal import colour_wanted, count
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.mistyped import check_score_types
from segue.runtime.warehouse.warehouse import Warehouse

MOST_SHOWN = 12


@click.command("score")
@click.argument("names", metavar="[SCORE[@vN]]...", nargs=-1)
@project_option
@target_option
@database_option
@as_of_option("Score")
@click.option("--dry-run", is_flag=True, help="Score, and write nothing.")
@click.option("--drift", is_flag=True, help="Say how features moved since training; write nothing.")
@format_option("text", "json", help="A table for people, or JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    path: Path,
    target: str | None,
    database: str | None,
    as_of: str | None,
    dry_run: bool,
    drift: bool,
    style: str,
) -> None:
    """Compute trained scores for everybody, and keep them in the warehouse.

    They are written to the table `segue.scores`, in place of the last ones and in one transaction,
    with their instant and version; rules whose score says `serve table within 7d` read them there.
    By default all scores that were trained, each in its newest version.

    --drift compares the features as they are now with those that each model was made of. It exits
    with 1 where one has moved far.

    \b
    segue score --database shop.duckdb
    segue score churn_risk@v3 --target prod --as-of 2025-12-01
    segue score churn_risk --drift
    """
    check_libraries()
    ruleset = load_ruleset(path, NONE)
    store = ModelStore(ruleset.project.root)
    names = names or _trained(ruleset, store)
    moment = now() if as_of is None else instant_of(as_of, ruleset.plan.catalog.timezone)
    chosen = chosen_target(ruleset.project, target, database)
    results: list[dict[str, Any]] = []
    moved = False
    with connect(chosen, read_only=dry_run or drift) as warehouse:
        for name in names:
            with told_with_catalog(ruleset.project, warehouse.engine), ruleset.locating():
                _check(warehouse, ruleset, store, name, moment)
                if drift:
                    found = _drift(warehouse, ruleset, store, name, moment, style)
                    moved = moved or any(one["index"] >= MOVED_FAR for one in found["features"])
                    results.append(found)
                else:
                    schema = None if dry_run else chosen.settings.get("schema", SCHEMA)
                    results.append(_score(warehouse, ruleset, store, name, moment, schema, style))
    if style == "json":
        click.echo(json.dumps({"scores": results}, indent=2, ensure_ascii=False))
    if moved:
        ctx.exit(1)


def _trained(ruleset: Ruleset, store: ModelStore) -> tuple[str, ...]:
    """The scores of the rules that have a model."""
    names = tuple(one.name for one in definitions_of(ruleset, ()) if store.versions(one.name))
    if not names:
        raise Refusal("no score was trained yet", "run `segue train`")
    return names


def _check(
    warehouse: Warehouse, ruleset: Ruleset, store: ModelStore, name: str, moment: int
) -> None:
    """Refuses tables that are not as the catalog says, as far as the score reads them."""
    (definition,) = definitions_of(ruleset, (named_header(store, name).score,))
    known = replace(definition, label=None)
    warehouse.inspect(ruleset.plan.catalog)
    check_score_types(warehouse, ruleset.plan, known, moment)


def _score(
    warehouse: Warehouse,
    ruleset: Ruleset,
    store: ModelStore,
    name: str,
    moment: int,
    schema: str | None,
    style: str,
) -> dict[str, Any]:
    """Scores everybody, writes it to the schema unless that is None, and says so."""
    began = time.monotonic()
    header = named_header(store, name)
    (definition,) = definitions_of(ruleset, (header.score,))
    with progress() as tell:
        trained = store.trained(header)
        scored = score_everybody(warehouse, ruleset.plan, definition, trained, header, moment, tell)
        if schema is not None:
            tell(f"{header.score}: writing")
            write_scores(warehouse, ruleset.plan, scored, schema)
    seconds = time.monotonic() - began
    now_seen = see_scores(trained.model, scored.scores, scored.keys)
    if style == "text":
        _show_scores(scored, now_seen, ruleset, schema, seconds)
    return {
        "score": header.score,
        "version": header.version,
        "digest": header.digest,
        "as_of": show_instant(moment),
        "entities": len(scored.keys),
        "written": schema is not None,
        "seconds": round(seconds, 3),
        "distribution": _distribution(now_seen),
    }


def _distribution(seen: Seen) -> dict[str, Any]:
    if isinstance(seen, NumberSeen):
        return {"up_to": list(seen.edges), "shares": list(seen.shares)}
    return {"classes": dict(zip(seen.values, seen.shares, strict=True)), "other": seen.other}


def _show_scores(
    scored: Scored, seen: Seen, ruleset: Ruleset, schema: str | None, seconds: float
) -> None:
    header = scored.header
    entity = ruleset.plan.catalog.entity.name
    if isinstance(seen, NumberSeen):
        total, quarters = 0.0, []
        for edge, share in zip(seen.edges, seen.shares, strict=False):
            total += share
            quarters.append(f"{total:.0%} up to {score_value(header.kind, edge)}")
        shown = ", ".join(quarters[1:-1:3]) or "nobody"
    else:
        parts = zip(seen.values, seen.shares, strict=True)
        shown = ", ".join(f"{name} {share:.0%}" for name, share in parts)
    where = f"in {schema}.scores" if schema is not None else "dry run, nothing written"
    click.echo(
        f"{header.score} v{header.version}: {len(scored.keys):,} {entity}s as of "
        f"{show_instant(scored.at)}, {where} · {seconds:.2f} s\n  {shown}"
    )


def _drift(
    warehouse: Warehouse,
    ruleset: Ruleset,
    store: ModelStore,
    name: str,
    moment: int,
    style: str,
) -> dict[str, Any]:
    """Measures how the features of a model have moved, and says so."""
    header = named_header(store, name)
    (definition,) = definitions_of(ruleset, (header.score,))
    trained = store.trained(header)
    with progress() as tell:
        tell(f"{header.score}: reading features")
        drifts, entities = measure_drift(
            warehouse, ruleset.plan, definition, trained, header, moment
        )
    if style == "text":
        click.echo(
            f"{header.score} v{header.version}, trained as of "
            f"{show_instant(trained.report.origin.as_of)}, against {entities:,} "
            f"{ruleset.plan.catalog.entity.name}s as of {show_instant(moment)}"
        )
        _show_drift(drifts)
    return {
        "score": header.score,
        "version": header.version,
        "as_of": show_instant(moment),
        "entities": entities,
        "features": [
            {
                "name": one.name,
                "index": one.index,
                "verdict": one.verdict,
                "parts": list(one.parts),
                "before": list(one.before),
                "now": list(one.now),
            }
            for one in drifts
        ],
    }


def _show_drift(drifts: list[Drift]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("feature", overflow="fold")
    table.add_column("index", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("moved most", overflow="fold")
    colours = {"stable": "green", "moved": "yellow", "moved far": "red"}
    ranked = sorted(drifts, key=lambda one: -one.index)
    for one in ranked[:MOST_SHOWN]:
        place = max(range(len(one.parts)), key=lambda i: abs(one.now[i] - one.before[i]))
        most = f"{one.parts[place]}: {one.before[place]:.0%} → {one.now[place]:.0%}"
        verdict = Text(one.verdict, colours[one.verdict])
        table.add_row(Text(one.name), figure(one.index), verdict, Text(most))
    Console(no_color=colour_wanted() is False, highlight=False).print(table)
    if len(ranked) > MOST_SHOWN:
        click.echo(f"and {count(len(ranked) - MOST_SHOWN, 'feature')} that moved less")
