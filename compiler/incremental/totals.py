"""Aggregates that go on from what they were: kept by key as a base, and tiles since.

A *base* has an aggregate over a window as it was at an instant. From then on the edges of the
window move, and a *tile* is the same aggregate over the strip of time that an edge swept over
from one run to the next:

    (after, until]  ->  (after', until']      = base + (until, until'] - (after, after']

How base and tiles become one value depends on the aggregate (`Way`):

    added     a count or sum: that of the base, plus the tiles of the edge at the front of the
              window, less those of the edge at its back
    latest    the time of the last event: the latest of the base and the front, missing once it
              has fallen out of the window
    picked    the value of the last event, which is kept beside its time and missing with it, or
              of the first one
    extreme   the greatest, the smallest or the first of the base and the front

Nothing may fall out of an extreme, or of what picks the first event: nobody knows which is the
next. So a window must begin where it began, as `ever`, `since` a day and `this month` do; when a
new month begins, they are built anew from its few events. In a window that slides there is
somebody in every run who loses their extreme, and to find the next one of a few is to read the
events of all: so it was measured, and these are computed anew for all who are touched.

Many windows share an edge, and then its tiles: all that end at `as_of` have one front.

What is kept is over closed rows alone, which do not change any more; the rows that are still open
are read in every run. Rows that say when they arrived are all closed, and come late: a tile of an
edge has those in the strip that have arrived by now, and those before the strip that have arrived
since the last run. So the tiles of both edges of a window have a row that comes before it.

All other aggregates (different values, the most frequent one, sequences,
the last few events) are computed anew from the events of the entities touched.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from segue.compiler.catalog.model import Catalog
from segue.compiler.incremental.sources import Source, arrivals, lateness_of, says_lateness, sources
from segue.compiler.plan.identity import identity
from segue.compiler.plan.nodes import KEPT, Aggregate, Expr, Graph, Kernel, reachable
from segue.compiler.plan.shift import BOUND
from segue.compiler.plan.windows import (
    Binding,
    Bounds,
    Calendar,
    Ever,
    Fixed,
    FixedDays,
    LastEvents,
    Sliding,
    Window,
    bounds,
)
from segue.compiler.sql.rows import place
from segue.compiler.sql.scans import is_event_time, reads_entity, row_expressions
from segue.compiler.types import BOOL, TIMESTAMP


class Way(StrEnum):
    """How what is kept of an aggregate, and what came since, become one."""

    ADDED = "added"
    LATEST = "latest"
    PICKED = "picked"
    EXTREME = "extreme"


UPWARDS = frozenset({Kernel.LAST, Kernel.MAX})
"""Of two values, or times, the later or greater one counts."""


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
    if not isinstance(fold, Aggregate) or _way(fold) is None or reads_entity(fold):
        return False
    if any(part.op == "as_of" or part.op in BOUND for part in reachable(row_expressions(fold))):
        return False
    members = catalog.members(fold.event)
    if not all(map(says_lateness, members)):
        return False
    first, *others = arrivals(catalog, members)
    if first.arrived is not None:
        # A row may come late into what lies before a window, and only some ways take that off.
        return not others and (isinstance(fold.window, Ever) or not _stands_still(node))
    if any(other.alike != first.alike for other in others):
        return False
    # Where all rows of a window are open, there is nothing to keep.
    assert first.lateness is not None
    return not (isinstance(fold.window, Sliding) and fold.window.start <= first.lateness)


def way(node: Expr) -> Way:
    """How an aggregate that composes goes on."""
    found = _way(_fold(node))
    assert found is not None
    return found


def _way(fold: Aggregate) -> Way | None:
    if fold.steps or isinstance(fold.window, LastEvents):
        return None
    begins = _begins_seldom(fold.window)
    match fold.kernel:
        case Kernel.COUNT | Kernel.SUM:
            return Way.ADDED
        case Kernel.LAST | Kernel.MAX if is_event_time(fold.value):
            return Way.LATEST
        case Kernel.LAST:
            return Way.PICKED
        case Kernel.MIN | Kernel.MAX if begins:
            return Way.EXTREME
        case Kernel.FIRST if begins:
            return Way.EXTREME if is_event_time(fold.value) else Way.PICKED
    return None


def _begins_seldom(window: Window) -> bool:
    """Whether a window begins where it began, but for the turn of a week, month or year."""
    match window:
        case Ever() | Fixed() | FixedDays():
            return True
        case Calendar(unit):
            return unit != "day"
    return False


def upwards(node: Expr) -> bool:
    """Whether the greater of two values, or the later of two events, is the one that counts."""
    return _fold(node).kernel in UPWARDS


def columns_of(graph: Graph, nodes: Mapping[str, Expr]) -> dict[str, Expr]:
    """The columns that keep some aggregates: the value of one event has its time beside it."""
    found: dict[str, Expr] = {}
    for name, node in nodes.items():
        found[name] = node
        if way(node) is Way.PICKED:
            found[time_name(name)] = time_of(graph, node)
    return found


def time_name(name: str) -> str:
    """The column of the time of a value that is kept under a name."""
    return f"{name}_at"


def time_of(graph: Graph, node: Expr) -> Expr:
    """When the last, or first, event was that has a value."""
    fold = _fold(node)
    assert fold.value is not None
    missing = graph.make("is missing", (fold.value,), type=BOOL)
    where = graph.make("not", (missing,), type=BOOL)
    if fold.where is not None:
        where = graph.make("and", (fold.where, where), type=BOOL)
    time = graph.make("event_time", param=0, type=TIMESTAMP)
    made = replace(fold, where=where, value=time)
    return graph.make("aggregate", param=made, type=TIMESTAMP.optional)


def lateness(catalog: Catalog, node: Expr) -> int:
    """How late the rows of an aggregate that composes may come, in microseconds; 0 for those that
    say when they arrived."""
    found = lateness_of(catalog, catalog.members(_fold(node).event)[0])
    assert found is not None
    return found


def arriving(catalog: Catalog, node: Expr) -> Source | None:
    """The source of an aggregate whose rows say when they arrived."""
    members = catalog.members(_fold(node).event)
    if members[0].arrived is None:
        return None
    (found, *_) = sources(catalog, [member.name for member in members])
    return found


def lot(catalog: Catalog, node: Expr) -> Hashable:
    """Aggregates of one lot are kept in the same rows: they read the same table, or union, and its
    rows come in the same way."""
    event = _fold(node).event
    members = catalog.members(event)
    places = {place(member) for member in members}
    return (next(iter(places)), members[0].arrived) if len(places) == 1 else event


def by_lot(catalog: Catalog, nodes: Mapping[str, Expr]) -> list[list[str]]:
    """The names of aggregates, those of a lot together."""
    found: dict[Hashable, list[str]] = {}
    for name, node in nodes.items():
        found.setdefault(lot(catalog, node), []).append(name)
    return list(found.values())


def edges(node: Expr, late: int, binding: Binding) -> Edges:
    """The edges of an aggregate whose rows come no later than `late` microseconds."""
    fold = _fold(node)
    back = None
    if way(node) is Way.ADDED and bounds(fold.window, binding).after is not None:
        back = _edge(fold.window, late, until=False)
    return Edges(_edge(fold.window, late, until=True), back)


def beginning(node: Expr, binding: Binding) -> Edge | None:
    """The edge that must stand still for an aggregate to go on; None where none must."""
    window = _fold(node).window
    if bounds(window, binding).after is None or not _stands_still(node):
        return None
    return Edge(f"after {window}", window, until=False)


def _stands_still(node: Expr) -> bool:
    """Whether an aggregate goes on only while its window begins where it began."""
    return way(node) is not Way.ADDED and not _falls_by_its_time(node)


def _falls_by_its_time(node: Expr) -> bool:
    """Whether the time that is kept tells when an aggregate has nothing any more."""
    return way(node) is Way.LATEST or (way(node) is Way.PICKED and upwards(node))


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
    after, end = bounds(_fold(node).window, binding)
    how = way(node)
    fallen = after if _falls_by_its_time(node) else None
    value = graph.make(KEPT, param=(total_name(node), fallen), type=node.type)
    if end <= until:
        return value
    front = over(graph, node, Bounds(until if after is None else max(until, after), end))
    if how is Way.ADDED:
        return graph.make("+", (value, front), type=node.type)
    if how is Way.EXTREME:
        return _better(graph, node, value, front)
    first, second = (front, value) if upwards(node) else (value, front)
    return graph.make("??", (first, second), type=node.type)


def _better(graph: Graph, node: Expr, kept: Expr, front: Expr) -> Expr:
    """The greater of two values, or the smaller, either of which may be missing."""
    stands = graph.make(">=" if upwards(node) else "<=", (kept, front), type=BOOL)
    other = graph.make("??", (front, kept), type=node.type)
    return graph.make("if", (stands, kept, other), type=node.type)


def _fold(node: Expr) -> Aggregate:
    assert isinstance(node.param, Aggregate)
    return node.param
