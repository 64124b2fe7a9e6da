"""From the flags of the last run and of this one to who entered and left which segment.

Flags are compared a word at a time: only entities with a difference become rows, and only
their changed flags become entries and exits.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

from sqlglot import exp

from segue.compiler.types import Kind
from segue.runtime.membership.outcome import SegmentCount
from segue.runtime.membership.slots import Layout, Slot
from segue.runtime.membership.store import Store, key_type
from segue.runtime.membership.words import Words, joined, word_name
from segue.runtime.refusal import Refusal

TEMPORARY = (
    "segue_words",
    "segue_repeated",
    "segue_changes",
    "segue_transitions",
    "segue_moves",
)

MOST_ROWS_OF_A_KEY = 2
"""With more rows than so many for each key, on the average, the column is no key at all."""


COUNTED_AT_ONCE = 1_000
"""Segments whose members one statement counts: an engine has as few as 1,600 columns."""


def drop_temporary(store: Store, names: Sequence[str] = TEMPORARY) -> None:
    """Forgets the working tables of a run."""
    for name in names:
        store.execute(f"DROP TABLE IF EXISTS temp.{name}")


def compute_words(
    store: Store, layout: Layout, words: Words, key: Kind, further: Sequence[str] = ()
) -> tuple[int, int]:
    """Computes the words, once; how many rows there are, and how many keys.

    `further` are the columns of flags after the words.
    """
    columns = [
        exp.alias_(exp.cast(exp.column(name), kind), name)
        for name, kind in (
            ("key", key_type(key)),
            *((word_name(word), "BIGINT") for word in range(layout.words)),
            *((name, "BIGINT") for name in further),
        )
    ]
    with joined(store, words) as flags:
        # The query is a large tree, and nobody reads it again.
        inner = flags.subquery("flags", copy=False)
        query = exp.select(*columns, copy=False).from_(inner, copy=False)
        query = query.where(exp.column("key").is_(exp.null()).not_(), copy=False)
        store.create_temporary(store.temporary_table("segue_words"), query)
    rows = store.fetch(store("SELECT COUNT(*), COUNT(DISTINCT key) FROM temp.segue_words"))
    found, keys = int(rows[0][0]), int(rows[0][1])
    if keys * MOST_ROWS_OF_A_KEY < found:
        raise Refusal(
            f"the key of the entity is not one: {keys:,} "
            f"{'value' if keys == 1 else 'values'} in {found:,} rows",
            "`key` of the catalog must be a column with another value in every row, and its type "
            f"that of the column (here {key}; a text is `{{column: …, type: string}}`)",
        )
    return found, keys


def compute_changes(
    store: Store, layout: Layout, stored_words: int, among: exp.Query | None = None
) -> None:
    """A row for each entity with a difference: its flags `then_…` and `now_…`.

    `stored_words` is how many words the state of the last run has. Where only some entities
    have been computed, their keys are `among`, and all others are as they were.
    """
    columns: list[exp.Expr] = [
        exp.alias_(exp.func("COALESCE", _of("n", "key"), _of("o", "key")), "key"),
        exp.alias_(_of("n", "key").is_(exp.null()), "gone"),
    ]
    differ: list[exp.Expr] = []
    for word in range(layout.words):
        stored = word < stored_words
        then = _or_zero(_of("o", word_name(word))) if stored else exp.Literal.number(0)
        now = _or_zero(_of("n", word_name(word)))
        mask = layout.mask(word)
        # Bits that this run does not decide stay as they are: `now ⊕ ((then ⊕ now) ∧ ¬mask)`,
        # and as the query leaves those bits 0, that is `now + (then - (then ∧ mask))`.
        kept = exp.Sub(this=then, expression=_bits(then, exp.Literal.number(mask)))
        now = exp.Add(this=now, expression=exp.paren(kept))
        columns += [exp.alias_(then, f"then_{word}"), exp.alias_(now, f"now_{word}")]
        differ.append(exp.NEQ(this=then.copy(), expression=exp.paren(now)))
    before: exp.Expr = exp.alias_(store.table("state"), "o", table=True)
    if among is not None:
        known = exp.select("*").from_(store.table("state"))
        before = known.where(_key().isin(query=among)).subquery("o")
    after = exp.alias_(store.temporary_table("segue_words"), "n", table=True)
    same = _of("n", "key").eq(_of("o", "key"))
    different = exp.or_(*differ) if differ else exp.false()

    def joined(left: exp.Expr, right: exp.Expr, how: str) -> exp.Select:
        query = exp.select(*columns).from_(left.copy())
        return query.join(right.copy(), on=same, join_type=how).where(different)

    query: exp.Query
    if store.warehouse.full_joins:
        query = joined(after, before, "full")
    else:
        gone = joined(before, after, "left").where(_of("n", "key").is_(exp.null()))
        query = _union_all(joined(after, before, "left"), gone)
    store.create_temporary(store.temporary_table("segue_changes"), query)


def compute_transitions(store: Store, layout: Layout, run: int) -> None:
    """A row for each entry and exit, with its reason."""
    parts = [_transitions(store, word, run) for word in range(layout.words)]
    if not parts:
        parts = [_no_transitions(store)]
    store.create_temporary(store.temporary_table("segue_transitions"), reduce(_union_all, parts))


def _transitions(store: Store, word: int, run: int) -> exp.Query:
    now, then = f"now_{word}", f"then_{word}"
    query = store(
        """SELECT s.segment, c.key, (c.now_word & s.flag) <> 0 AS entered,
             CASE WHEN c.gone THEN 'entity_gone'
                  WHEN s.retired_run = :run THEN 'segment_removed'
                  WHEN s.added_run = :run THEN 'segment_added'
                  WHEN s.changed_run = :run THEN 'rule_changed'
                  ELSE 'condition' END AS reason
           FROM temp.segue_changes AS c JOIN segue.segments AS s
             ON s.word = :word AND (c.now_word & s.flag) <> (c.then_word & s.flag)""",
        run=run,
        word=word,
    )
    for column in query.find_all(exp.Column):
        if column.name in ("now_word", "then_word"):
            column.set("this", exp.to_identifier(now if column.name == "now_word" else then))
    assert isinstance(query, exp.Query)
    return query


def _no_transitions(store: Store) -> exp.Query:
    query = store(
        "SELECT segment, key, TRUE AS entered, segment AS reason FROM segue.members WHERE FALSE"
    )
    assert isinstance(query, exp.Query)
    return query


def count_members(store: Store, layout: Layout) -> dict[str, int]:
    """The size of each segment that this run computed."""
    sizes: dict[str, int] = {}
    for start in range(0, len(layout.active), COUNTED_AT_ONCE):
        slots = layout.active[start : start + COUNTED_AT_ONCE]
        words = store.temporary_table("segue_words")
        row = store.fetch(exp.select(*map(_members, slots)).from_(words))[0]
        sizes |= {slot.segment: size for slot, size in zip(slots, row, strict=True)}
    return sizes


def _members(slot: Slot) -> exp.Expr:
    flag = _bits(exp.column(word_name(slot.word)), exp.Literal.number(slot.flag))
    there = exp.NEQ(this=flag, expression=exp.Literal.number(0))
    return exp.Count(this=exp.Case(ifs=[exp.If(this=there, true=exp.Literal.number(1))]))


def count_members_after(
    store: Store, layout: Layout, moved: Mapping[str, tuple[int, int]]
) -> dict[str, int]:
    """The size of each segment, from what it was in its last run and who moved in this one."""
    query = store(
        """SELECT c.segment, c.members FROM segue.counts AS c
           WHERE c.run_id = (SELECT MAX(d.run_id) FROM segue.counts AS d
                             WHERE d.segment = c.segment)"""
    )
    before = {str(segment): int(members) for segment, members in store.fetch(query)}
    sizes = {}
    for slot in layout.active:
        entered, left = moved.get(slot.segment, (0, 0))
        old = layout.renamed.get(slot.segment, slot.segment)
        sizes[slot.segment] = before.get(old, 0) + entered - left
    return sizes


def count_transitions(store: Store) -> dict[str, tuple[int, int]]:
    """How many entered and left each segment that anybody entered or left."""
    query = store(
        """SELECT segment, COUNT(CASE WHEN entered THEN 1 END),
             COUNT(CASE WHEN NOT entered THEN 1 END)
           FROM temp.segue_transitions GROUP BY segment"""
    )
    return {str(segment): (entered, left) for segment, entered, left in store.fetch(query)}


def apply_transitions(store: Store, layout: Layout, run: int, as_of: int) -> None:
    """Writes the entries and exits, and the flags that the next run compares with."""
    at = store.warehouse.moment(as_of)
    # Most are told apart by the key alone, which is faster than by the name of a segment too.
    store.execute(
        """DELETE FROM segue.members WHERE key IN (SELECT key FROM temp.segue_changes)
             AND (segment, key) IN
               (SELECT segment, key FROM temp.segue_transitions WHERE NOT entered)"""
    )
    store.execute(
        """INSERT INTO segue.members (segment, key, entered_at, run_id)
           SELECT segment, key, :at, :run FROM temp.segue_transitions WHERE entered""",
        at=at,
        run=run,
    )
    store.execute(
        """INSERT INTO segue.history (segment, key, change, reason, at, run_id)
           SELECT segment, key, CASE WHEN entered THEN 'enter' ELSE 'exit' END, reason, :at, :run
           FROM temp.segue_transitions""",
        at=at,
        run=run,
    )
    store.execute("DELETE FROM segue.state WHERE key IN (SELECT key FROM temp.segue_changes)")
    changes = store.temporary_table("segue_changes")
    words = range(layout.words)
    flagged = [exp.column(f"now_{word}").neq(0) for word in words]
    rows = exp.select("key", *(f"now_{word}" for word in words)).from_(changes)
    rows = rows.where(exp.or_(*flagged) if flagged else exp.false())
    names = ["key", *(word_name(word) for word in words)]
    store.warehouse.execute(exp.insert(rows, store.table("state"), columns=names))


def counts(
    layout: Layout, sizes: Mapping[str, int], moved: Mapping[str, tuple[int, int]]
) -> tuple[SegmentCount, ...]:
    """The counts of the computed segments, in the order of their slots."""
    changes = {
        **{slot.segment: "added" for slot in layout.added},
        **{slot.segment: "changed" for slot in layout.redefined},
        **{name: f"renamed from {old}" for name, old in layout.renamed.items()},
    }
    return tuple(
        SegmentCount(
            slot.segment,
            sizes[slot.segment],
            *moved.get(slot.segment, (0, 0)),
            change=changes.get(slot.segment, ""),
        )
        for slot in layout.active
    )


def removed_counts(
    layout: Layout, moved: Mapping[str, tuple[int, int]]
) -> tuple[SegmentCount, ...]:
    """The counts of the segments that the rules no longer have."""
    return tuple(
        SegmentCount(slot.segment, 0, *moved.get(slot.segment, (0, 0)), change="removed")
        for slot in layout.removed
    )


def _key() -> exp.Column:
    return exp.column("key")


def _of(table: str, name: str) -> exp.Column:
    return exp.column(name, table)


def _or_zero(value: exp.Expr) -> exp.Expr:
    return exp.func("COALESCE", value, exp.Literal.number(0))


def _bits(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.paren(exp.BitwiseAnd(this=left.copy(), expression=right))


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False)
