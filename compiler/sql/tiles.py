"""Aggregates by the key that their rows have, whether there is an entity of that key or not.

What is kept of aggregates is read from the events alone: a row for each key that has rows. A
query may say so for several slices of time at once, each row of an event being in one of them.
"""

from collections.abc import Iterable, Mapping
from functools import reduce

from sqlglot import exp

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import Binding, Bounds, bounds, covers, merged
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.names import Names
from segue.compiler.sql.query import RESERVED, header, tables_of, with_steps
from segue.compiler.sql.rows import ENTITY_KEY, Rows, Sources, table
from segue.compiler.sql.scalar import Scope
from segue.compiler.sql.scans import (
    Context,
    Relation,
    Scan,
    aggregate_of,
    ranks_rows,
    scans,
)
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    any_of,
    bracket,
    case,
    cast,
    column,
    named,
    string,
)

KEY, SLICE = "key", "slice"


def values_by_key(
    catalog: Catalog,
    binding: Binding,
    dialect_name: str,
    values: Mapping[str, Expr],
    key_type: str,
    slices: Mapping[str, tuple[int, int]] | None = None,
    only: Tree | None = None,
) -> exp.Query:
    """`key` and aggregates of one place of events, as columns of these names.

    With `slices`, intervals that have no instant in common, there is a row for each of them
    where a key has rows in it, and its name in a column `slice` after the key. The aggregates
    must read all of them, in one window; there may be several only where `slices_at_once`. What
    puts rows in order is beside what does not, which has all keys.

    Of the rows of a table, `only` those of a condition are read.
    """
    target = dialect(dialect_name)
    names = Names(target.max_identifier)
    for name in (*RESERVED, KEY, SLICE, *tables_of(catalog)):
        names.reserve(name)
    sources = Sources(catalog, target, names, only=only)
    nodes = list({node.id: node for node in values.values()}.values())
    labels = {node.id: names.fresh("fold") for node in nodes}
    context = Context(Scope(target, binding, catalog.entity), sources, names, labels, {})
    entity = Relation(table(catalog.entity.table), catalog.entity.key.name)
    ranked = [node for node in nodes if ranks_rows(target, aggregate_of(node))]
    (scan,) = scans(context, [node for node in nodes if node not in ranked], entity)
    beside = scans(context, ranked, entity)
    items: list[Tree] = [named(cast(column(ENTITY_KEY, scan.name), key_type), KEY)]
    query = scan.query
    if slices is not None and len(slices) > 1:
        assert not beside
        first = aggregate_of(nodes[0])
        rows = sources.rows(first.event, bounds(first.window, binding))
        query = _sliced(scan, rows, slices)
        items.append(column(SLICE))
    elif slices is not None:
        items += [named(string(name), SLICE) for name in slices]
    results = {id: tree for one in (scan, *beside) for id, tree in one.results.items()}
    items += [named(results[node.id].copy(), name) for name, node in values.items()]
    made = exp.select(*items, copy=False).from_(query.subquery(scan.name, copy=False), copy=False)
    for other in beside:
        made = _joined(made, scan, other)
    steps = {**{union.name: union.query for union in sources.unions.values()}, **context.steps}
    return target.finish(with_steps(made, steps, frozenset(), header(binding)))


def slices_at_once(dialect_name: str, nodes: Iterable[Expr]) -> bool:
    """Whether a query can have rows of several slices: not where rows are put in order first."""
    return not any(ranks_rows(dialect(dialect_name), aggregate_of(node)) for node in nodes)


def _joined(query: exp.Select, scan: Scan, other: Scan) -> exp.Select:
    """A query over a scan with another one of some of its keys beside it."""
    same = exp.EQ(this=column(ENTITY_KEY, other.name), expression=column(ENTITY_KEY, scan.name))
    source = other.query.subquery(other.name, copy=False)
    return query.join(source, on=same, join_type="left", copy=False)


def _sliced(scan: Scan, rows: Rows, slices: Mapping[str, tuple[int, int]]) -> exp.Query:
    """A scan with a row for each key and slice.

    It is a select for each stretch of time, so that an engine need not read what is between them.
    """
    stretches = rows.dialect.stretches(Bounds(*interval) for interval in slices.values())
    if rows.union is not None:
        rows.union.stretches = stretches
    return reduce(_union_all, (_stretch(scan, rows, slices, stretch) for stretch in stretches))


def _stretch(
    scan: Scan, rows: Rows, slices: Mapping[str, tuple[int, int]], stretch: Bounds
) -> exp.Query:
    """The slices of a scan in one stretch of time."""
    found = {name: Bounds(*interval) for name, interval in slices.items()}
    inside = {name: one for name, one in found.items() if covers(stretch, one)}
    query = scan.query.copy()
    assert isinstance(query, exp.Select)
    query = query.where(*rows.scanned(stretch), copy=False)
    if len(inside) == 1:
        return query.select(named(string(*inside), SLICE), copy=False)
    conditions = {name: all_of(rows.within(interval)) for name, interval in inside.items()}
    held = {name: condition for name, condition in conditions.items() if condition is not None}
    if merged(inside.values()) != (stretch,):
        anywhere = any_of(bracket(condition.copy()) for condition in held.values())
        assert anywhere is not None
        query = query.where(bracket(anywhere), copy=False)
    which = case(*((condition, string(name)) for name, condition in held.items()))
    return query.select(named(which, SLICE), copy=False).group_by(which.copy(), copy=False)


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)
