"""`segue explain`: why somebody is in a segment, or is not."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from segue.compiler.plan.windows import Binding
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.snapshot import Snapshot
from segue.runtime.as_of import now, show_instant
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import (
    as_of_option,
    database_option,
    format_option,
    project_option,
    target_option,
)
from segue.runtime.explain.document import explanation_json
from segue.runtime.explain.explanation import explain
from segue.runtime.explain.profile import fetch_profile, needs_of, read_key
from segue.runtime.explain.text import explanation_text
from segue.runtime.explain.values import show_duration
from segue.runtime.explain.warehouse import Answer, warehouse_answer
from segue.runtime.membership.lookup import LastChange, last_change
from segue.runtime.membership.snapshots import snapshot_for
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.ruleset import load_ruleset
from segue.runtime.scores.served import with_score_table
from segue.runtime.segments import chosen as chosen_segments
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.mistyped import check_types


@click.command("explain")
@click.argument("segment")
@click.argument("key")
@project_option
@target_option
@database_option
@as_of_option("Evaluate")
@click.option("--show-pii", is_flag=True, help="Show attributes that the catalog marks `pii`.")
@format_option("text", "json", help="Sentences for people, or JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    segment: str,
    key: str,
    path: Path,
    target: str | None,
    database: str | None,
    as_of: str | None,
    show_pii: bool,
    style: str,
) -> None:
    """Say why the entity with KEY is in SEGMENT or not, and what would change that.

    Reads that one entity from the warehouse, and checks its own answer against the one the
    warehouse gives. Exits with 1 if they differ, which is a bug of Segue.

    \b
    segue explain high_engagement 1042 --database shop.duckdb
    segue explain at_risk_churn 1042 --as-of 2025-12-01 --format json
    """
    ruleset = load_ruleset(path)
    plan = ruleset.plan
    (name,) = chosen_segments(plan, (segment,))
    moment = now() if as_of is None else instant_of(as_of, plan.catalog.timezone)
    binding = Binding(moment, ZoneInfo(plan.catalog.timezone))
    root = plan.segments[name].expr
    chosen = chosen_target(ruleset.project, target, database)
    with connect(chosen, read_only=True) as warehouse:
        engine = warehouse.engine
        with told_with_catalog(ruleset.project, engine):
            warehouse.inspect(plan.catalog)
            check_types(warehouse, plan, binding)
            schema = chosen.settings.get("schema", SCHEMA)
            plan = with_score_table(ruleset, warehouse, schema).plan
            needs = needs_of([root], plan.catalog, binding)
            profile = fetch_profile(warehouse, plan.catalog, needs, key, binding)
            theirs = warehouse_answer(warehouse, plan, name, key, binding)
            store = Store(warehouse, schema)
            snapshot = snapshot_for(store, plan, root, binding)
            changed = last_change(store, name, read_key(key, plan.catalog))
    evaluation = compile_evaluator(plan).evaluation(profile, moment, snapshot)
    explained = explain(plan, name, key, evaluation)
    ours = Answer(explained.member, explained.score)
    agrees = ours.agrees_with(theirs)
    other_instant = snapshot is not None and snapshot.as_of != moment
    if style == "json":
        data = explanation_json(explained, show_pii=show_pii)
        data["warehouse"] = {"engine": engine, "member": theirs.member, "agrees": agrees}
        data["last_change"] = None if changed is None else _change_json(changed)
        data["compared_as_of"] = None if snapshot is None else show_instant(snapshot.as_of)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        click.echo(explanation_text(explained, show_pii=show_pii))
        if snapshot is not None:
            click.echo(f"\ncompared with everybody as of {_as_of_and_age(snapshot, moment)}")
        if changed is not None:
            click.echo(f"\nruns: {changed}")
    if agrees:
        return
    if other_instant:
        note = f"compared with everybody as of now, {engine} says {theirs}; "
        click.echo(f"\nnote: {note}`segue run` brings the comparison up to date", err=True)
        return
    said = f"{engine} says {theirs}, and this explanation {ours}"
    click.echo(f"\nerror: {said}: please report it, with the rule", err=True)
    ctx.exit(1)


def _as_of_and_age(snapshot: Snapshot, moment: int) -> str:
    age = moment - snapshot.as_of
    return show_instant(snapshot.as_of) + (f" ({show_duration(age)} ago)" if age else "")


def _change_json(changed: LastChange) -> dict[str, Any]:
    return {
        "change": changed.change,
        "reason": changed.reason,
        "at": show_instant(changed.at),
        "run_id": changed.run_id,
    }
