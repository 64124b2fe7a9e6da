"""Whether what is kept of aggregates is what the events say."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from incremental.streams import Moment
from segue.compiler.incremental.totals import (
    Way,
    arriving,
    by_lot,
    closed,
    columns_of,
    lateness,
    over,
    time_name,
    totals,
    way,
)
from segue.compiler.plan.nodes import Aggregate, Expr
from segue.compiler.plan.windows import Binding, bounds
from segue.compiler.sql.tiles import values_by_key
from segue.runtime.incremental.choice import choose, segment_rules
from segue.runtime.incremental.kept import read_kept
from segue.runtime.incremental.places import Places
from segue.runtime.incremental.totals import Totals
from segue.runtime.membership.store import Store, key_type
from segue.runtime.warehouse.warehouse import Warehouse

SEEN: Counter[str] = Counter()
"""How many aggregates were compared, by the way they go on, of those with tiles beside a base."""

Values = dict[Any, tuple[Any, ...]]


def check_kept(warehouse: Warehouse, moment: Moment, schema: str) -> None:
    """Compares every aggregate that the last run kept with one of all closed rows."""
    store = Store(warehouse, schema)
    kept = read_kept(store)
    if kept is None:
        return
    plan, binding = moment.plan, moment.binding
    rules = segment_rules(plan, {name: slot for slot, name in enumerate(plan.segments)})
    narrowed = choose(plan, rules, None, binding).narrowed.values()
    key = plan.catalog.entity.key.type.kind
    nodes = {n: node for n, node in totals(plan.catalog, narrowed).items() if n in kept.totals}
    places, bases = Places(store), dict(kept.totals)
    found = Totals(store, plan, binding, key, kept.marks, 0, places, bases, nodes)
    for names in by_lot(plan.catalog, nodes):
        some = {name: nodes[name] for name in names}
        columns = columns_of(plan.graph, some)
        anew = {}
        for name, node in columns.items():
            until = binding.as_of - lateness(plan.catalog, node)
            anew[name] = over(plan.graph, node, closed(node, binding, until))
        query = values_by_key(plan.catalog, binding, warehouse.dialect, anew, key_type(key))
        expected = _rows(warehouse, query)
        nobody = tuple(None if node.type.nullable else 0 for node in columns.values())
        for row, values in _rows(warehouse, found.rows(names)).items():
            inside = _inside(some, dict(zip(columns, values, strict=True)), binding)
            assert inside == expected.pop(row, nobody), (row, names)
        assert all(values == nobody for values in expected.values()), expected
        for name in names:
            if kept.totals[name].built < kept.as_of:
                late = arriving(plan.catalog, nodes[name]) is not None
                SEEN[f"{way(nodes[name])}{' of rows that arrive' if late else ''}"] += 1


def _inside(nodes: Mapping[str, Expr], values: dict[str, Any], binding: Binding) -> tuple[Any, ...]:
    """Values, those of events that have fallen out missing, as where conditions read them."""
    for name, node in nodes.items():
        assert isinstance(node.param, Aggregate)
        after = bounds(node.param.window, binding).after
        time = time_name(name) if time_name(name) in values else name
        by_time = way(node) in (Way.LATEST, Way.PICKED)
        if by_time and after is not None and values[time] is not None and values[time] <= after:
            values[name] = values[time] = None
    return tuple(values.values())


def _rows(warehouse: Warehouse, query: exp.Query) -> Values:
    return {key: tuple(values) for key, *values in warehouse.fetch(query)}
