"""`segue run`: who is in which segment now, kept in the warehouse."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from segue.compiler.plan.windows import DAY, Binding
from segue.runtime.as_of import now, show_instant
from segue.runtime.cli.collector import without_collector
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import as_of_option, database_option, format_option, target_option
from segue.runtime.cli.progress import progress
from segue.runtime.membership.estimate import (
    Estimate,
    estimate_json,
    estimate_run,
    estimate_text,
)
from segue.runtime.membership.faults import ValueFault, fault_json, fault_text, find_faults
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.report import print_run, run_json
from segue.runtime.membership.run import run_ruleset
from segue.runtime.membership.store import SCHEMA
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.scores.served import with_score_table
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.warehouse import Warehouse


@click.command("run")
@click.argument("path", metavar="[PROJECT]", default=".", type=click.Path(path_type=Path))
@target_option
@database_option
@as_of_option("Evaluate")
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
@format_option("text", "json", help="A table for people, or JSON.")
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
    ctx.with_resource(without_collector())
    ruleset = load_ruleset(path)
    moment = now() if as_of is None else instant_of(as_of, ruleset.plan.catalog.timezone)
    if not (dry_run or estimate):
        _check_clock(moment)
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
        report("looking at values")
        faults = _faults(ruleset, warehouse, moment, outcome, show_keys)
    done = _Done(outcome, ruleset, time.monotonic() - began, faults, expected)
    show = _print_json if style == "json" else _print_text
    show(done)
    if faults:
        ctx.exit(1)


@dataclass(frozen=True, slots=True)
class _Done:
    """A run, and what there is to say of it; `expected` is what the engine had estimated."""

    outcome: Outcome
    ruleset: Ruleset
    seconds: float
    faults: Sequence[ValueFault]
    expected: Estimate | None


def _check_clock(as_of: int) -> None:
    """Refuses an instant that is far ahead: no run before it could be made any more.

    Clocks of warehouses and people differ by hours at most.
    """
    if as_of > now() + DAY:
        raise Refusal(
            f"{show_instant(as_of)} is still to come, and history is written forwards: until then "
            "no other run could be made",
            "run as of now, without --as-of; with --dry-run nothing is written",
        )


def _faults(
    ruleset: Ruleset, warehouse: Warehouse, as_of: int, outcome: Outcome, with_keys: bool
) -> Sequence[ValueFault]:
    """What is wrong with the values that the run has read."""
    with told_with_catalog(ruleset.project, warehouse.engine):
        return find_faults(
            warehouse,
            ruleset.plan,
            Binding(as_of, ZoneInfo(ruleset.plan.catalog.timezone)),
            repeats=outcome.repeats,
            failed=outcome.failed,
            seen=outcome.previous_as_of if outcome.extent.incremental else None,
            with_keys=with_keys,
        )


def _print_json(done: _Done) -> None:
    data = run_json(done.outcome, done.ruleset, done.seconds)
    data = {**data, "faults": [fault_json(fault) for fault in done.faults]}
    if done.expected is not None:
        data["estimate"] = estimate_json(done.expected)
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _print_text(done: _Done) -> None:
    print_run(done.outcome, done.ruleset, done.seconds)
    if done.expected is not None and done.expected.cost is not None:
        click.echo(f"estimate beforehand: {done.expected.cost}")
    for fault in done.faults:
        click.echo(fault_text(fault, done.ruleset.plan), err=True)
    if done.outcome.extent.incremental and any(fault.event for fault in done.faults):
        click.echo("of events since the last run; --full looks at all of them", err=True)


def _print_estimate(estimate: Estimate, schema: str, style: str) -> None:
    if style == "json":
        click.echo(json.dumps(estimate_json(estimate), indent=2, ensure_ascii=False))
    else:
        click.echo(estimate_text(estimate, schema))
