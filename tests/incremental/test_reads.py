"""What an incremental run reads of the events: strips of time, told by constants.

The bill of many engines is what a statement reads, and they skip partitions by such constants.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pruning
import pytest
import sqlglot
from membership.in_parts import GatheringParts, PartsOfDuckDB
from sqlglot import exp

from incremental.histories import run
from incremental.streams import Moment
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.grammar.parser import parse
from segue.runtime.incremental.extent import Extent

CATALOG = """
lateness: 1d
entity: {name: customer, table: customers, key: id, attributes: {country: string}}
events:
  order: {table: orders, key: customer, at: at, properties: {amount: int}}
  call: {table: calls, key: customer, at: at}
  contact: {any_of: [order, call]}
"""
COMPOSING = """
segment buyers   { when count(order over last 7d) >= 1 and country == "FR" }
segment spenders { when sum(order.amount over last 90d) >= 3 }
segment recent   { when age(last(order.at over last 30d)) <= 5d }
segment early    { when count(order over 300d ago to 200d ago) >= 1 }
"""
NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BEGINNING = 80
"""Characters of a statement that say what it makes."""
Strip = tuple[float | None, float | None]


class Counting(PartsOfDuckDB):
    """Knows how many rows each day has."""

    def counted_days(self, table: exp.Table, column: str) -> Mapping[int, int] | None:
        day = f"CAST(\"{column}\" AS DATE) - DATE '1970-01-01'"
        query = f"SELECT {day}, COUNT(*) FROM {table.name}"
        return dict(self.connection.execute(f"{query} GROUP BY ALL").fetchall())


class Gathering(GatheringParts, Counting):
    """Reads strips once."""


class Shop:
    """Three years of orders and calls, of which `run` lists what the refresh of a day reads."""

    def __init__(self, warehouse: PartsOfDuckDB) -> None:
        self.warehouse = warehouse
        connection = warehouse.connection
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE customers AS SELECT i AS id, 'FR' AS country FROM range(500) t(i)"
        )
        for name in ("orders", "calls"):
            connection.execute(
                f"CREATE TABLE {name} AS SELECT i % 500 AS customer, i AS amount, "
                f"TIMESTAMP '2024-03-21' - INTERVAL (i) DAY AS at FROM range(1100) t(i)"
            )

    def run(self, rules: str, day: int) -> Extent:
        catalog = load_catalog(CATALOG).catalog
        assert catalog is not None
        plan = analyse([Source((), parse(rules, "rules.seg").module)], catalog).plan
        assert plan is not None
        binding = Binding(to_microseconds(NOW + day * DAY), ZoneInfo("UTC"))
        self.warehouse.statements.clear()
        return run(self.warehouse, Moment({}, plan, binding, catalog), "s", full=False).extent

    def refreshed(self, rules: str) -> "Shop":
        """Two runs, of which the second one is incremental."""
        assert not self.run(rules, -1).incremental
        assert self.run(rules, 0).incremental
        return self

    def read(self, table: str = "orders", by: str = "") -> list[Strip]:
        """What statements that begin with these words have read, in days from now."""
        return [
            (_days(found.after), _days(found.until))
            for text in self.warehouse.statements
            if by in text[:BEGINNING]
            for found in pruning.reads(sqlglot.parse_one(text, read="duckdb"), table, "at")
        ]


def _days(instant: datetime | None) -> float | None:
    return None if instant is None else round((instant.replace(tzinfo=UTC) - NOW) / DAY, 2)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with PartsOfDuckDB(duckdb.connect()) as warehouse:
        yield Shop(warehouse)


@pytest.fixture
def counting() -> Iterator[Shop]:
    with Counting(duckdb.connect()) as warehouse:
        yield Shop(warehouse)


@pytest.fixture
def gathering() -> Iterator[Shop]:
    with Gathering(duckdb.connect()) as warehouse:
        yield Shop(warehouse)


def test_strips_are_read_once_where_they_are_gathered(gathering: Shop) -> None:
    gathering.refreshed(COMPOSING)
    strips = gathering.read(by="segue_strips_0__")
    days = [(-301, -300), (-201, -200), (-91, -90), (-8, -7), (-6, -5), (-2, 0)]
    assert sorted(strips) == days
    counts = gathering.read(by='SELECT COUNT(*) FROM "orders"')
    assert sorted(gathering.read()) == sorted([*strips, *counts])


def test_what_was_gathered_is_not_taken_for_all_of_a_window(gathering: Shop) -> None:
    rules = COMPOSING + "segment big { when max(order.amount over last 30d) >= 5 }"
    gathering.refreshed(rules)
    assert set(gathering.read(by="segue_words")) == {(-30, 0)}
    assert gathering.read(by="kept_tiles") == []


def test_tables_of_what_was_gathered_are_gone_after_a_run(gathering: Shop) -> None:
    gathering.refreshed("segment reached { when count(contact over last 30d) >= 1 }")
    assert any("segue_strips_1__" in text for text in gathering.warehouse.statements)
    left = gathering.warehouse.connection.execute("SHOW ALL TABLES").fetchall()
    assert not [row for row in left if "segue_strips" in str(row)]


def test_no_statement_reads_more_than_the_strips_of_a_day(counting: Shop) -> None:
    found = counting.refreshed(COMPOSING).read()
    assert len(found) > 10
    for after, until in found:
        assert after is not None
        assert until is not None
        assert until - after <= 2, found


def test_tiles_are_read_from_the_strips_that_edges_swept_over(shop: Shop) -> None:
    tiles = shop.refreshed(COMPOSING).read(by="kept_tiles")
    assert sorted(tiles) == [(-301, -300), (-201, -200), (-91, -90), (-8, -7), (-2, -1)]


def test_tiles_of_several_tables_are_read_from_strips_of_each(shop: Shop) -> None:
    rules = "segment reached { when count(contact over last 30d) >= 1 }"
    shop.refreshed(rules)
    for table in ("orders", "calls"):
        assert sorted(shop.read(table, "kept_tiles")) == [(-31, -30), (-2, -1)]


def test_words_are_computed_from_what_is_kept_and_the_rows_that_are_open(shop: Shop) -> None:
    assert set(shop.refreshed(COMPOSING).read(by="segue_words")) == {(-1, 0)}


def test_what_does_not_compose_is_read_in_its_windows_of_the_touched_alone(shop: Shop) -> None:
    rules = COMPOSING + "segment big { when max(order.amount over last 30d) >= 5 }"
    shop.refreshed(rules)
    assert set(shop.read(by="segue_words")) == {(-30, 0)}
    words = next(text for text in shop.warehouse.statements if "segue_words" in text[:BEGINNING])
    assert '"segue_touched__' in words


def test_old_rows_are_counted_within_what_the_rules_read(shop: Shop) -> None:
    # Whole days: since midnight before the oldest window begins.
    counts = shop.refreshed(COMPOSING).read(by='SELECT COUNT(*) FROM "orders"')
    assert counts == [(-300.5, -2)]


def test_old_rows_are_not_counted_where_the_engine_knows_how_many_a_day_has(
    counting: Shop,
) -> None:
    # Only those of the last day, of which the end was not closed yet.
    counts = counting.refreshed(COMPOSING).read(by='SELECT COUNT(*) FROM "orders"')
    assert counts == [(-2.5, -2)]


def test_a_day_with_other_rows_is_told_where_the_engine_knows_how_many_it_has(
    counting: Shop,
) -> None:
    counting.run(COMPOSING, -1)
    move = """UPDATE orders SET "at" = "at" - INTERVAL 1 DAY WHERE "at" = '2024-03-01'"""
    counting.warehouse.connection.execute(move)
    assert counting.run(COMPOSING, 0).reason == (
        "older rows of `orders` are others: 2024-02-29 has 2 and had 1, 2024-03-01 has 0 and had 1"
    )
