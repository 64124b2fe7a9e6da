"""Snapshots of a population: taken from a warehouse, kept in a store, and read from it."""

import json
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from segue.compiler.plan.nodes import Among, Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.python.snapshot import Snapshot, Standing, Survey, population_nodes, standings
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import Prepared, prepare
from segue.compiler.sql.trees import column
from segue.compiler.types import FLOATS, Kind, Type
from segue.runtime.membership.store import Store
from segue.runtime.warehouse.warehouse import Row, Warehouse

PIECE = 60_000
"""Characters of a snapshot in one row, all of one byte: Redshift keeps texts of 65,535 bytes."""
TABLE = """CREATE TABLE IF NOT EXISTS segue.snapshot (
    run_id BIGINT NOT NULL, piece BIGINT NOT NULL, body TEXT NOT NULL)"""


def take_snapshot(
    warehouse: Warehouse,
    plan: Plan,
    binding: Binding,
    limited: Callable[[exp.Query], exp.Query] = lambda query: query,
) -> Snapshot | None:
    """What the rules compare each entity with at an instant; None where there is nothing.

    `limited` gives a query that leaves out some entities.
    """
    nodes = population_nodes(plan.roots)
    if not nodes:
        return None
    survey = Survey(binding.as_of)
    found = standings(plan, nodes)
    by_values: dict[tuple[Expr, ...], list[Standing]] = {}
    for node in nodes:
        by_values.setdefault(node.args, []).append(found[node.id])
    for args, wanted in by_values.items():
        _survey(warehouse, plan, binding, args, wanted, survey, limited)
    return survey.snapshot


def snapshot_for(store: Store, plan: Plan, root: Expr, binding: Binding) -> Snapshot | None:
    """What a rule compares with: as of the last run, or of now where that knows nothing of it.

    None for a rule that compares with nobody.
    """
    wanted = standings(plan, population_nodes([root])).values()
    if not wanted:
        return None
    kept = read_snapshot(store)
    if kept is not None and kept.as_of <= binding.as_of and kept.knows(wanted):
        return kept
    return take_snapshot(store.warehouse, plan, binding)


def _survey(
    warehouse: Warehouse,
    plan: Plan,
    binding: Binding,
    args: tuple[Expr, ...],
    wanted: list[Standing],
    survey: Survey,
    limited: Callable[[exp.Query], exp.Query],
) -> None:
    """Reads the values of all entities, with their group or key, and how many have them."""
    prepared = prepare(plan, binding, dialect(warehouse.dialect), list(args))
    rows = warehouse.fetch(limited(_counted(prepared, args)))
    types = [arg.type for arg in args]
    values: list[tuple[Any, ...]] = [(*map(_read, row[:-1], types), int(row[-1])) for row in rows]
    for standing in wanted:
        if standing.asked.among is Among.TOP:
            survey.add_top(standing, [(value, key) for value, key, _ in values])
        elif len(args) == 1:
            survey.add(standing, [(None, value, count) for value, count in values])
        else:
            survey.add(standing, [(group, value, count) for value, group, count in values])


def _counted(prepared: Prepared, args: tuple[Expr, ...]) -> exp.Query:
    names = [f"v{place}" for place in range(len(args))]
    items = [
        exp.alias_(prepared.value(arg), name, quoted=True)
        for name, arg in zip(names, args, strict=True)
    ]
    values = prepared.names.fresh("surveyed")
    prepared.steps[values] = prepared.select_everybody(*items)
    columns = [column(name) for name in names]
    count = exp.alias_(exp.Count(this=exp.Star()), "count", quoted=True)
    query = exp.select(*columns, count).from_(exp.to_table(values, quoted=True))
    query = query.where(exp.not_(exp.Is(this=column("v0"), expression=exp.Null())))
    finished = prepared.finish(query.group_by(*(c.copy() for c in columns)), "")
    finished.comments = None
    return finished


def _read(value: Any, type: Type) -> Any:
    """A value as the driver gives it, in the representation of its type."""
    if value is None or type.kind in (Kind.STRING, Kind.ENUM):
        return value
    if type.kind is Kind.BOOL:
        return bool(value)
    return float(value) if type.kind in FLOATS else int(value)


def make_snapshot_table(store: Store) -> None:
    """Makes the table of snapshots, unless it is there."""
    if not store.warehouse.has_table(store.table("snapshot")):
        store.execute(TABLE)


def write_snapshot(store: Store, run: int, snapshot: Snapshot | None) -> None:
    """Keeps the snapshot of a run, in place of the one before."""
    if store.warehouse.has_table(store.table("snapshot")):
        store.execute("DELETE FROM segue.snapshot")
    elif snapshot is not None:
        store.execute(TABLE)
    if snapshot is None:
        return
    text = json.dumps(snapshot.to_json(), separators=(",", ":"))
    for place, start in enumerate(range(0, len(text), PIECE)):
        store.execute(
            "INSERT INTO segue.snapshot (run_id, piece, body) VALUES (:run, :piece, :body)",
            run=run,
            piece=place,
            body=text[start : start + PIECE],
        )


def read_snapshot(store: Store) -> Snapshot | None:
    """The snapshot of the last run; None where none was kept, or by another version of Segue."""
    if not store.warehouse.has_table(store.table("snapshot")):
        return None
    rows: list[Row] = store.fetch(store("SELECT body FROM segue.snapshot ORDER BY piece"))
    if not rows:
        return None
    try:
        return Snapshot.from_json(json.loads("".join(row[0] for row in rows)))
    except ValueError:
        return None
