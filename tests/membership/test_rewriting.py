"""Random statements that change a table leave in parts what they leave in DuckDB itself."""

from collections.abc import Sequence

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.in_parts import PartsOfDuckDB
from segue.runtime.membership.store import Store
from segue.runtime.warehouse.duckdb import DuckDBWarehouse

KEYS = st.sampled_from(["a", "b", "c", "d"])
NUMBERS = st.one_of(st.none(), st.integers(0, 3))
CREATE = "CREATE TABLE IF NOT EXISTS segue.things (key TEXT NOT NULL, n BIGINT, at TIMESTAMP)"
INSERT = "INSERT INTO segue.things (key, n) VALUES (:key, :n)"
SHORT = "INSERT INTO segue.things (key) SELECT key FROM segue.things WHERE n = :n"
UPDATE = "UPDATE segue.things SET n = n + 1, key = :key WHERE n = :n"
EVERY = "UPDATE segue.things SET n = :n"
DELETE = "DELETE FROM segue.things WHERE n > :n"
THOSE = "DELETE FROM segue.things WHERE (key, n) IN (SELECT key, n FROM temp.marked WHERE n <= :n)"
KEYED = "DELETE FROM segue.things WHERE key IN (SELECT key FROM temp.marked WHERE key <> :key)"
BOTH = """DELETE FROM segue.things WHERE key IN (SELECT key FROM temp.marked)
    AND (key, n) IN (SELECT key, n FROM temp.marked WHERE n = :n)"""
CLEAR = "DELETE FROM segue.things"
DROP = "DROP TABLE segue.things"
STATEMENTS = st.tuples(
    st.sampled_from(
        (INSERT, INSERT, INSERT, SHORT, UPDATE, EVERY, DELETE, THOSE, KEYED, BOTH, CLEAR, DROP)
    ),
    KEYS,
    NUMBERS,
)
Transactions = Sequence[tuple[Sequence[tuple[str, str, int | None]], bool]]


def left(store: Store, transactions: Transactions) -> list[list[tuple[object, ...]]]:
    """What the table holds after each transaction."""
    found = []
    for statements, keep in transactions:
        with store.warehouse.transaction(keep=keep):
            store.warehouse.create_schema("segue")
            store.execute(CREATE)
            store.execute("DROP TABLE IF EXISTS temp.marked")
            marked = store("SELECT key, n FROM segue.things WHERE n = 1 OR key = 'a'")
            store.create_temporary(store.temporary_table("marked"), marked)
            for text, key, n in statements:
                store.execute(text, key=key, n=n)
                if text == DROP:
                    store.execute(CREATE)
            store.execute("DROP TABLE IF EXISTS temp.marked")
        there = store.warehouse.has_table(store.table("things"))
        rows = store.fetch(store("SELECT key, n, at FROM segue.things")) if there else []
        found.append(sorted(rows, key=repr))
    return found


@given(
    st.lists(
        st.tuples(st.lists(STATEMENTS, max_size=8), st.sampled_from((True, True, False))),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=25, deadline=None)
def test_parts_hold_what_a_table_would(transactions: Transactions) -> None:
    with duckdb.connect() as real, duckdb.connect() as plain:
        expected = left(Store(DuckDBWarehouse(real)), transactions)
        assert left(Store(PartsOfDuckDB(plain)), transactions) == expected
