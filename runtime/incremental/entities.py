"""Of which entities something can have changed: working tables of a run.

segue_traits    every entity, with the parts of conditions that read no events; its key as
                its own table has it (`raw`) and as the store has it (`key`)
segue_touched   those of which something can have changed: `raw` and `key`
segue_changed   new ones, and those with other traits than in the last run: `raw` and `key`
segue_gone      those that are there no more: `key`
"""

from collections.abc import Iterable, Mapping
from functools import reduce

from sqlglot import exp

from segue.compiler.incremental.sources import Mark, Source
from segue.compiler.incremental.touched import open_keys, touched_keys, values_query
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.chosen import Chosen
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.trees import any_of, bracket, cast, column, is_null, named
from segue.compiler.types import Kind, Type
from segue.runtime.incremental.choice import Choice
from segue.runtime.incremental.kept import OPEN, TRAITS, Kept
from segue.runtime.incremental.rows import reach
from segue.runtime.membership.store import Store, key_type

ALL, TOUCHED = "segue_traits", "segue_touched"
CHANGED, GONE = "segue_changed", "segue_gone"
RAW, KEY = "raw", "key"
TEMPORARY = (ALL, TOUCHED, CHANGED, GONE)


def compute_traits(
    store: Store, plan: Plan, binding: Binding, choice: Choice, key: Kind
) -> int | None:
    """Makes `segue_traits`; how many entities there are, None where several have one key."""
    inner = values_query(plan, binding, store.warehouse.dialect, choice.traits)
    items = [
        exp.alias_(column(KEY), RAW, quoted=True),
        exp.alias_(cast(column(KEY), key_type(key)), KEY, quoted=True),
        *(column(name) for name in choice.traits),
    ]
    query = exp.select(*items, copy=False).from_(inner.subquery("traits", copy=False))
    store.create_temporary(store.temporary_table(ALL), query)
    counts = store("SELECT COUNT(*), COUNT(DISTINCT key) FROM temp.segue_traits")
    rows, keys = store.fetch(counts)[0]
    return int(keys) if rows == keys else None


def compute_changed(store: Store, choice: Choice, kept: Kept) -> None:
    """Makes `segue_changed` and `segue_gone`."""
    store.create_temporary(store.temporary_table(CHANGED), _changed(store, choice, kept))
    gone = store(
        """SELECT k.key AS key FROM segue.kept_traits AS k
             LEFT JOIN temp.segue_traits AS t ON t.key = k.key WHERE t.key IS NULL"""
    )
    store.create_temporary(store.temporary_table(GONE), gone)


def compute_touched(store: Store, choice: Choice, kept: Kept, binding: Binding, key: Kind) -> int:
    """Makes `segue_touched`; how many there are."""
    found = [store("SELECT key FROM temp.segue_changed")]
    name = store.warehouse.dialect
    for source in choice.sources:
        mark = kept.marks[source.name]
        strips, after = choice.swept.strips, reach(source, choice.swept.reach)
        found.append(_of_store(touched_keys(source, strips, mark, after, binding, name), key))
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
    query = store("SELECT key FROM temp.segue_touched UNION ALL SELECT key FROM temp.segue_gone")
    assert isinstance(query, exp.Query)
    return query


def keep_traits(store: Store, choice: Choice, kept: Kept | None) -> None:
    """Writes the traits of this run in place of those before."""
    names = [KEY, *choice.traits]
    everything = exp.select(*map(column, names)).from_(store.temporary_table(ALL))
    if kept is None or kept.traits != set(choice.traits):
        _replace(store, TRAITS, everything)
        return
    for table in (CHANGED, GONE):
        keys = exp.select(column(KEY)).from_(store.temporary_table(table))
        here = exp.In(this=column(KEY), query=exp.Subquery(this=keys))
        store.warehouse.execute(exp.delete(store.table(TRAITS)).where(here))
        if table == CHANGED:
            again = everything.where(here.copy())
            store.warehouse.execute(exp.insert(again, store.table(TRAITS), columns=names))


def keep_open(
    store: Store, sources: Iterable[Source], marks: Mapping[str, Mark], as_of: int, key: Kind
) -> None:
    """Writes the entities of rows that may still be corrected."""
    nobody = store("SELECT key FROM temp.segue_traits WHERE FALSE")
    found: list[exp.Expr] = [
        _of_store(open_keys(source, marks[source.name], as_of, store.warehouse.dialect), key)
        for source in sources
        if source.arrived is None and source.lateness
    ]
    those = _those(store, (KEY,), reduce(_union_all, found)) if found else nobody
    _replace(store, OPEN, those)


def _replace(store: Store, name: str, query: exp.Expr) -> None:
    table = store.table(name)
    store.warehouse.execute(exp.Drop(tables=[table.copy()], kind="TABLE", exists=True))
    store.warehouse.execute(exp.Create(this=table.copy(), kind="TABLE", expression=query))
    store.warehouse.analyse(table)


def _changed(store: Store, choice: Choice, kept: Kept) -> exp.Query:
    """Entities that are new, or have other traits than they had."""
    target = dialect(store.warehouse.dialect)
    differ = [
        bracket(target.differ(column(name, "n"), column(name, "k"), trait.type))
        for name, trait in choice.traits.items()
        if name in kept.traits
    ]
    different = any_of([is_null(column(KEY, "k")), *differ])
    now = exp.alias_(store.temporary_table(ALL), "n", table=True)
    then = exp.alias_(store.table(TRAITS), "k", table=True)
    query = exp.select(column(RAW, "n"), column(KEY, "n"), copy=False).from_(now)
    same = exp.EQ(this=column(KEY, "n"), expression=column(KEY, "k"))
    return query.join(then, on=same, join_type="left").where(different, copy=False)


def _of_store(keys: exp.Query, key: Kind) -> exp.Select:
    """The keys of a query, of the type that they have in a store."""
    typed = named(cast(column(KEY), key_type(key)), KEY)
    return exp.select(typed, copy=False).from_(keys.subquery("keys", copy=False), copy=False)


def _those(store: Store, names: Iterable[str], keys: exp.Expr) -> exp.Select:
    """Columns of the entities whose key is among those of a query, each once.

    Their table is named once, which is as often as MySQL opens one in a statement.
    """
    assert isinstance(keys, exp.Query)
    known = exp.select(column(KEY)).from_(keys.subquery("known", copy=False))
    inside = exp.In(this=column(KEY), query=exp.Subquery(this=known))
    query = exp.select(*map(column, names)).from_(store.temporary_table(ALL))
    return query.where(inside, copy=False)


def _union_all(left: exp.Expr, right: exp.Expr) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)
