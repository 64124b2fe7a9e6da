"""Of which entities something can have changed: working tables of a run.

segue_traits    every entity, with the parts of conditions that read no events; its key as
                its own table has it (`raw`) and as the store has it (`key`)
segue_touched   those of which something can have changed: `raw` and `key`
segue_changed   new ones, those with other traits than in the last run, and those that are there no
                more: `raw`, `key`, whether it was `known`, and whether it is `gone`
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from sqlglot import exp

from segue.compiler.incremental.columns import kept_type
from segue.compiler.incremental.sources import Mark, Source
from segue.compiler.incremental.touched import open_keys, touched_keys, values_query
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, Bounds
from segue.compiler.sql.chosen import Chosen
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.gathered import Gathered, read_from
from segue.compiler.sql.trees import (
    Tree,
    any_of,
    bracket,
    cast,
    coalesce,
    column,
    is_null,
    named,
    not_null,
)
from segue.compiler.types import Kind, Type
from segue.runtime.incremental.choice import Choice
from segue.runtime.incremental.kept import OPEN, Base, Kept
from segue.runtime.incremental.places import (
    TRAITS,
    Places,
    create_table,
    placed_table,
)
from segue.runtime.incremental.rows import reach
from segue.runtime.membership.store import Store, key_type

ALL, TOUCHED, CHANGED = "segue_traits", "segue_touched", "segue_changed"
RAW, KEY = "raw", "key"
WHICH = KNOWN, IS_GONE = "known", "gone"
TEMPORARY = (ALL, TOUCHED, CHANGED)


def compute_traits(store: Store, plan: Plan, binding: Binding, choice: Choice, key: Kind) -> None:
    """Makes `segue_traits`."""
    inner = values_query(plan, binding, store.warehouse.dialect, choice.traits)
    items = [
        exp.alias_(column(KEY), RAW, quoted=True),
        exp.alias_(cast(column(KEY), key_type(key)), KEY, quoted=True),
        *(column(name) for name in choice.traits),
    ]
    query = exp.select(*items, copy=False).from_(inner.subquery("traits", copy=False))
    store.create_temporary(store.temporary_table(ALL), query)


def count_entities(store: Store) -> int | None:
    """How many entities there are, None where several have one key."""
    counts = store("SELECT COUNT(*), COUNT(DISTINCT key) FROM temp.segue_traits")
    rows, keys = store.fetch(counts)[0]
    return int(keys) if rows == keys else None


def compute_changed(store: Store, choice: Choice, kept: Kept) -> int | None:
    """Makes `segue_changed`; how many entities there are, None where several have one key."""
    changed = store.temporary_table(CHANGED)
    first, *others = _changed(store, choice, kept)
    store.create_temporary(changed, first)
    for other in others:
        store.warehouse.execute(exp.insert(other, changed.copy(), columns=[RAW, KEY, *WHICH]))
    # Every key is there once if there are as many rows as keys: those of the last run, which had
    # each once, without the ones that are gone, and the new ones.
    counts = store(
        """SELECT COUNT(CASE WHEN NOT known THEN 1 END),
             COUNT(DISTINCT CASE WHEN NOT known THEN key END),
             COUNT(CASE WHEN gone THEN 1 END),
             :before, (SELECT COUNT(*) FROM temp.segue_traits)
           FROM temp.segue_changed""",
        before=exp.select(exp.Count(this=exp.Star())).from_(_kept_traits(store, kept)).subquery(),
    )
    new, new_keys, gone, before, rows = map(int, store.fetch(counts)[0])
    return rows if new == new_keys and rows == before - gone + new else None


def compute_touched(
    store: Store,
    choice: Choice,
    kept: Kept,
    binding: Binding,
    key: Kind,
    gathered: Iterable[Gathered] = (),
) -> int:
    """Makes `segue_touched`; how many there are. Rows that were `gathered` are read there."""
    here = {found.place: found for found in gathered}
    found = [store("SELECT key FROM temp.segue_changed")]
    name = store.warehouse.dialect
    for source in choice.sources:
        mark = kept.marks[source.name]
        strips, after = choice.swept.strips, reach(source, choice.swept.reach)
        keys = touched_keys(source, strips, mark, after, binding, name)
        if source.arrived is None and source.place in here:
            mine = here[source.place]
            keys = read_from(keys, [mine], mine.intervals)
        found.append(_of_store(keys, key))
    if choice.sources:
        found.append(exp.select(column(KEY)).from_(store.table(OPEN)))
    if choice.sweeps("lifecycles"):
        moved = "SELECT key FROM segue.stage_history WHERE run_id = :run"
        found.append(store(moved, run=kept.run))
    those = _those(store, (RAW, KEY), reduce(_union_all, found))
    store.create_temporary(store.temporary_table(TOUCHED), those)
    return int(store.fetch(store("SELECT COUNT(*) FROM temp.segue_touched"))[0][0])


def chosen(store: Store) -> Chosen:
    """The touched, for a query over them alone."""
    return Chosen(store.temporary_table(TOUCHED), RAW)


def touched(store: Store, type: Type) -> exp.Query:
    """The keys of the touched, as what tells entities apart."""
    apart = dialect(store.warehouse.dialect).key(column(KEY), type)
    keys = named(cast(apart, key_type(type.kind)), KEY)
    return exp.select(keys).from_(store.temporary_table(TOUCHED))


def among(store: Store) -> exp.Query:
    """The keys that can be members of something else than in the last run."""
    query = store(
        """SELECT key FROM temp.segue_touched
           UNION ALL SELECT key FROM temp.segue_changed WHERE gone"""
    )
    assert isinstance(query, exp.Query)
    return query


def place_traits(
    store: Store, choice: Choice, kept: Kept | None, places: Places, key: Kind, as_of: int
) -> Base:
    """Where the traits of this run go: to a new table, unless the old one has their columns."""
    if kept is not None and kept.traits == set(choice.traits):
        return kept.traits_at
    place = places.new()
    types = {name: kept_type(trait.type) for name, trait in choice.traits.items()}
    create_table(store, placed_table(store, TRAITS, place), {KEY: key_type(key), **types})
    return Base(place, as_of)


def keep_traits(store: Store, choice: Choice, kept: Kept | None, at: Base) -> None:
    """Writes the traits of this run: of all, or those that have changed since the last one."""
    names = [KEY, *choice.traits]
    everything = exp.select(*map(column, names)).from_(store.temporary_table(ALL))
    table = placed_table(store, TRAITS, at.place)
    if kept is None or kept.traits_at != at or store.warehouse.rewrites_tables:
        store.warehouse.execute(exp.delete(table.copy()))
        store.warehouse.execute(exp.insert(everything, table.copy(), columns=names))
        store.warehouse.analyse(table)
        return
    keys = exp.select(column(KEY)).from_(store.temporary_table(CHANGED))
    here = exp.In(this=column(KEY), query=exp.Subquery(this=keys))
    store.warehouse.execute(exp.delete(table.copy()).where(here))
    again = everything.where(here.copy())
    store.warehouse.execute(exp.insert(again, table.copy(), columns=names))


def keep_open(
    store: Store,
    sources: Iterable[Source],
    marks: Mapping[str, Mark],
    as_of: int,
    key: Kind,
    among: str = ALL,
    gathered: Iterable[Gathered] = (),
) -> None:
    """Writes the entities of rows that may still be corrected, those of a working table."""
    store.execute("DELETE FROM segue.kept_open")
    found: list[exp.Expr] = []
    for source in sources:
        if source.arrived is None and source.lateness:
            mark = marks[source.name]
            keys = open_keys(source, mark, as_of, store.warehouse.dialect)
            found.append(_of_store(read_from(keys, gathered, [Bounds(mark.closed, as_of)]), key))
    if found:
        those = _those(store, (KEY,), reduce(_union_all, found), among)
        store.warehouse.execute(exp.insert(those, store.table(OPEN), columns=[KEY]))
        store.warehouse.analyse(store.table(OPEN))


def _changed(store: Store, choice: Choice, kept: Kept) -> list[exp.Query]:
    """Entities that are new, have other traits than they had, or are gone; in one query or two."""
    target = dialect(store.warehouse.dialect)
    new, gone = is_null(column(KEY, "k")), is_null(column(KEY, "n"))
    differ = [
        bracket(target.differ(column(name, "n"), column(name, "k"), trait.type))
        for name, trait in choice.traits.items()
        if name in kept.traits
    ]
    now = exp.alias_(store.temporary_table(ALL), "n", table=True)
    then = exp.alias_(_kept_traits(store, kept), "k", table=True)
    if store.warehouse.full_joins:
        return [_beside(now, then, "full", [new, gone, *differ])]
    return [_beside(now, then, "left", [new, *differ]), _beside(then, now, "left", [gone])]


def _beside(left: exp.Expr, right: exp.Expr, how: str, any_of_these: Sequence[Tree]) -> exp.Query:
    """Entities as they are now and as they were kept, where something is true of these."""
    now_key, kept_key = column(KEY, "n"), column(KEY, "k")
    items = [
        column(RAW, "n"),
        named(coalesce(now_key, kept_key), KEY),
        named(not_null(kept_key.copy()), KNOWN),
        named(is_null(now_key.copy()), IS_GONE),
    ]
    same = exp.EQ(this=now_key.copy(), expression=kept_key.copy())
    query = exp.select(*items, copy=False).from_(left.copy()).join(right, on=same, join_type=how)
    return query.where(any_of(any_of_these), copy=False)


def _kept_traits(store: Store, kept: Kept) -> exp.Table:
    """The traits of the last run."""
    return placed_table(store, TRAITS, kept.traits_at.place)


def _of_store(keys: exp.Query, key: Kind) -> exp.Select:
    """The keys of a query, of the type that they have in a store."""
    typed = named(cast(column(KEY), key_type(key)), KEY)
    return exp.select(typed, copy=False).from_(keys.subquery("keys", copy=False), copy=False)


def _those(store: Store, names: Iterable[str], keys: exp.Expr, among: str = ALL) -> exp.Select:
    """Columns of the entities whose key is among those of a query, each once.

    Their table is named once, which is as often as MySQL opens one in a statement.
    """
    assert isinstance(keys, exp.Query)
    known = exp.select(column(KEY)).from_(keys.subquery("known", copy=False))
    inside = exp.In(this=column(KEY), query=exp.Subquery(this=known))
    query = exp.select(*map(column, names)).from_(store.temporary_table(among))
    return query.where(inside, copy=False)


def _union_all(left: exp.Expr, right: exp.Expr) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)
