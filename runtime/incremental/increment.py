"""A run that computes only what can have changed, as steps of a refresh.

`begin` decides, when the places of the segments are known, and makes the tables that the run lacks;
`bring` brings what is kept forward; `words` makes the words of those touched, or of everybody
where some rules need that; `keep` writes down, once the run is done, what the next one has to
know. All of it is part of the run's one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.incremental.sources import Mark
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.chosen import Chosen
from segue.compiler.sql.gathered import Gathered, read_from
from segue.compiler.sql.trees import cast, coalesce, column, integer, named, not_null
from segue.compiler.types import Kind
from segue.runtime.incremental import entities
from segue.runtime.incremental import kept as keeping
from segue.runtime.incremental.choice import (
    Choice,
    choose,
    lifecycles_rule,
    no_lateness,
    segment_rules,
)
from segue.runtime.incremental.extent import Extent, everybody
from segue.runtime.incremental.kept import Base, Kept
from segue.runtime.incremental.places import Places
from segue.runtime.incremental.rows import (
    changed_days,
    keep_rows,
    kept_days,
    marks_at,
    reach,
    why_changed,
)
from segue.runtime.incremental.strips import drop, gather
from segue.runtime.incremental.totals import MOST_TILES, Totals
from segue.runtime.lifecycles.flags import NO_FLAGS, Flags
from segue.runtime.membership.slots import Layout
from segue.runtime.membership.store import Store, key_type
from segue.runtime.membership.words import StagedQuery, Words, joined, some_words, word_name

MOST_TOUCHED = 0.6
"""The share of entities from which computing everybody is no slower."""
TOUCHED_WORDS = "segue_touched_words"
ALL_WORDS = "segue_all_words"
TEMPORARY = (*entities.TEMPORARY, TOUCHED_WORDS, ALL_WORDS)


@dataclass(frozen=True, slots=True)
class Incremental:
    """What a refresh has to know to compute only a part. `full` is why everybody is wanted;
    `most_tiles` is from how many rows of tiles for each entity on a new base is made of them."""

    plan: Plan
    binding: Binding
    flags: Flags = NO_FLAGS
    full: str = ""
    most_touched: float = MOST_TOUCHED
    most_tiles: float = MOST_TILES


@dataclass
class Increment:
    """One run. `extent` is what it computes, once it has begun."""

    store: Store
    wanted: Incremental
    layout: Layout
    key: Kind
    writes: bool
    extent: Extent = field(default_factory=lambda: everybody(""))
    kept: Kept | None = None
    choice: Choice = field(default_factory=lambda: Choice((), {}))
    marks: dict[str, Mark] = field(default_factory=dict)
    entities: int = 0
    keeps: bool = False
    """Whether there is something to keep for the next run."""
    totals: Totals | None = None
    traits_at: Base | None = None
    gathered: tuple[Gathered, ...] = ()
    """Rows of events that were gathered, for all queries that look for rows in the same strips."""

    # ------------------------------------------------------------------ before

    def begin(self) -> None:
        """Decides what to compute, finds who is touched, and makes tables. Writes no row."""
        self.extent = self._decide()
        if not self.extent.incremental:
            self.kept = None
        if self.keeps and self.writes:
            self._make_tables()

    def _make_tables(self) -> None:
        store, binding = self.store, self.wanted.binding
        if self.kept is None:
            keeping.prepare_kept(store, self.key)
        places = Places(store)
        self.traits_at = entities.place_traits(
            store, self.choice, self.kept, places, self.key, binding.as_of
        )
        most_tiles = int(self.entities * self.wanted.most_tiles)
        self.totals = Totals(
            store,
            self.wanted.plan,
            binding,
            self.key,
            self.marks,
            most_tiles,
            places,
            gathered=self.gathered if self.extent.incremental else (),
        )
        self.totals.arrange(self.choice, self.kept)

    def _decide(self) -> Extent:
        plan, store = self.wanted.plan, self.store
        if not store.warehouse.incremental:
            return everybody(f"on {store.warehouse.engine} every run is a full one")
        rules = segment_rules(plan, {s.segment: s.number for s in self.layout.active})
        if plan.lifecycles:
            rules.append(lifecycles_rule(plan))
        kept = keeping.read_kept(store)
        self.kept = kept if kept and kept.as_of <= self.wanted.binding.as_of else None
        self.choice = choose(plan, rules, self.kept, self.wanted.binding)
        if not self.choice.possible and self.choice.unsaid:
            return everybody(f"{no_lateness(self.choice.unsaid)}; see docs/scale.md")
        if not self.choice.possible:
            return self._all_need_all()
        most = store.warehouse.most_kept
        if len(self.choice.traits) > most:
            return everybody(f"the rules ask more than {most} things of an entity alone")
        found = self._entities()
        if found is None:
            return everybody("several rows of the entity have the same key")
        self.keeps, self.entities = True, found
        as_of = self.wanted.binding.as_of
        self.marks = marks_at(store, self.choice.all_sources, self.kept, as_of)
        if self.wanted.full:
            return everybody(self.wanted.full)
        if self.kept is None:
            return everybody("no run before this one left what it takes to refresh a part")
        if len(self.choice.everybody) == len(rules):
            return self._all_need_all()
        return self._why_changed(self.kept) or self._touched(self.kept)

    def _entities(self) -> int | None:
        """How many entities there are, with their traits; None where several have one key."""
        binding = self.wanted.binding
        entities.compute_traits(self.store, self.wanted.plan, binding, self.choice, self.key)
        if self.kept is None or self.wanted.full:
            return entities.count_entities(self.store)
        return entities.compute_changed(self.store, self.choice, self.kept)

    def _all_need_all(self) -> Extent:
        reasons = set(self.choice.everybody.values())
        if len(reasons) == 1:
            return everybody(f"of all rules, {reasons.pop()}")
        return Extent(None, "no rule can do with less", self.choice.everybody)

    def _why_changed(self, kept: Kept) -> Extent | None:
        before = kept_days(self.store)
        for source in self.choice.sources:
            after = reach(source, self.choice.swept.reach)
            mark, then = kept.marks[source.name], before.get(source.name, {})
            days = changed_days(self.store, source, mark, after, then)
            if days:
                return everybody(why_changed(source, days))
        return None

    def _touched(self, kept: Kept) -> Extent:
        binding = self.wanted.binding
        catalog = self.wanted.plan.catalog
        self.gathered = gather(self.store, catalog, self.choice, kept, binding)
        touched = entities.compute_touched(
            self.store, self.choice, kept, binding, self.key, self.gathered
        )
        if touched > self.entities * self.wanted.most_touched:
            return everybody(f"of {touched:,} of {self.entities:,} something can have changed")
        return Extent(touched, everybody=self.choice.everybody)

    # ------------------------------------------------------------------ during

    def bring(self) -> None:
        """Brings what is kept of aggregates forward."""
        if self.totals is not None:
            self.totals.bring()

    @property
    def everywhere(self) -> bool:
        """Whether there are words of everybody, not only of those touched."""
        return bool(not self.extent.incremental or self.choice.everybody or self.layout.removed)

    @property
    def among(self) -> exp.Query | None:
        """The keys to be compared with the last run, where the words are not of everybody."""
        return None if self.everywhere else entities.among(self.store)

    @property
    def moving(self) -> exp.Query | None:
        """The keys that can move in a lifecycle, where that is not everybody."""
        if not self.extent.incremental or not self.choice.sweeps("lifecycles"):
            return None
        return entities.among(self.store)

    def words(self, stored_words: int) -> Words | None:
        """The words of the touched; or of everybody, those of the others as in the last run, whose
        state has so many words. None where there is nothing to say but what the rules say."""
        if self.totals is None and not self.extent.incremental:
            return None
        plan, flags = self.wanted.plan, self.wanted.flags
        active = {slot.number: slot for slot in self.layout.active}
        roots = {number: plan.segments[slot.segment].expr for number, slot in active.items()}
        if not self.extent.incremental:
            return self._words(roots, flags)
        swept = {n for n, slot in active.items() if slot.segment not in self.choice.everybody}
        moving = self.choice.sweeps("lifecycles")
        here = self._words(
            {number: root for number, root in roots.items() if number in swept},
            flags if moving else NO_FLAGS,
            entities.chosen(self.store),
        )
        if not self.everywhere:
            return here
        self._keep_words(TOUCHED_WORDS, here)
        everywhere = self._words(
            {number: root for number, root in roots.items() if number not in swept},
            NO_FLAGS if moving else flags,
        )
        masks = [
            sum(active[number].flag for number in swept if active[number].word == word)
            for word in range(self.layout.words)
        ]
        masks = [mask if word < stored_words else 0 for word, mask in enumerate(masks)]
        flags_from = "t" if moving else "a"
        if len(everywhere) == 1:
            return (
                StagedQuery(
                    self._joined(everywhere[0].query, masks, flags_from), everywhere[0].tables
                ),
            )
        self._keep_words(ALL_WORDS, everywhere)
        kept = exp.select("*").from_(self.store.temporary_table(ALL_WORDS))
        return (StagedQuery(self._joined(kept, masks, flags_from)),)

    def _keep_words(self, table: str, words: Words) -> None:
        key = named(cast(column("key"), key_type(self.key)), "key")
        with joined(self.store, words) as query:
            others = [column(item.alias_or_name) for item in query.selects[1:]]
            kept = exp.select(key, *others, copy=False).from_(query.subquery("w", copy=False))
            self.store.create_temporary(self.store.temporary_table(table), kept)

    def _words(
        self, roots: Mapping[int, Expr], flags: Flags, chosen: Chosen | None = None
    ) -> Words:
        """The words of conditions by place, from what is kept where something is."""
        conditions, given = [*roots.values(), *flags.conditions], None
        narrowed, forms = self.choice.narrowed, None
        if self.totals is not None:
            forms = self.totals.forms()
        made = [
            root
            if root.id not in narrowed
            else (narrowed[root.id] if forms is None else forms.of(narrowed[root.id]))
            for root in conditions
        ]
        if self.totals is not None:
            given = self.totals.given(made, of_touched=chosen is not None)
        placed = dict(zip(roots, made, strict=False))
        words = some_words(
            self.wanted.plan,
            self.wanted.binding,
            self.store.warehouse.dialect,
            self.layout.words,
            placed,
            Flags(tuple(made[len(placed) :])),
            chosen,
            given,
            self.store.warehouse.working,
            self.store.warehouse.apart,
        )
        return tuple(
            part.mapped(lambda query: read_from(query, self.gathered)) if self.gathered else part
            for part in words
        )

    def _joined(self, everywhere: exp.Query, masks: list[int], flags_from: str) -> exp.Query:
        """Everybody's words: as computed for all, else for the touched, else as they were."""
        items: list[exp.Expr] = [exp.alias_(column("key", "a"), "key", quoted=True)]
        touched = not_null(column("key", "t"))
        for word, mask in enumerate(masks):
            name = word_name(word)
            kept: exp.Expr = integer(0)
            if mask:
                old = coalesce(column(name, "o"), integer(0))
                kept = exp.Paren(this=exp.BitwiseAnd(this=old, expression=integer(mask)))
            others = exp.Case(
                ifs=[exp.If(this=touched.copy(), true=column(name, "t"))], default=kept
            )
            items.append(exp.alias_(exp.Add(this=column(name, "a"), expression=others), name))
        for name in self.wanted.flags.columns:
            items.append(exp.alias_(coalesce(column(name, flags_from), integer(0)), name))
        query = exp.select(*items, copy=False).from_(everywhere.subquery("a", copy=False))
        same = {
            "t": self.store.temporary_table(TOUCHED_WORDS),
            "o": self.store.table("state"),
        }
        for alias, table in same.items():
            mine = cast(column("key", "a"), key_type(self.key))
            on = exp.EQ(this=mine, expression=column("key", alias))
            other = exp.alias_(table, alias, table=True)
            query = query.join(other, on=on, join_type="left", copy=False)
        return query

    # ------------------------------------------------------------------- after

    def drop_temporary(self) -> None:
        """Forgets the working tables that are this run's own."""
        drop(self.store, (found.table for found in self.gathered))

    def keep(self, run: int) -> None:
        """Writes what the next run has to know."""
        if self.totals is None or self.traits_at is None:
            keeping.forget(self.store)
            return
        # Of the others nobody looked whether they are as they were.
        checked = self.choice.sources if self.kept is not None else ()
        before = {} if self.kept is None else self.kept.marks
        known = {source.name: before.get(source.name) for source in checked}
        sources = self.choice.all_sources
        counted = [(s, known.get(s.name), self.marks[s.name]) for s in sources]
        keep_rows(self.store, counted, self.gathered)
        entities.keep_traits(self.store, self.choice, self.kept, self.traits_at)
        as_of = self.wanted.binding.as_of
        # Whoever has such a row in a source of the swept rules is one of the touched.
        found = all(source in checked for source in sources)
        among = entities.TOUCHED if found else entities.ALL
        gathered = self.gathered
        entities.keep_open(self.store, sources, self.marks, as_of, self.key, among, gathered)
        keeping.write_marks(self.store, self.marks)
        bases = self.totals.bases
        keeping.write_places(self.store, self.traits_at, bases, self.kept)
        used = {self.traits_at.place, *(base.place for base in bases.values())}
        self.totals.places.drop_all_but(used)
        keeping.write_run(self.store, run, as_of)
        keeping.write_rules(self.store, self.choice.meanings, self.kept)
        keeping.write_columns(self.store, self.choice.traits, self.kept)
