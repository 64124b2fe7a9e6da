"""Aggregates kept by key, brought up to the closed rows of a run.

Those that are new get a base of their own, so that a changed rule computes no other anew. A run
first says where each goes (`arrange`), and then writes it there (`bring`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.incremental.sources import Mark
from segue.compiler.incremental.totals import (
    Edge,
    Edges,
    Strip,
    Way,
    arriving,
    beginning,
    by_lot,
    closed,
    columns_of,
    continued,
    edges,
    fold_name,
    lateness,
    over,
    time_name,
    totals,
    way,
)
from segue.compiler.incremental.touched import earliest_time, newly_seen, seen
from segue.compiler.plan.nodes import KEPT, Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.substitute import Substitution
from segue.compiler.plan.windows import Binding, Bounds
from segue.compiler.sql.chosen import Given
from segue.compiler.sql.gathered import Gathered, read_from
from segue.compiler.sql.scans import aggregate_of
from segue.compiler.sql.tiles import KEY, slices_at_once, values_by_key
from segue.compiler.sql.trees import Tree, case, coalesce, column, integer, named
from segue.compiler.types import Kind
from segue.runtime.incremental import entities
from segue.runtime.incremental.bases import (
    add_tiles,
    count_tiles,
    create_base,
    fill_base,
    keys_of,
)
from segue.runtime.incremental.choice import Choice
from segue.runtime.incremental.kept import Base, Kept
from segue.runtime.incremental.merging import Total, merged
from segue.runtime.incremental.places import Places
from segue.runtime.membership.store import Store, key_type

MOST_BASES = 4
"""Bases with aggregates of the same rows, from which one is made of them."""
MOST_TILES = 1
"""Rows of tiles for each entity, from which they become part of their base."""


@dataclass
class Totals:
    """The kept aggregates of one run. `bases` says where each column is, once they are brought
    forward; `most_tiles` are the rows of tiles of a base that has no more than that. `marks` say
    which rows of each source are there."""

    store: Store
    plan: Plan
    binding: Binding
    key: Kind
    marks: Mapping[str, Mark]
    most_tiles: int
    places: Places
    bases: dict[str, Base] = field(default_factory=dict)
    nodes: Mapping[str, Expr] = field(default_factory=dict)
    before: Kept | None = None
    """The run that the bases which go on are of, with their tiles; None in a full run."""
    built: dict[int, list[str]] = field(default_factory=dict)
    """Columns to be computed from all their rows, by place."""
    compacted: dict[int, list[str]] = field(default_factory=dict)
    """Columns to be computed from what is kept of them, by their new place."""
    gathered: tuple[Gathered, ...] = ()
    """Rows of the strips, in tables of their own."""
    late: dict[str, int] = field(default_factory=dict)
    """How late the rows of events may come, in microseconds, as far as that was asked."""

    def arrange(self, choice: Choice, kept: Kept | None) -> None:
        """Says where each aggregate is to be, and makes the tables for that, empty.

        `kept` is None in a full run.
        """
        found = totals(self.plan.catalog, choice.narrowed.values())
        self.nodes = dict(list(found.items())[: self.store.warehouse.most_kept])
        self.before = kept
        if kept is not None:
            before = Binding(kept.as_of, self.binding.zone)
            mine = totals(self.plan.catalog, choice.swept_roots())
            self.bases = {
                name: base
                for name, base in kept.totals.items()
                if name in self.nodes and name in mine and self._goes_on(name, before)
            }
        catalog = self.plan.catalog
        new = by_lot(catalog, {n: node for n, node in self.nodes.items() if n not in self.bases})
        self.built = {self._new_place(names): names for names in new}
        places = {name: base.place for name, base in self.bases.items()}
        places |= {name: place for place, names in self.built.items() for name in names}
        for names in by_lot(catalog, self._here(places)):
            here = {places[name] for name in names}
            if len(here) > MOST_BASES or self._many_tiles(here.difference(self.built)):
                self.compacted[self._new_place(names)] = names

    def bring(self) -> None:
        """Brings the aggregates of the swept rules forward, and computes those of all others."""
        if self.before is not None:
            before = Binding(self.before.as_of, self.binding.zone)
            self._add_tiles(before)
            self._add_late(before, self.before.marks)
        for place, names in self.built.items():
            self._fill(place, names, self._from_rows(names))
        for place, names in self.compacted.items():
            self._fill(place, names, self.rows(names))

    def forms(self) -> Substitution:
        """What makes expressions go on from what is kept."""
        graph = self.plan.graph
        instead = {
            node.id: continued(graph, node, self.binding, self._until(node, self.binding))
            for node in (self.nodes[name] for name in self.bases)
        }
        return Substitution(graph, lambda node: instead.get(node.id))

    def given(self, roots: list[Expr], *, of_touched: bool) -> Given | None:
        """What expressions read of what is kept, of the touched or of everybody."""
        leaves = [node for node in reachable(roots) if node.op == KEPT]
        if not leaves:
            return None
        keys = None
        if of_touched:
            keys = entities.touched(self.store, self.plan.catalog.entity.key.type)
        names = list(dict.fromkeys(_name(leaf) for leaf in leaves))
        values = {leaf.id: self._value(leaf) for leaf in leaves}
        return Given(self._merged(names, keys), key_type(self.key), values)

    def rows(self, names: Sequence[str]) -> exp.Query:
        """A row for each key of which something is kept, with aggregates as they are now."""
        tables = self._merged(names)
        if len(tables) == 1:
            return tables.popitem()[1]
        items = [
            named(self._column(name, of), name)
            for of, node in self._here(names).items()
            for name in columns_of(self.plan.graph, {of: node})
        ]
        keys = keys_of(self.store, sorted(self._places(names))).subquery("k", copy=False)
        query = exp.select(named(column(KEY, "k"), KEY), *items, copy=False).from_(keys, copy=False)
        return Given(tables, key_type(self.key)).joined(query, column(KEY, "k"))

    # ------------------------------------------------------------------- tiles

    def _add_tiles(self, before: Binding) -> None:
        """Writes what came in and fell out since an earlier instant, for all keys."""
        for place in sorted(self._places(self.bases)):
            here = {n: self.nodes[n] for n, base in self.bases.items() if base.place == place}
            strips = self._strips(here.values(), before)
            at_once = slices_at_once(self.store.warehouse.dialect, here.values())
            groups = _apart(strips) if at_once else [{name: s} for name, s in strips.items()]
            for slices in groups:
                self._add_slices(place, here, slices)

    def _strips(self, nodes: Iterable[Expr], before: Binding) -> dict[str, Strip]:
        """What each edge of aggregates swept over, by its name."""
        strips = {
            edge.name: self._strip(edge, node, before)
            for node in nodes
            for edge in self._edges(node)
            if edge is not None
        }
        return {name: strip for name, strip in strips.items() if strip is not None}

    def _add_slices(
        self, place: int, here: Mapping[str, Expr], slices: Mapping[str, Strip]
    ) -> None:
        after, until = zip(*slices.values(), strict=True)
        some = {name: node for name, node in here.items() if self._edge_names(node) & {*slices}}
        self._add(place, here, some, Bounds(min(after), max(until)), slices, self._seen(some))

    def _add_late(self, before: Binding, marks: Mapping[str, Mark]) -> None:
        """Writes what has arrived since an earlier run of what lies before the strips."""
        dialect = self.store.warehouse.dialect
        for place in sorted(self._places(self.bases)):
            here = {n: self.nodes[n] for n, base in self.bases.items() if base.place == place}
            source = arriving(self.plan.catalog, next(iter(here.values())))
            if source is None:
                continue
            late = newly_seen(source, marks[source.name], self.marks[source.name], dialect)
            first = self.store.fetch(earliest_time(source, late.copy(), dialect))[0][0]
            for name, until in self._positions(here.values(), before).items():
                # Few rows are so late that they lie before the back of a window.
                if first is not None and int(first) <= until:
                    some = {n: node for n, node in here.items() if name in self._edge_names(node)}
                    strip = {name: Strip(until, until)}
                    self._add(place, here, some, Bounds(None, until), strip, late.copy())

    def _positions(self, nodes: Iterable[Expr], binding: Binding) -> dict[str, int]:
        """Where each edge of aggregates is at an instant, by its name."""
        return {
            edge.name: edge.at(binding, self._until(node, binding))
            for node in nodes
            for edge in self._edges(node)
            if edge is not None
        }

    def _add(
        self,
        place: int,
        here: Mapping[str, Expr],
        some: Mapping[str, Expr],
        rows: Bounds,
        slices: Mapping[str, Strip],
        only: Tree | None,
    ) -> None:
        """Adds tiles of some aggregates, of the rows in an interval."""
        graph = self.plan.graph
        folds = columns_of(graph, {fold_name(graph, node): node for node in some.values()})
        values = {name: over(graph, part, rows) for name, part in folds.items()}
        # A strip of no length stands for rows that lie before it.
        read = [Bounds(*strip) for strip in slices.values()] if rows.after is not None else [rows]
        query = read_from(self._by_key(values, slices, only), self.gathered, read)
        add_tiles(self.store, place, query, values, here, graph)

    # ------------------------------------------------------------------- bases

    def _from_rows(self, names: Iterable[str]) -> exp.Query:
        """Some of one lot, computed from all their rows."""
        values = {}
        for name, part in columns_of(self.plan.graph, self._here(names)).items():
            window = closed(part, self.binding, self._until(part, self.binding))
            values[name] = over(self.plan.graph, part, window)
        return self._by_key(values, only=self._seen(self._here(names)))

    def _many_tiles(self, places: Iterable[int]) -> bool:
        """Whether bases have so many tiles that reading them costs more than a new base."""
        return sum(count_tiles(self.store, place) for place in places) > self.most_tiles

    def _new_place(self, names: Iterable[str]) -> int:
        """A new place, with empty tables for some columns."""
        place = self.places.new()
        create_base(self.store, place, self._here(names), self.plan.graph, self.key)
        return place

    def _fill(self, place: int, names: Iterable[str], query: exp.Query) -> None:
        """Writes the rows of some columns to a new place, and forgets where they were."""
        fill_base(self.store, place, query, self._here(names), self.plan.graph)
        self.bases |= dict.fromkeys(names, Base(place, self.binding.as_of))

    # ----------------------------------------------------------------- helpers

    def _merged(self, names: Iterable[str], keys: exp.Query | None = None) -> dict[str, exp.Query]:
        """What is kept as it is now, by alias: each has a column `key`, and a row for a key."""
        by_place: dict[int, dict[str, Total]] = {}
        for name in names:
            by_place.setdefault(self.bases[name].place, {})[name] = self._total(name)
        graph = self.plan.graph
        return {
            _alias(place): merged(self.store, graph, place, totals, keys)
            for place, totals in by_place.items()
        }

    def _total(self, name: str) -> Total:
        node, base = self.nodes[name], self.bases[name]
        made = Binding(base.built, self.binding.zone)
        late = arriving(self.plan.catalog, node) is not None
        moved = (
            edge if edge and (late or self._strip(edge, node, made) is not None) else None
            for edge in self._edges(node)
        )
        return Total(node, *moved)

    def _column(self, name: str, of: str) -> Tree:
        """A column of what is kept of an aggregate, of who may have no rows in it."""
        value = column(name, _alias(self.bases[of].place))
        return value if self.nodes[of].type.nullable else coalesce(value, integer(0))

    def _value(self, leaf: Expr) -> Tree:
        assert isinstance(leaf.param, tuple)
        name, fallen = leaf.param
        value = self._column(name, name)
        if fallen is None:
            return value
        picked = way(self.nodes[name]) is Way.PICKED
        time = self._column(time_name(name), name) if picked else value.copy()
        return case((exp.GT(this=time, expression=integer(fallen)), value))

    def _here(self, names: Iterable[str]) -> dict[str, Expr]:
        return {name: self.nodes[name] for name in names}

    def _by_key(
        self,
        values: Mapping[str, Expr],
        slices: Mapping[str, Strip] | None = None,
        only: Tree | None = None,
    ) -> exp.Query:
        catalog, dialect_name = self.plan.catalog, self.store.warehouse.dialect
        key = key_type(self.key)
        return values_by_key(catalog, self.binding, dialect_name, values, key, slices, only)

    def _places(self, names: Iterable[str]) -> set[int]:
        return {self.bases[name].place for name in names}

    def _edges(self, node: Expr) -> Edges:
        return edges(node, self._late(node), self.binding)

    def _edge_names(self, node: Expr) -> set[str]:
        return {edge.name for edge in self._edges(node) if edge is not None}

    def _seen(self, nodes: Mapping[str, Expr]) -> Tree | None:
        """Whether a row of a lot has arrived; None where rows do not say so."""
        source = arriving(self.plan.catalog, next(iter(nodes.values())))
        if source is None:
            return None
        return seen(source, self.marks[source.name], self.store.warehouse.dialect)

    def _until(self, node: Expr, binding: Binding) -> int:
        """The instant up to which the rows of an aggregate are closed."""
        return binding.as_of - self._late(node)

    def _late(self, node: Expr) -> int:
        """How late the rows of an aggregate may come, which is looked up once for an event."""
        event = aggregate_of(node).event
        if event not in self.late:
            self.late[event] = lateness(self.plan.catalog, node)
        return self.late[event]

    def _strip(self, edge: Edge, node: Expr, before: Binding) -> Strip | None:
        """What an edge swept over since an earlier instant, None where it stood still."""
        then = edge.at(before, self._until(node, before))
        now = edge.at(self.binding, self._until(node, self.binding))
        return None if then == now else Strip(then, now)

    def _goes_on(self, name: str, before: Binding) -> bool:
        """Whether no edge of an aggregate went back in time, nor what must stand still moved."""
        node = self.nodes[name]
        strips = (self._strip(edge, node, before) for edge in self._edges(node) if edge is not None)
        begin = beginning(node, before)
        stands = begin is None or self._strip(begin, node, before) is None
        return stands and all(strip is None or strip.after < strip.until for strip in strips)


def _apart(strips: Mapping[str, Strip]) -> list[dict[str, Strip]]:
    """Strips in as few groups as can be, such that those of a group have no instant in common."""
    groups: list[dict[str, Strip]] = []
    for name, strip in sorted(strips.items(), key=lambda item: item[1]):
        for group in groups:
            if all(strip.after >= other.until for other in group.values()):
                group[name] = strip
                break
        else:
            groups.append({name: strip})
    return groups


def _name(leaf: Expr) -> str:
    assert isinstance(leaf.param, tuple)
    return str(leaf.param[0])


def _alias(place: int) -> str:
    return f"k{place}"
