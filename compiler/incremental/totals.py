"""Aggregates that go on from what they were: kept by key as a base, and tiles since.

A *base* has an aggregate over a window as it was at an instant. From then on the edges of the
window move, and a *tile* is the same aggregate over the strip of time that an edge swept over
from one run to the next:

    (after, until]  ->  (after', until']      = base + (until, until'] - (after, after']

So a count or sum is that of the base, plus the tiles of the edge at the front of the window, less
those of the edge at its back. The time of the last event is the latest of the base and the tiles
of the front, as long as it has not fallen out; that of the first one ever is the earliest. Many
windows share an edge, and then its tiles: all that end at `as_of` have one front.

What is kept is over closed rows alone, which do not change any more; the rows that are still open
are read in every run. All other aggregates (a smallest value, different values, sequences, the
last few events) are computed anew from the events of the entities touched.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.identity import identity
from segue.compiler.plan.nodes import KEPT, Aggregate, Expr, Graph, Kernel, reachable
from segue.compiler.plan.shift import BOUND
from segue.compiler.plan.windows import (
    Binding,
    Bounds,
    Calendar,
    Ever,
    Fixed,
    LastEvents,
    Sliding,
    Window,
    bounds,
)
from segue.compiler.sql.rows import place
from segue.compiler.sql.scans import is_event_time, reads_entity, row_expressions

ADDED = frozenset({Kernel.COUNT, Kernel.SUM})
LATEST = frozenset({Kernel.LAST, Kernel.MAX})
EARLIEST = frozenset({Kernel.FIRST, Kernel.MIN})


@dataclass(frozen=True, slots=True)
class Edge:
    """An end of a window, as far as rows are closed; edges of one name are one path in time.

    `until` says whether it is the later end of the window, or the earlier one.
    """

    name: str
    window: Window
    until: bool

    def at(self, binding: Binding, closed: int) -> int:
        """Where it is at an instant, when rows up to `closed` are closed."""
        after, until = bounds(self.window, binding)
        found = until if self.until else after
        assert found is not None
        return min(found, closed)


class Edges(NamedTuple):
    """Those whose tiles an aggregate is made of: the front adds what comes in, and the back takes
    off what falls out. Only a count or sum has a back, unless its window begins with time."""

    front: Edge
    back: Edge | None


class Strip(NamedTuple):
    """What an edge swept over: the interval `(after, until]`, in microseconds since the epoch."""

    after: int
    until: int


def total_name(node: Expr) -> str:
    """The column that keeps an aggregate over its window."""
    return f"total_{identity(node)[:24]}"


def fold_name(graph: Graph, node: Expr) -> str:
    """The column of tiles that keeps an aggregate over their strips: one for all windows."""
    return f"fold_{identity(over(graph, node, Bounds(None, 0)))[:24]}"


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
    if fold.kernel in EARLIEST and not isinstance(fold.window, Ever):
        # The first one falls out of a window, and nothing says which is the next.
        return False
    if any(part.op == "as_of" or part.op in BOUND for part in reachable(row_expressions(fold))):
        return False
    members = catalog.members(fold.event)
    # Rows that come late without limit are told apart by another column than their time.
    if any(m.arrived is not None for m in members) or len({m.lateness for m in members}) > 1:
        return False
    late = members[0].lateness
    # Where all rows of a window are open, there is nothing to keep.
    return late is not None and not (isinstance(fold.window, Sliding) and fold.window.start <= late)


def lateness(catalog: Catalog, node: Expr) -> int:
    """How late the rows of an aggregate that composes may come, in microseconds."""
    found = catalog.members(_fold(node).event)[0].lateness
    assert found is not None
    return found


def lot(catalog: Catalog, node: Expr) -> Hashable:
    """Aggregates of one lot are kept in the same rows: they read the same table, or union."""
    event = _fold(node).event
    places = {place(member) for member in catalog.members(event)}
    return next(iter(places)) if len(places) == 1 else event


def edges(node: Expr, late: int, binding: Binding) -> Edges:
    """The edges of an aggregate whose rows come no later than `late` microseconds."""
    fold = _fold(node)
    back = None
    if fold.kernel in ADDED and bounds(fold.window, binding).after is not None:
        back = _edge(fold.window, late, until=False)
    return Edges(_edge(fold.window, late, until=True), back)


def _edge(window: Window, late: int, *, until: bool) -> Edge:
    ago = _ago(window, until=until)
    if ago is not None:
        return Edge(f"{max(ago, late)} ago", window, until)
    # Where rows are open it stands still, and events of one table may come late in their own ways.
    return Edge(f"{'until' if until else 'after'} {window}, or {late} ago", window, until)


def _ago(window: Window, *, until: bool) -> int | None:
    """How long ago an edge always is; None where that varies."""
    match window:
        case Sliding(start, end, closed):
            return end if until else start + (1 if closed else 0)
        case Ever() | Calendar(previous=False) if until:
            return 0
        case Fixed(_, None) if until:
            return 0
    return None


def closed(node: Expr, binding: Binding, until: int) -> Bounds:
    """The part of the window of an aggregate that lies before an instant."""
    after, end = bounds(_fold(node).window, binding)
    return Bounds(None if after is None else min(after, until), min(end, until))


def over(graph: Graph, node: Expr, interval: Bounds) -> Expr:
    """An aggregate over another interval."""
    after, until = interval
    window = Fixed(None if after is None else after + 1, until)
    return graph.make("aggregate", param=replace(_fold(node), window=window), type=node.type)


def continued(graph: Graph, node: Expr, binding: Binding, until: int) -> Expr:
    """An aggregate at an instant, from what is kept of its closed rows, and from the open ones.

    Rows up to `until` are closed.
    """
    fold = _fold(node)
    after, end = bounds(fold.window, binding)
    value = graph.make(
        KEPT, param=(total_name(node), after if fold.kernel in LATEST else None), type=node.type
    )
    if end <= until:
        return value
    front = over(graph, node, Bounds(until if after is None else max(until, after), end))
    if fold.kernel in ADDED:
        return graph.make("+", (value, front), type=node.type)
    first, second = (value, front) if fold.kernel in EARLIEST else (front, value)
    return graph.make("??", (first, second), type=node.type)


def _fold(node: Expr) -> Aggregate:
    assert isinstance(node.param, Aggregate)
    return node.param
