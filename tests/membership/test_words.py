from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch
from zoneinfo import ZoneInfo

import duckdb
import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.query import generate
from segue.compiler.sql.working import TableOf
from segue.grammar.diagnostics import SegueError
from segue.grammar.parser import parse
from segue.runtime.membership.definitions import definition_hash
from segue.runtime.membership.slots import Segment, Slot, arrange
from segue.runtime.membership.store import Store
from segue.runtime.membership.words import Words, joined, words_query
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.warehouse import Row

UTC = ZoneInfo("UTC")
CATALOG = """
entity: {name: person, table: people, key: id, attributes: {age: int}}
events: {visit: {table: visits, at: at, properties: {page: string?}}}
"""


def plan_of(rules: str) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(rules, "rules.seg").module)], catalog).plan
    assert plan is not None
    return plan


def test_each_segment_is_at_its_slot() -> None:
    names = [f"over_{n}" for n in range(70)]
    plan = plan_of("\n".join(f"segment over_{n} {{ when age > {n} }}" for n in range(70)))
    stored = [Slot(0, "retired", "x", retired=True), Slot(1, "over_69", "y")]
    layout = arrange(stored, [Segment(name, name) for name in names])
    (words,) = words_query(plan, Binding(0, ZoneInfo("UTC")), "duckdb")(layout)

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT i AS id, i * 35 AS age FROM range(3) t(i)"
        )
        rows = connection.execute(generate(words.query, "duckdb", pretty=True)).fetchall()

    slots = {slot.segment: slot for slot in layout.active}
    assert slots["over_69"].number == 1
    assert layout.words == 2
    for id, *words in rows:
        for n, name in enumerate(names):
            slot = slots[name]
            assert bool(words[slot.word] & slot.flag) is (id * 35 > n)


def test_what_rules_share_may_be_in_working_tables_that_are_gone_afterwards() -> None:
    plan = plan_of(
        """
        metric visits = count(visit)
        segment often  { when visits >= 2 and percentile(visits) >= 50% }
        segment seldom { when visits < 2 and age > 20 }
        """
    )
    layout = arrange([], [Segment(name, name) for name in plan.segments])
    bound = Binding(0, ZoneInfo("UTC"))
    with duckdb.connect() as connection, DuckDBWarehouse(connection) as warehouse:
        warehouse.execute_text(
            "CREATE TABLE people AS SELECT i AS id, 30 AS age FROM range(3) t(i)"
        )
        warehouse.execute_text(
            "CREATE TABLE visits AS SELECT i % 2 AS id, DATE '1969-12-01' AS at FROM range(3) t(i)"
        )

        def found(working: TableOf | None) -> list[Row]:
            words = words_query(plan, bound, "duckdb", working=working)(layout)
            assert bool(words[0].tables) is (working is not None)
            with joined(Store(warehouse), words) as query:
                return sorted(warehouse.fetch(query))

        expected = found(None)
        assert expected == [(0, 1), (1, 2), (2, 2)]
        assert found(warehouse.temporary_table) == expected
        left = warehouse.execute_text("SELECT table_name FROM duckdb_tables() WHERE temporary")
        assert left == []


MANY = 60
COUNTS = [f"count(visit over last {days}d)" for days in range(1, MANY)]
LARGE = f"""
segment any  {{ when {" or ".join(f"{count} >= {n + 5}" for n, count in enumerate(COUNTS))} }}
segment most {{ when {" + ".join(COUNTS)} >= 300 and not (age == 15 or mode(visit.page) == "x") }}
segment none {{ when min(visit.page) == "{"x" * 3_000}" }}
"""


@contextmanager
def visited() -> Iterator[DuckDBWarehouse]:
    """Five people, the last one twice, and visits on each of the days before."""
    with duckdb.connect() as connection, DuckDBWarehouse(connection) as warehouse:
        warehouse.execute_text(
            "CREATE TABLE people AS SELECT least(i, 4) AS id, i * 15 AS age FROM range(6) t(i)"
        )
        warehouse.execute_text(
            "CREATE TABLE visits AS SELECT i % 5 AS id, 'home' AS page, "
            "TIMESTAMP '1969-12-31' - to_days(i * (i % 5) // 8) AS at FROM range(60) t(i)"
        )
        yield warehouse


def words_of(warehouse: DuckDBWarehouse, names: Sequence[str]) -> tuple[Words, list[Row]]:
    """The words of some of the large segments, where they may be computed in parts."""
    layout = arrange([], [Segment(name, name) for name in names])
    query = words_query(plan_of(LARGE), Binding(0, UTC), "duckdb", apart=warehouse.apart)
    words = query(layout)
    with joined(Store(warehouse), words) as one:
        return words, sorted(warehouse.fetch(one))


def limited(size: int) -> object:
    """DuckDB with statements of so many bytes."""
    limits = Limits(size=Limit(size, "the test"))
    return patch.object(type(dialect("duckdb")), "limits", limits)


def test_a_condition_that_is_too_large_for_a_statement_is_computed_in_several() -> None:
    names = ("any", "most")
    with visited() as warehouse:
        whole, expected = words_of(warehouse, names)
        with limited(8_000):
            parts, found = words_of(warehouse, names)
        left = warehouse.execute_text("SELECT table_name FROM duckdb_tables() WHERE temporary")
    assert [len(part.tables) for part in whole] == [0]
    assert all(len(part.tables) > 1 for part in parts)
    assert found == expected
    assert {row[1] for row in found} == {0, 2, 3}
    assert left == []


def test_a_condition_of_one_value_cannot_be_cut() -> None:
    with visited() as warehouse, limited(3_000), pytest.raises(SegueError) as refused:
        words_of(warehouse, ("none",))
    (found,) = refused.value.diagnostics
    assert found.code == "SEG096"


def test_the_greatest_word_fits_64_signed_bits() -> None:
    layout = arrange([], [Segment(f"s{n}", "x") for n in range(62)])
    assert layout.words == 1
    assert layout.mask(0) == 2**62 - 1


def hash_of(rules: str) -> str:
    return definition_hash(plan_of(rules).segments["s"].expr)


def test_a_definition_is_what_it_means_and_not_what_its_parts_are_called() -> None:
    inline = "segment s { when count(visit over last 30d) >= 3 }"
    named = """
    metric other = count(visit)
    metric visits_30d "Visits" = count(visit over last 720h)
    segment s "A title" { when visits_30d >= 3 priority high }
    """
    assert hash_of(inline) == hash_of(named)


def test_a_definition_changes_with_thresholds_windows_and_filters() -> None:
    hashes = {
        hash_of("segment s { when count(visit over last 30d) >= 3 }"),
        hash_of("segment s { when count(visit over last 30d) >= 4 }"),
        hash_of("segment s { when count(visit over last 31d) >= 3 }"),
        hash_of("segment s { when count(visit over last 30 calendar days) >= 3 }"),
        hash_of('segment s { when count(visit where page == "home" over last 30d) >= 3 }'),
    }
    assert len(hashes) == 5
