"""The tables of kept aggregates: a base, and the tiles added to it since it was made.

kept_base_0   the key of rows of events, and an aggregate over a window in each column, as it was
              when the table was made; whoever has had no events by then is added with none
kept_tiles_0  `slice`, which edge of windows swept over a strip of time; the key; and in each
              column, an aggregate over the rows of that strip

Each pair of them has a number, its place. Rows are only added.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.incremental.totals import (
    ADDED,
    EARLIEST,
    Edge,
    fold_name,
)
from segue.compiler.incremental.touched import column_type
from segue.compiler.plan.nodes import Aggregate, Expr, Graph, Kernel
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.tiles import KEY, SLICE
from segue.compiler.sql.trees import (
    Tree,
    add,
    cast,
    coalesce,
    column,
    integer,
    is_null,
    named,
    null,
    string,
    subtract,
)
from segue.compiler.types import Kind
from segue.runtime.membership.store import Store, key_type


def base_table(store: Store, place: int) -> exp.Table:
    """The base of a place."""
    return store.table(f"kept_base_{place}")


def tiles_table(store: Store, place: int) -> exp.Table:
    """The tiles of a place."""
    return store.table(f"kept_tiles_{place}")


def create_base(
    store: Store, place: int, query: exp.Query, totals: Mapping[str, Expr], graph: Graph, key: Kind
) -> None:
    """Makes the tables of a place: the base from the rows of a query, and no tiles yet."""
    base, tiles = base_table(store, place), tiles_table(store, place)
    folds = {fold_name(graph, node): node for node in totals.values()}
    _create(store, tiles, {KEY: key_type(key), SLICE: "TEXT", **_types(store, folds)})
    _create(store, base, {KEY: key_type(key), **_types(store, totals)})
    names: list[str | exp.Identifier] = [KEY, *totals]
    store.warehouse.execute(exp.insert(query, base, columns=names, copy=False))
    store.warehouse.analyse(base)


def _types(store: Store, nodes: Mapping[str, Expr]) -> dict[str, str]:
    target = dialect(store.warehouse.dialect)
    return {name: column_type(node.type, target) for name, node in nodes.items()}


def _create(store: Store, table: exp.Table, types: Mapping[str, str]) -> None:
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type))
        for name, type in types.items()
    ]
    schema = exp.Schema(this=table, expressions=columns)
    store.warehouse.execute(exp.Create(this=schema, kind="TABLE"))


def drop_base(store: Store, place: int) -> None:
    """Drops the tables of a place."""
    for table in (base_table(store, place), tiles_table(store, place)):
        store.warehouse.execute(exp.Drop(tables=[table], kind="TABLE", exists=True))


def add_tiles(
    store: Store, place: int, query: exp.Query, folds: Iterable[str], totals: Mapping[str, Expr]
) -> None:
    """Adds the rows of a query to the tiles of a place, and their keys to its base."""
    base, tiles = base_table(store, place), tiles_table(store, place)
    names: list[str | exp.Identifier] = [KEY, SLICE, *folds]
    store.warehouse.execute(exp.insert(query, tiles, columns=names, copy=False))
    items = [named(column(KEY, "t"), KEY)]
    items += [named(_of_nobody(node), name) for name, node in totals.items()]
    same = exp.EQ(this=column(KEY, "b"), expression=column(KEY, "t"))
    known = exp.alias_(base, "b", table=True)
    new = exp.select(*items).from_(exp.alias_(tiles, "t", table=True))
    new = new.join(known, on=same, join_type="left").where(is_null(column(KEY, "b")))
    new = new.group_by(column(KEY, "t"))
    store.warehouse.execute(exp.insert(new, base, columns=[KEY, *totals], copy=False))


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
    aliases: dict[str, str] = {}
    folds: dict[str, dict[str, Expr]] = {}

    def fold(node: Expr, edge: Edge) -> Tree:
        alias = aliases.setdefault(edge.name, f"t{len(aliases)}")
        name = fold_name(graph, node)
        folds.setdefault(edge.name, {})[name] = node
        return column(name, alias)

    items = [named(_value(column(name, "b"), total, fold), name) for name, total in totals.items()]
    base = exp.alias_(base_table(store, place), "b", table=True)
    query = exp.select(named(column(KEY, "b"), KEY), *items, copy=False).from_(base, copy=False)
    for edge, alias in aliases.items():
        tiles = _of_keys(_tiles(store, place, edge, folds[edge]), column(KEY), keys)
        same = exp.EQ(this=column(KEY, alias), expression=column(KEY, "b"))
        tiles = tiles.group_by(column(KEY), copy=False)
        query = query.join(tiles.subquery(alias, copy=False), on=same, join_type="left", copy=False)
    return _of_keys(query, column(KEY, "b"), keys)


def _value(base: Tree, total: Total, fold: Callable[[Expr, Edge], Tree]) -> Tree:
    """An aggregate from its base and its tiles."""
    came, fell = (
        None if edge is None else fold(total.node, edge) for edge in (total.front, total.back)
    )
    kernel = _kernel(total.node)
    if kernel in ADDED:
        value = base if came is None else add(base, coalesce(came, integer(0)))
        return value if fell is None else subtract(value, coalesce(fell, integer(0)))
    if came is None:
        return base
    return coalesce(base, came) if kernel in EARLIEST else coalesce(came, base)


def _tiles(store: Store, place: int, edge: str, folds: Mapping[str, Expr]) -> exp.Select:
    """The tiles of an edge, those of several runs as one: to be grouped by their key."""
    target = dialect(store.warehouse.dialect)
    items: list[Tree] = [column(KEY)]
    for name, node in folds.items():
        value: Tree
        kernel = _kernel(node)
        if kernel in ADDED:
            value = cast(exp.Sum(this=column(name)), column_type(node.type, target))
        else:
            value = (exp.Min if kernel in EARLIEST else exp.Max)(this=column(name))
        items.append(named(value, name))
    query = exp.select(*items, copy=False).from_(tiles_table(store, place), copy=False)
    return query.where(exp.EQ(this=column(SLICE), expression=string(edge)), copy=False)


def _of_keys(query: exp.Select, key: Tree, keys: exp.Query | None) -> exp.Select:
    if keys is None:
        return query
    # An engine may not see by itself that it needs few rows of a wide table.
    these = exp.Subquery(this=keys.copy())
    return query.where(exp.In(this=key, query=these), copy=False)


def _of_nobody(node: Expr) -> Tree:
    """An aggregate of who has no events."""
    return integer(0) if _kernel(node) in ADDED else null()


def _kernel(node: Expr) -> Kernel:
    assert isinstance(node.param, Aggregate)
    return node.param.kernel
