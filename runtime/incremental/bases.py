"""The tables of kept aggregates: a base, and the tiles added to it since it was made.

kept_base_0   the key of rows of events, and an aggregate over a window in each column, as it was
              when the table was made; whoever has had no events by then is added with none
kept_tiles_0  `slice`, which edge of windows swept over a strip of time; the key; and in each
              column, an aggregate over the rows of that strip

The value of one event has the event's time in a column beside it.

Each pair of them has a number, its place. Rows are only added.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from segue.compiler.incremental.columns import kept_type
from segue.compiler.incremental.totals import (
    Way,
    columns_of,
    fold_name,
    way,
)
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.sql.tiles import KEY, SLICE
from segue.compiler.sql.trees import Tree, column, integer, is_null, named, null
from segue.compiler.types import Kind
from segue.runtime.incremental.places import BASE, TILES, create_table, placed_table
from segue.runtime.membership.store import Store, key_type


def base_table(store: Store, place: int) -> exp.Table:
    """The base of a place."""
    return placed_table(store, BASE, place)


def tiles_table(store: Store, place: int) -> exp.Table:
    """The tiles of a place."""
    return placed_table(store, TILES, place)


def create_base(
    store: Store, place: int, totals: Mapping[str, Expr], graph: Graph, key: Kind
) -> None:
    """Makes the tables of a place, empty."""
    folds = {fold_name(graph, node): node for node in totals.values()}
    typed = {KEY: key_type(key)}
    tiles = {**typed, SLICE: "TEXT", **_types(graph, folds)}
    create_table(store, tiles_table(store, place), tiles)
    create_table(store, base_table(store, place), {**typed, **_types(graph, totals)})


def fill_base(
    store: Store, place: int, query: exp.Query, totals: Mapping[str, Expr], graph: Graph
) -> None:
    """Writes the rows of a query into an empty base."""
    base = base_table(store, place)
    names: list[str | exp.Identifier] = [KEY, *columns_of(graph, totals)]
    store.warehouse.execute(exp.insert(query, base, columns=names, copy=False))
    store.warehouse.analyse(base)


def _types(graph: Graph, nodes: Mapping[str, Expr]) -> dict[str, str]:
    return {name: kept_type(part.type) for name, part in columns_of(graph, nodes).items()}


def add_tiles(
    store: Store,
    place: int,
    query: exp.Query,
    folds: Iterable[str],
    totals: Mapping[str, Expr],
    graph: Graph,
) -> None:
    """Adds the rows of a query to the tiles of a place, and their keys to its base.

    `folds` are the columns of the query; `totals` are the aggregates of the place.
    """
    base, tiles = base_table(store, place), tiles_table(store, place)
    names: list[str | exp.Identifier] = [KEY, SLICE, *folds]
    store.warehouse.execute(exp.insert(query, tiles, columns=names, copy=False))
    kept = {
        name: _of_nobody(node)
        for total, node in totals.items()
        for name in columns_of(graph, {total: node})
    }
    items = [named(column(KEY, "t"), KEY), *(named(tree, name) for name, tree in kept.items())]
    same = exp.EQ(this=column(KEY, "b"), expression=column(KEY, "t"))
    known = exp.alias_(base, "b", table=True)
    new = exp.select(*items).from_(exp.alias_(tiles, "t", table=True))
    new = new.join(known, on=same, join_type="left").where(is_null(column(KEY, "b")))
    new = new.group_by(column(KEY, "t"))
    store.warehouse.execute(exp.insert(new, base, columns=[KEY, *kept], copy=False))


def count_tiles(store: Store, place: int) -> int:
    """How many rows the tiles of a place have."""
    count = exp.select(exp.Count(this=exp.Star())).from_(tiles_table(store, place))
    return int(store.fetch(count)[0][0])


def keys_of(store: Store, places: Iterable[int]) -> exp.Query:
    """The keys of which something is kept in some places, each once."""
    first, *others = (exp.select(column(KEY)).from_(base_table(store, place)) for place in places)
    query: exp.Query = first
    for other in others:
        query = exp.union(query, other, distinct=True, copy=False)
    return query


def _of_nobody(node: Expr) -> Tree:
    """An aggregate of who has no events."""
    return integer(0) if way(node) is Way.ADDED else null()
