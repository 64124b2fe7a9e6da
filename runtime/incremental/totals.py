"""Aggregates kept for each entity, brought up to the closed rows of a run.

Those that are new have a table of their own, so that a changed rule computes no other anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.incremental.totals import (
    carried,
    closed,
    lateness,
    over,
    totals,
)
from segue.compiler.incremental.touched import values_query
from segue.compiler.plan.nodes import KEPT, Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.substitute import Substitution
from segue.compiler.plan.windows import Binding, Bounds
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.trees import Tree, case, cast, coalesce, column, integer
from segue.compiler.types import Kind
from segue.runtime.incremental import entities
from segue.runtime.incremental.choice import Choice
from segue.runtime.incremental.kept import Kept, write_totals
from segue.runtime.membership.store import Store, key_type

TOTALS = "segue_totals"
TEMPORARY = (TOTALS,)
MOST_TABLES = 8
"""Tables from which all aggregates are brought together in one again."""
MOST_COLUMNS = 800
"""Columns of one table: the rows of an engine with rows must fit a page."""


@dataclass
class Totals:
    """The kept aggregates of one run. `places` has the table of each column, once they are
    brought forward."""

    store: Store
    plan: Plan
    binding: Binding
    key: Kind
    places: dict[str, int] = field(default_factory=dict)
    nodes: Mapping[str, Expr] = field(default_factory=dict)
    advanced: frozenset[str] = frozenset()
    """The columns that were brought forward, which `segue_totals` has of the touched."""

    def bring(self, choice: Choice, kept: Kept | None) -> None:
        """Brings the aggregates of the swept rules forward where entities are touched, and
        computes those of all others for everybody. `kept` is None in a full run."""
        found = totals(self.plan.catalog, choice.narrowed.values())
        self.nodes = dict(list(found.items())[:MOST_COLUMNS])
        self.places = {}
        if kept is not None and len(set(kept.totals.values())) < MOST_TABLES:
            mine = totals(self.plan.catalog, choice.swept_roots())
            self.places = {n: p for n, p in kept.totals.items() if n in mine and n in self.nodes}
            self._advance(Binding(kept.as_of, self.binding.zone))
        self._drop_others()
        new = {name: node for name, node in self.nodes.items() if name not in self.places}
        if new:
            self._build(new, max(self.places.values(), default=-1) + 1)
        write_totals(self.store, self.places)

    def forms(self) -> Substitution:
        """What makes expressions go on from what is kept."""
        graph, instead = self.plan.graph, dict[int, Expr]()
        for name in self.places:
            node = self.nodes[name]
            now = closed(node, self.binding, self.binding.as_of)
            form = carried(graph, node, self._closed(node, self.binding), now)
            if form is not None:
                instead[node.id] = form
        return Substitution(graph, lambda node: instead.get(node.id))

    def given(self, roots: list[Expr], *, of_touched: bool) -> Given | None:
        """What expressions read of what is kept, of the touched or of everybody."""
        leaves = [node for node in reachable(roots) if node.op == KEPT]
        if not leaves:
            return None
        aliases = {name: f"k{place}" for name, place in self.places.items()}
        tables: dict[str, exp.Table | exp.Query] = {}
        for name in map(_name, leaves):
            place = self.places[name]
            if of_touched and name in self.advanced:
                aliases[name] = "t"
                tables["t"] = self.store.temporary_table(TOTALS)
            elif of_touched:
                tables[aliases[name]] = self._of_touched(place)
            else:
                tables[aliases[name]] = self._table(place)
        values = {leaf.id: _value(leaf, aliases) for leaf in leaves}
        return Given(tables, key_type(self.key), values)

    def _of_touched(self, place: int) -> exp.Query:
        # An engine may not see by itself that it needs few rows of a wide table.
        keys = exp.select(column("key")).from_(self.store.temporary_table(entities.TOUCHED))
        here = exp.In(this=column("key"), query=exp.Subquery(this=keys))
        return exp.select("*").from_(self._table(place)).where(here)

    def _closed(self, node: Expr, binding: Binding) -> Bounds:
        return closed(node, binding, binding.as_of - lateness(self.plan.catalog, node))

    def _advance(self, before: Binding) -> None:
        """Brings what is kept of the touched from an earlier instant to this one."""
        if not self.places:
            return
        forms = {}
        for name in self.places:
            node = self.nodes[name]
            now = self._closed(node, self.binding)
            form = carried(self.plan.graph, node, self._closed(node, before), now)
            forms[name] = form or over(self.plan.graph, node, now)
        given = self.given(list(forms.values()), of_touched=True)
        self._compute(TOTALS, forms, entities.chosen(self.store), given, self._temporary)
        self._compute_new()
        self.advanced = frozenset(self.places)
        for place in set(self.places.values()):
            names: list[str | exp.Identifier] = ["key"]
            names += (name for name, p in self.places.items() if p == place)
            for table in (entities.TOUCHED, entities.GONE):
                keys = exp.select(column("key")).from_(self.store.temporary_table(table))
                here = exp.In(this=column("key"), query=exp.Subquery(this=keys))
                self.store.warehouse.execute(exp.delete(self._table(place)).where(here))
            rows = exp.select(*names).from_(self.store.temporary_table(TOTALS))
            insert = exp.insert(rows, self._table(place), columns=names)
            self.store.warehouse.execute(insert)

    def _compute_new(self) -> None:
        """Of who is new nothing is kept, and there may be events all the same."""
        new = self.store("SELECT key FROM temp.segue_new")
        if not self.store.fetch(self.store("SELECT key FROM temp.segue_new LIMIT 1")):
            return
        table = self.store.temporary_table(TOTALS)
        here = exp.In(this=column("key"), query=exp.Subquery(this=new))
        self.store.warehouse.execute(exp.delete(table).where(here))
        forms = {
            name: over(self.plan.graph, node, self._closed(node, self.binding))
            for name, node in self.nodes.items()
            if name in self.places
        }
        chosen = entities.chosen(self.store, entities.NEW)

        def insert(name: str, query: exp.Query) -> None:
            rows = exp.insert(query, self.store.temporary_table(name), columns=["key", *forms])
            self.store.warehouse.execute(rows)

        self._compute(TOTALS, forms, chosen, None, insert)

    def _build(self, nodes: Mapping[str, Expr], place: int) -> None:
        """Computes some for everybody, in a table of their own."""
        graph = self.plan.graph
        forms = {
            name: over(graph, node, self._closed(node, self.binding))
            for name, node in nodes.items()
        }
        self._compute(f"kept_totals_{place}", forms, None, None, self._create)
        self.places |= dict.fromkeys(nodes, place)

    def _compute(
        self,
        table: str,
        forms: Mapping[str, Expr],
        chosen: Chosen | None,
        given: Given | None,
        make: Callable[[str, exp.Query], None],
    ) -> None:
        dialect = self.store.warehouse.dialect
        inner = values_query(self.plan, self.binding, dialect, forms, chosen, given)
        key = exp.alias_(cast(column("key"), key_type(self.key)), "key", quoted=True)
        items = [key, *map(column, forms)]
        make(table, exp.select(*items, copy=False).from_(inner.subquery("totals", copy=False)))

    def _temporary(self, name: str, query: exp.Query) -> None:
        self.store.create_temporary(self.store.temporary_table(name), query)

    def _create(self, name: str, query: exp.Query) -> None:
        table = self.store.table(name)
        create = exp.Create(this=table.copy(), kind="TABLE", expression=query)
        self.store.warehouse.execute(create)
        self.store.warehouse.analyse(table)

    def _drop_others(self) -> None:
        """Drops the tables of which nothing is used any more."""
        used = set(self.places.values())
        for place in range(MOST_TABLES + 1):
            if place not in used:
                table = self._table(place)
                drop = exp.Drop(tables=[table], kind="TABLE", exists=True)
                self.store.warehouse.execute(drop)

    def _table(self, place: int) -> exp.Table:
        return self.store.table(f"kept_totals_{place}")


def _name(leaf: Expr) -> str:
    assert isinstance(leaf.param, tuple)
    return str(leaf.param[0])


def _value(leaf: Expr, aliases: Mapping[str, str]) -> Tree:
    assert isinstance(leaf.param, tuple)
    name, fallen = leaf.param
    value = column(name, aliases[name])
    if fallen is not None:
        later = exp.GT(this=value.copy(), expression=integer(fallen))
        return case((later, value))
    return value if leaf.type.nullable else coalesce(value, integer(0))
