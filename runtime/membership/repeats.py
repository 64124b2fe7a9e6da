"""Entities that cannot be evaluated stay where they are.

That is one whose key several rows of the entity's table have, for nobody can tell which of them
is right, and one at whose values the engine stops. It neither enters nor leaves a segment, and no
stage of a lifecycle, until that is mended; where it never was in any, it is in none.
"""

from collections.abc import Sequence

from sqlglot import exp

from segue.runtime.membership.outcome import Key, Repeats
from segue.runtime.membership.slots import Layout
from segue.runtime.membership.store import Store
from segue.runtime.membership.words import word_name

MOST_KEYS = 20
"""So many keys are told; how many there are is counted."""


def set_aside(
    store: Store,
    layout: Layout,
    stored_words: int,
    further: Sequence[str],
    failed: Sequence[Key] = (),
    *,
    staged: bool,
) -> Repeats | None:
    """Gives keys that are in `segue_words` more than once, or `failed`, the flags that they have.

    `stored_words` is how many words the state of the last run has, `further` are the columns
    after the words: conditions of stages, where none holds and so nobody moves. `staged` says
    whether the store has stages. Returns who is there more than once.
    """
    repeated = store(
        "SELECT key, COUNT(*) AS size FROM temp.segue_words GROUP BY key HAVING COUNT(*) > 1"
    )
    store.create_temporary(store.temporary_table("segue_repeated"), repeated)
    for key in failed:
        store.execute("INSERT INTO temp.segue_repeated (key, size) VALUES (:key, 0)", key=key)
    store.execute("DELETE FROM temp.segue_words WHERE key IN (SELECT key FROM temp.segue_repeated)")
    names = ["key", *map(word_name, range(layout.words)), *further]
    rows = _as_before(store, layout, stored_words, further, staged=staged)
    store.warehouse.execute(exp.insert(rows, store.temporary_table("segue_words"), columns=names))
    found = store.fetch(
        store("SELECT COUNT(*), SUM(size) FROM temp.segue_repeated WHERE size > 0")
    )[0]
    if not found[0]:
        return None
    first = store(
        f"SELECT key FROM temp.segue_repeated WHERE size > 0 ORDER BY key LIMIT {MOST_KEYS}"
    )
    keys = tuple(row[0] for row in store.fetch(first))
    return Repeats(entities=int(found[0]), rows=int(found[1]), keys=keys)


def _as_before(
    store: Store, layout: Layout, stored_words: int, further: Sequence[str], *, staged: bool
) -> exp.Query:
    items: list[exp.Expr] = [exp.column("key", "r")]
    for word in range(layout.words):
        active = sum(slot.flag for slot in layout.active if slot.word == word)
        stored = exp.func("COALESCE", exp.column(word_name(word), "o"), exp.Literal.number(0))
        kept = exp.BitwiseAnd(this=stored, expression=exp.Literal.number(active))
        items.append(kept if word < stored_words else exp.Literal.number(0))
    items += [exp.Literal.number(0) for _ in further]
    query = store(
        """SELECT 1 FROM temp.segue_repeated AS r LEFT JOIN segue.state AS o ON o.key = r.key
           WHERE NOT o.key IS NULL OR r.key IN (SELECT key FROM segue.stages)"""
        if staged
        else "SELECT 1 FROM temp.segue_repeated AS r JOIN segue.state AS o ON o.key = r.key"
    )
    assert isinstance(query, exp.Select)
    return query.select(*items, append=False)
