"""What is kept of aggregates as it is now: a base, and the tiles of edges since, as one query."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.incremental.columns import column_type
from segue.compiler.incremental.totals import (
    Edge,
    Way,
    columns_of,
    fold_name,
    time_name,
    upwards,
    way,
)
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.tiles import KEY, SLICE
from segue.compiler.sql.trees import (
    Tree,
    add,
    case,
    cast,
    coalesce,
    column,
    integer,
    is_null,
    named,
    string,
    subtract,
)
from segue.compiler.types import INT, TIMESTAMP, Kind, Type
from segue.runtime.incremental.bases import base_table, tiles_table
from segue.runtime.membership.store import Store

BASE = "b"


@dataclass(frozen=True, slots=True)
class Total:
    """An aggregate of a base, and those of its edges that have moved since the base was made."""

    node: Expr
    front: Edge | None = None
    back: Edge | None = None


def merged(
    store: Store,
    graph: Graph,
    place: int,
    totals: Mapping[str, Total],
    keys: exp.Query | None = None,
) -> exp.Select:
    """A row for each key of a place, with aggregates as they are now, by column.

    Of those among `keys`, or of all.
    """
    tiles = _Tiles(graph)
    target = dialect(store.warehouse.dialect)
    items = [
        named(tree, column_name)
        for name, total in totals.items()
        for column_name, tree in _now(target, name, total, tiles).items()
    ]
    base = exp.alias_(base_table(store, place), BASE, table=True)
    query = exp.select(named(column(KEY, BASE), KEY), *items, copy=False).from_(base, copy=False)
    for edge, alias in tiles.aliases.items():
        rows = exp.select(copy=False).from_(tiles_table(store, place), copy=False)
        rows = rows.where(exp.EQ(this=column(SLICE), expression=string(edge)), copy=False)
        by_key = _by_key(target, graph, _of_keys(rows, column(KEY), keys), tiles.folds[edge])
        same = exp.EQ(this=column(KEY, alias), expression=column(KEY, BASE))
        other = by_key.subquery(alias, copy=False)
        query = query.join(other, on=same, join_type="left", copy=False)
    return _of_keys(query, column(KEY, BASE), keys)


def _of_keys(query: exp.Select, key: Tree, keys: exp.Query | None) -> exp.Select:
    if keys is None:
        return query
    # An engine may not see by itself that it needs few rows of a wide table.
    these = exp.Subquery(this=keys.copy())
    return query.where(exp.In(this=key, query=these), copy=False)


# ---------------------------------------------------------------- base and tiles


@dataclass(frozen=True, slots=True)
class _Kept:
    """A value that is kept, and the time of its event where that is kept as well."""

    value: Tree
    at: Tree


def _kept(name: str, table: str) -> _Kept:
    return _Kept(column(name, table), column(time_name(name), table))


@dataclass(frozen=True, slots=True)
class _Tiles:
    """The edges whose tiles are read, each under an alias, and of which aggregates."""

    graph: Graph
    aliases: dict[str, str] = field(default_factory=dict)
    folds: dict[str, dict[str, Expr]] = field(default_factory=dict)

    def of(self, node: Expr, edge: Edge | None) -> _Kept | None:
        if edge is None:
            return None
        alias = self.aliases.setdefault(edge.name, f"t{len(self.aliases)}")
        name = fold_name(self.graph, node)
        self.folds.setdefault(edge.name, {})[name] = node
        return _kept(name, alias)


def _now(target: Dialect, name: str, total: Total, tiles: _Tiles) -> dict[str, Tree]:
    """The columns of an aggregate as it is now."""
    node, base = total.node, _kept(name, BASE)
    came, fell = tiles.of(node, total.front), tiles.of(node, total.back)
    match way(node):
        case Way.ADDED:
            return {name: _sum(base.value, came, fell)}
        case Way.LATEST | Way.EXTREME:
            return {name: _best(target, node, base, came)}
        case Way.PICKED:
            if came is None:
                return {name: base.value, time_name(name): base.at}
            time = _better(target, TIMESTAMP, base.at, came.at, up=upwards(node))
            return {name: _picked(target, node, base, came), time_name(name): time}


def _sum(value: Tree, came: _Kept | None, fell: _Kept | None) -> Tree:
    if came is not None:
        value = add(value, coalesce(came.value, integer(0)))
    return value if fell is None else subtract(value, coalesce(fell.value, integer(0)))


def _best(target: Dialect, node: Expr, base: _Kept, came: _Kept | None) -> Tree:
    if came is None:
        return base.value
    return _better(target, node.type, base.value, came.value, up=upwards(node))


def _picked(target: Dialect, node: Expr, base: _Kept, came: _Kept) -> Tree:
    """The value of the later event, or of the earlier one; of two at one instant, by value."""
    up = upwards(node)
    came_first = exp.or_(is_null(base.at), _beats(target, TIMESTAMP, came.at, base.at, up=up))
    base_first = exp.or_(is_null(came.at), _beats(target, TIMESTAMP, base.at, came.at, up=up))
    tied = _better(target, node.type, base.value, came.value, up=up)
    return case((came_first, came.value), (base_first, base.value), default=tied)


def _better(target: Dialect, type: Type, left: Tree, right: Tree, *, up: bool) -> Tree:
    """The greater of two values, or the smaller, either of which may be missing."""
    right_wins = _beats(target, type, right, left, up=up)
    return case((right_wins, right), default=coalesce(left, right))


def _beats(target: Dialect, type: Type, left: Tree, right: Tree, *, up: bool) -> Tree:
    comparison = exp.GT if up else exp.LT
    sides = (target.ordered_value(side.copy(), type) for side in (left, right))
    return comparison(this=next(sides), expression=next(sides))


# ------------------------------------------------------------- tiles of one edge


def _by_key(
    target: Dialect, graph: Graph, tiles: exp.Select, folds: Mapping[str, Expr]
) -> exp.Select:
    """The tiles of an edge, those of several runs as one: a row for each key."""
    picked = {name: node for name, node in folds.items() if way(node) is Way.PICKED}
    if picked:
        tiles = _with_times(tiles.select(*map(column, (KEY, *columns_of(graph, folds)))), picked)
        tiles = exp.select(copy=False).from_(tiles.subquery("t", copy=False), copy=False)
    items: list[Tree] = [column(KEY)]
    for name, node in folds.items():
        items.append(named(_folded(target, name, node), name))
        if name in picked:
            time = _extreme(target, column(time_name(name)), TIMESTAMP, up=upwards(node))
            items.append(named(time, time_name(name)))
    return tiles.select(*items, copy=False).group_by(column(KEY), copy=False)


def _folded(target: Dialect, name: str, node: Expr) -> Tree:
    match way(node):
        case Way.ADDED:
            return cast(exp.Sum(this=column(name)), column_type(node.type, target))
        case Way.LATEST | Way.EXTREME:
            return _extreme(target, column(name), node.type, up=upwards(node))
        case Way.PICKED:
            return _value_then(target, name, node)


def _extreme(target: Dialect, value: Tree, type: Type, *, up: bool) -> Tree:
    function = exp.Max if up else exp.Min
    return target.unordered(function(this=target.ordered_value(value, type)), type)


def _with_times(tiles: exp.Select, picked: Mapping[str, Expr]) -> exp.Select:
    """Tiles with the time of the last of each key beside them, or of the first."""
    for name, node in picked.items():
        function = exp.Max if upwards(node) else exp.Min
        last = function(this=column(time_name(name)))
        over_key = exp.Window(this=last, partition_by=[column(KEY)])
        tiles = tiles.select(named(over_key, _last_name(name)), copy=False)
    return tiles


def _last_name(name: str) -> str:
    return f"{name}_last"


def _value_then(target: Dialect, name: str, node: Expr) -> Tree:
    """The value at the time of the last event of a key; of several, by value."""
    then = exp.EQ(this=column(time_name(name)), expression=column(_last_name(name)))
    if node.type.kind is not Kind.BOOL:
        return _extreme(target, case((then, column(name))), node.type, up=upwards(node))
    # Not all engines have an extreme of truths.
    number = case((column(name), integer(1)), (exp.Not(this=column(name)), integer(0)))
    extreme = _extreme(target, case((then, number)), INT, up=upwards(node))
    return exp.EQ(this=extreme, expression=integer(1))
