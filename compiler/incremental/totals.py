"""Aggregates that go on from what they were: kept for each entity, and brought forward.

A count or sum over a window is that of an earlier instant, plus the events that came in at its
front, less those that fell out at its back; the time of the last event is that of the front, or
the old one as long as it has not fallen out. Only the rows between need be read:

    (after, until]  ->  (after', until']      = kept + (until, until'] - (after, after']

What is kept is over closed rows alone, which do not change any more. All other aggregates
(a smallest value, different values, sequences, the last few events) are computed anew from the
events of the entities touched.
"""

from collections.abc import Iterable
from dataclasses import replace

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.identity import identity
from segue.compiler.plan.nodes import KEPT, Aggregate, Expr, Graph, Kernel, reachable
from segue.compiler.plan.shift import BOUND
from segue.compiler.plan.windows import Binding, Bounds, Fixed, LastEvents, bounds
from segue.compiler.sql.scans import is_event_time, reads_entity, row_expressions

ADDED = frozenset({Kernel.COUNT, Kernel.SUM})
LATEST = frozenset({Kernel.LAST, Kernel.MAX})
EARLIEST = frozenset({Kernel.FIRST, Kernel.MIN})


def total_name(node: Expr) -> str:
    """The column that keeps an aggregate."""
    return f"total_{identity(node)[:24]}"


def totals(catalog: Catalog, roots: Iterable[Expr]) -> dict[str, Expr]:
    """The aggregates of conditions that can go on from what they were, by column."""
    found = (node for node in reachable(roots) if node.op == "aggregate")
    return {total_name(node): node for node in found if composes(catalog, node)}


def composes(catalog: Catalog, node: Expr) -> bool:
    """Whether an aggregate can go on from what it was."""
    fold = node.param
    if not isinstance(fold, Aggregate) or fold.steps or isinstance(fold.window, LastEvents):
        return False
    if fold.kernel not in ADDED and not is_event_time(fold.value):
        return False
    if fold.kernel not in ADDED | LATEST | EARLIEST or reads_entity(fold):
        return False
    if any(part.op == "as_of" or part.op in BOUND for part in reachable(row_expressions(fold))):
        return False
    members = catalog.members(fold.event)
    # Rows that come late without limit are told apart by another column than their time.
    return all(m.arrived is None for m in members) and len({m.lateness for m in members}) == 1


def lateness(catalog: Catalog, node: Expr) -> int:
    """How late the rows of an aggregate that composes may come, in microseconds."""
    assert isinstance(node.param, Aggregate)
    found = catalog.members(node.param.event)[0].lateness
    assert found is not None
    return found


def closed(node: Expr, binding: Binding, until: int) -> Bounds:
    """The part of the window of an aggregate that lies before an instant."""
    assert isinstance(node.param, Aggregate)
    after, end = bounds(node.param.window, binding)
    end = min(end, until)
    return Bounds(after, end if after is None else max(after, end))


def over(graph: Graph, node: Expr, interval: Bounds) -> Expr:
    """An aggregate over another interval."""
    after, until = interval
    assert isinstance(node.param, Aggregate)
    window = Fixed(None if after is None else after + 1, until)
    return graph.make("aggregate", param=replace(node.param, window=window), type=node.type)


def carried(graph: Graph, node: Expr, before: Bounds, now: Bounds) -> Expr | None:
    """An aggregate over an interval, from what is kept of it over an earlier one.

    None where there is no way, or where it would read no less.
    """
    fold = node.param
    assert isinstance(fold, Aggregate)
    moved = before.after != now.after
    if now.until < before.until or (moved and fold.kernel in EARLIEST):
        return None
    if moved and (
        before.after is None or now.after is None or not before.after < now.after < before.until
    ):
        return None
    fallen = now.after if moved and fold.kernel in LATEST else None
    value = graph.make(KEPT, param=(total_name(node), fallen), type=node.type)
    if now.until > before.until:
        front = over(graph, node, Bounds(before.until, now.until))
        if fold.kernel in ADDED:
            value = graph.make("+", (value, front), type=node.type)
        else:
            first, second = (value, front) if fold.kernel in EARLIEST else (front, value)
            value = graph.make("??", (first, second), type=node.type)
    if moved and fold.kernel in ADDED and now.after is not None:
        back = over(graph, node, Bounds(before.after, now.after))
        value = graph.make("-", (value, back), type=node.type)
    return value
