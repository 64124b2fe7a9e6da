"""The tables of kept aggregates: a base, and the tiles added to it since it was made.

kept_base_0   the key of rows of events, and an aggregate over a window in each column, as it was
              when the table was made
kept_tiles_0  `slice`, which edge of windows swept over a strip of time; the key; and in each
              column, an aggregate over the rows of that strip. Rows are only added.

Each pair of them has a number, its place.
"""

from collections.abc import Iterable, Mapping

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
    store: Store, place: int, query: exp.Query, folds: Mapping[str, Expr], key: Kind
) -> None:
    """Makes the tables of a place: the base of a query, and no tiles yet."""
    target = dialect(store.warehouse.dialect)
    types = {SLICE: "TEXT", KEY: key_type(key)}
    types |= {name: column_type(node.type, target) for name, node in folds.items()}
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type))
        for name, type in types.items()
    ]
    base, tiles = base_table(store, place), tiles_table(store, place)
    create = exp.Create(this=base.copy(), kind="TABLE", expression=query)
    store.warehouse.execute(create)
    schema = exp.Schema(this=tiles, expressions=columns)
    store.warehouse.execute(exp.Create(this=schema, kind="TABLE"))
    store.warehouse.analyse(base)


def drop_base(store: Store, place: int) -> None:
    """Drops the tables of a place."""
    for table in (base_table(store, place), tiles_table(store, place)):
        store.warehouse.execute(exp.Drop(tables=[table], kind="TABLE", exists=True))


def add_tiles(store: Store, place: int, query: exp.Query, folds: Iterable[str]) -> None:
    """Adds the rows of a query to the tiles of a place."""
    names: list[str | exp.Identifier] = [KEY, SLICE, *folds]
    store.warehouse.execute(exp.insert(query, tiles_table(store, place), columns=names))


def count_tiles(store: Store, place: int) -> int:
    """How many rows the tiles of a place have."""
    count = exp.select(exp.Count(this=exp.Star())).from_(tiles_table(store, place))
    return int(store.fetch(count)[0][0])


def keys_of(store: Store, places: Iterable[int]) -> exp.Query:
    """The keys of which something is kept in some places, each once."""
    tables = [make(store, place) for place in places for make in (base_table, tiles_table)]
    query: exp.Query = exp.select(column(KEY)).from_(tables[0])
    for table in tables[1:]:
        query = exp.union(query, exp.select(column(KEY)).from_(table), distinct=True)
    return query


class Reading:
    """Reads kept aggregates: the tables to be joined by their key, and values over these.

    Only rows with one of `keys` are read, or all.
    """

    def __init__(self, store: Store, graph: Graph, keys: exp.Query | None = None) -> None:
        self._store = store
        self._graph = graph
        self._keys = keys
        self._target = dialect(store.warehouse.dialect)
        self._totals: dict[int, dict[str, None]] = {}
        self._folds: dict[tuple[int, str], dict[str, Expr]] = {}

    def value(
        self, name: str, node: Expr, place: int, front: Edge | None, back: Edge | None
    ) -> Tree:
        """The aggregate of a column; its edges are given where they have left the base.

        A count or sum is 0 for who has no rows, and a time is missing.
        """
        self._totals.setdefault(place, {})[name] = None
        value: Tree = column(name, f"b{place}")
        came = None if front is None else self._fold(node, place, front)
        fell = None if back is None else self._fold(node, place, back)
        kernel = _kernel(node)
        if kernel in ADDED:
            value = coalesce(value, integer(0))
            value = value if came is None else add(value, coalesce(came, integer(0)))
            return value if fell is None else subtract(value, coalesce(fell, integer(0)))
        if came is None:
            return value
        return coalesce(value, came) if kernel in EARLIEST else coalesce(came, value)

    def tables(self) -> dict[str, exp.Table | exp.Query]:
        """What the values read, by alias: each has a column `key`, and a row for a key."""
        found: dict[str, exp.Table | exp.Query] = {}
        for place, names in self._totals.items():
            query = exp.select(*map(column, [KEY, *names]))
            found[f"b{place}"] = self._of_keys(query.from_(base_table(self._store, place)))
        for number, ((place, edge), folds) in enumerate(self._folds.items()):
            items = [exp.alias_(self._merged(n, f), n, quoted=True) for n, f in folds.items()]
            query = exp.select(column(KEY), *items).from_(tiles_table(self._store, place))
            query = query.where(exp.EQ(this=column(SLICE), expression=string(edge)))
            found[f"t{number}"] = self._of_keys(query).group_by(column(KEY))
        return found

    def _fold(self, node: Expr, place: int, edge: Edge) -> Tree:
        """The column that has the tiles of an edge together."""
        where = (place, edge.name)
        name = fold_name(self._graph, node)
        self._folds.setdefault(where, {})[name] = node
        return column(name, f"t{list(self._folds).index(where)}")

    def _merged(self, name: str, node: Expr) -> Tree:
        """Tiles of several runs as one."""
        kernel = _kernel(node)
        if kernel in ADDED:
            return cast(exp.Sum(this=column(name)), column_type(node.type, self._target))
        return (exp.Min if kernel in EARLIEST else exp.Max)(this=column(name))

    def _of_keys(self, query: exp.Select) -> exp.Select:
        if self._keys is None:
            return query
        # An engine may not see by itself that it needs few rows of a wide table.
        these = exp.Subquery(this=self._keys.copy())
        return query.where(exp.In(this=column(KEY), query=these))


def _kernel(node: Expr) -> Kernel:
    assert isinstance(node.param, Aggregate)
    return node.param.kernel
