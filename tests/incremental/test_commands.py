"""`segue run` day by day on a small shop: what it computes, and what it says about that."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """
lateness: 1d
entity:
  name: customer
  table: customers
  key: id
  attributes: {country: string}
events:
  order: {table: orders, key: customer, at: at, properties: {amount: int}}
  visit: {table: visits, key: customer, at: at, arrived: loaded_at}
"""
BUYERS = "segment buyers   { when count(order over last 7d) >= 1 }\n"
VISITORS = 'segment visitors { when count(visit over last 30d) >= 2 and country == "FR" }\n'
RULES = BUYERS + VISITORS
TABLES = """
CREATE TABLE customers AS
  SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'FR' ELSE 'DE' END AS country FROM range(100) AS t (i);
CREATE TABLE orders AS
  SELECT i AS customer, TIMESTAMP '2024-03-01' + INTERVAL (i) HOUR AS at, i AS amount
  FROM range(100) AS t (i);
CREATE TABLE visits AS
  SELECT i AS customer, TIMESTAMP '2024-03-01' + INTERVAL (i) HOUR AS at,
    TIMESTAMP '2024-03-01' + INTERVAL (i + 1) HOUR AS loaded_at FROM range(100) AS t (i);
"""


class Shop:
    """A project in a folder of its own, and its database."""

    def run(self, day: int, *options: str) -> Result:
        as_of = f"2024-03-{day:02}T00:00:00Z"
        arguments = ["run", "--database", "shop.duckdb", "--as-of", as_of, *options]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result

    def extent(self, day: int, *options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(day, "--format", "json", *options).output)
        return dict(found["extent"])

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        with duckdb.connect("shop.duckdb") as connection:
            return connection.execute(text).fetchall()

    def members(self, segment: str) -> list[int]:
        query = f"SELECT key FROM segue.members WHERE segment = '{segment}' ORDER BY 1"
        return [key for (key,) in self.sql(query)]

    def write(self, catalog: str = CATALOG, rules: str = RULES) -> None:
        Path("catalog.yml").write_text(catalog, "utf-8")
        Path("rules.seg").write_text(rules, "utf-8")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    made = Shop()
    made.write()
    made.sql(TABLES)
    return made


def test_the_first_run_is_full_and_the_next_one_says_whom_it_looked_at(shop: Shop) -> None:
    first, second = shop.run(5), shop.run(6)

    assert "full: no run before this one left what it takes to refresh a part" in first.output
    assert "incremental: something can have changed for " in second.output
    assert shop.members("buyers") == list(range(100))


def test_customers_leave_because_time_passes(shop: Shop) -> None:
    shop.run(8)
    touched = shop.extent(9)["touched"]

    # Their orders of a day that is now more than a week ago; the first one fell out before.
    assert touched == 24
    assert shop.members("buyers") == list(range(25, 100))


def test_full_computes_everybody(shop: Shop) -> None:
    shop.run(5)
    assert "full: it was asked for" in shop.run(6, "--full").output
    assert shop.extent(7)["incremental"]


def test_what_was_not_said_to_come_late_is_computed_for_all(shop: Shop) -> None:
    shop.write(CATALOG.replace("lateness: 1d", ""))
    shop.run(5)
    extent = shop.extent(6)

    assert extent["for_all"] == {"buyers": "the catalog does not say the `lateness` of `order`"}


def test_what_the_catalog_has_to_say_is_told_where_no_rule_can_do_with_less(shop: Shop) -> None:
    said = CATALOG.replace("lateness: 1d", "").replace(", arrived: loaded_at", "")
    shop.write(said)
    shop.run(5)

    reason = "full: the catalog does not say the `lateness` of `order`, `visit`; see docs/scale.md"
    assert reason in shop.run(6).output


def test_each_reason_is_told_where_rules_need_everybody_for_several(shop: Shop) -> None:
    scored = (
        "segment best { when percentile(amounts) >= 0.9 }\nmetric amounts = sum(order.amount)\n"
    )
    shop.write(rules=scored + "segment known { when days_between(last(order.at), today) > 3 }")
    output = shop.run(5).output

    assert "full: no rule can do with less; for all: best (it compares everybody" in output
    assert "; known (it " in output


def test_only_a_changed_rule_is_computed_for_all(shop: Shop) -> None:
    shop.run(8)
    shop.write(rules=RULES.replace(">= 2", ">= 1"))
    extent = shop.extent(9)

    assert extent["for_all"] == {"visitors": "it was changed, or the catalog was"}
    assert shop.members("visitors") == list(range(0, 100, 2))
    assert shop.members("buyers") == list(range(25, 100))


def test_another_name_is_no_change(shop: Shop) -> None:
    shop.run(8)
    shop.write(rules=RULES.replace("buyers", "customers_who_buy"))

    assert shop.extent(9)["for_all"] == {}
    assert shop.members("customers_who_buy") == list(range(25, 100))


def test_another_zone_changes_every_rule(shop: Shop) -> None:
    shop.run(8)
    shop.write("timezone: Europe/Paris\n" + CATALOG)

    assert shop.extent(9)["reason"] == "of all rules, it was changed, or the catalog was"


def test_members_of_a_removed_segment_leave_in_an_incremental_run(shop: Shop) -> None:
    shop.run(8)
    shop.write(rules=VISITORS)
    extent = shop.extent(9)

    assert extent["incremental"]
    assert shop.members("buyers") == []


def test_a_segment_run_on_its_own_is_computed_for_all_the_next_time(shop: Shop) -> None:
    shop.run(8)
    alone = shop.extent(9, "--segment", "buyers")
    extent = shop.extent(9)

    assert alone["reason"] == "only some segments were asked for"
    assert extent["for_all"] == {"buyers": "it is new, or was computed on its own"}


def test_late_rows_are_picked_up(shop: Shop) -> None:
    shop.run(12)
    # An order of yesterday, within the lateness; a visit of long ago, that has just arrived.
    shop.sql("INSERT INTO orders VALUES (3, '2024-03-11 12:00:00', 1)")
    shop.sql("INSERT INTO visits VALUES (4, '2024-03-01 12:00:00', '2024-03-12 12:00:00')")
    extent = shop.extent(12)

    assert extent["touched"] == 2
    assert shop.members("buyers") == [3, 97, 98, 99]
    assert shop.members("visitors") == [4]


def test_rows_that_are_later_than_was_said_are_noticed(shop: Shop) -> None:
    shop.run(12)
    shop.sql("INSERT INTO orders VALUES (3, '2024-03-07 12:00:00', 1)")
    extent = shop.extent(13)

    reason = "older rows of `orders` are others: 2024-03-07 has 1 and had 0"
    assert extent["reason"] == reason
    assert shop.members("buyers") == [3]
    assert shop.extent(14)["incremental"]


def test_rows_that_come_with_the_last_arrival_that_was_seen_are_noticed(shop: Shop) -> None:
    shop.write(rules="segment visitors { when exists(visit over last 6h) }")
    shop.run(5)
    shop.sql("INSERT INTO visits SELECT 3, '2024-03-04 23:00:00', MAX(loaded_at) FROM visits")

    assert "older rows of `visits` are others" in shop.extent(5)["reason"]
    assert shop.members("visitors") == [3, *range(91, 97)]


def test_rows_that_are_too_old_for_any_window_may_go(shop: Shop) -> None:
    shop.write(rules=RULES.replace("30d", "60h"))
    shop.run(5)
    shop.sql("DELETE FROM visits WHERE \"at\" <= '2024-03-03 12:00:00'")

    assert shop.extent(6)["incremental"]


def test_an_open_row_that_is_deleted_counts_no_more(shop: Shop) -> None:
    shop.sql("INSERT INTO orders VALUES (3, '2024-03-11 12:00:00', 1)")
    shop.run(12)
    shop.sql("DELETE FROM orders WHERE amount = 1 AND \"at\" > '2024-03-11'")

    assert shop.extent(12)["touched"] == 1
    assert shop.members("buyers") == [97, 98, 99]


def test_a_customer_who_changes_or_comes_or_goes_is_looked_at(shop: Shop) -> None:
    shop.sql("INSERT INTO visits SELECT * FROM visits")
    shop.run(12)
    shop.sql("UPDATE customers SET country = 'DE' WHERE id = 4")
    shop.sql("DELETE FROM customers WHERE id = 6")
    shop.sql("INSERT INTO visits SELECT 100, * EXCLUDE (customer) FROM visits WHERE customer = 1")
    shop.sql("INSERT INTO customers VALUES (100, 'FR')")
    shop.run(12)

    expected = [i for i in range(0, 102, 2) if i not in (4, 6)]
    assert shop.members("visitors") == expected


def test_events_of_a_customer_who_comes_later_count(shop: Shop) -> None:
    shop.sql("INSERT INTO orders VALUES (100, '2024-03-04 12:00:00', 1)")
    shop.run(8)
    shop.run(9)
    shop.sql("INSERT INTO customers VALUES (100, 'FR')")
    shop.run(10)

    assert shop.members("buyers") == list(range(49, 101))


def test_the_last_time_is_known_until_it_falls_out_of_its_window(shop: Shop) -> None:
    shop.write(rules="segment recent { when age(last(order.at over last 7d)) > 1d }")
    shop.run(8)
    shop.run(9)
    shop.sql("INSERT INTO orders VALUES (3, '2024-03-09 12:00:00', 1)")
    shop.run(10)
    shop.run(11)

    assert shop.members("recent") == [3, *range(73, 100)]


def test_events_of_one_table_may_come_late_each_in_its_own_way(shop: Shop) -> None:
    slow = "  refund: {table: orders, key: customer, at: at, lateness: 4d, where: {amount: -1}}"
    rules = [
        f"segment {event}s {{ when count({event} over 2024-03-06 to 2024-03-12) == 1 }}\n"
        for event in ("refund", "order")
    ]
    shop.write(f"{CATALOG}{slow}\n", "".join(rules))
    shop.run(8)
    shop.sql("INSERT INTO orders VALUES (3, '2024-03-08 12:00:00', -1)")
    found = []
    for day in range(9, 16):
        shop.run(day)
        found.append((3 in shop.members("orders"), 3 in shop.members("refunds")))

    assert found == [(True, True)] * 7


def late(where: str = "") -> str:
    """Two more events of orders, of which the last one comes later; and their rules."""
    return (
        f"  sale: {{table: orders, key: customer, at: at, lateness: 1d{where}}}\n"
        "  refund: {table: orders, key: customer, at: at, lateness: 4d, where: {amount: -1}}\n"
    )


LATE_RULES = "".join(
    f"segment {event}s {{ when count({event} over last 5d) >= 1 }}\n"
    for event in ("sale", "refund")
)


@pytest.mark.parametrize("where", ["", ", where: {amount: [1, 2]}"])
def test_a_row_that_is_late_as_its_event_may_be_is_no_reason_for_a_full_run(
    shop: Shop, where: str
) -> None:
    shop.write(CATALOG.replace("  order:", f"{late(where)}  order:"), LATE_RULES)
    shop.run(5)
    shop.run(8)
    shop.sql("INSERT INTO orders VALUES (33, '2024-03-05 12:00:00', -1)")
    if where:
        shop.sql("INSERT INTO orders VALUES (34, '2024-03-08 12:00:00', 2)")

    assert shop.extent(9)["incremental"]
    assert 33 in shop.members("refunds")
    assert (33 in shop.members("sales")) == (where == "")
    assert shop.extent(10)["incremental"]


def test_a_row_that_is_later_than_its_event_may_be_is_noticed_beside_slower_ones(
    shop: Shop,
) -> None:
    catalog = CATALOG.replace("  order: {table", "  order: {where: {amount: 3}, table")
    shop.write(
        catalog.replace("  order:", f"{late(', where: {amount: [1, 2]}')}  order:"), LATE_RULES
    )
    shop.run(5)
    shop.run(8)
    shop.sql("INSERT INTO orders VALUES (33, '2024-03-05 12:00:00', 2)")

    assert "older rows of `orders` are others: 2024-03-05" in shop.extent(9)["reason"]
    assert 33 in shop.members("sales")


def test_tiles_become_part_of_their_base_when_they_are_many(shop: Shop) -> None:
    shop.write(rules=BUYERS)
    shop.run(8)
    shop.run(9)
    few = shop.sql("SELECT COUNT(*) FROM segue.kept_tiles_1")
    shop.sql(
        "INSERT INTO orders SELECT id, '2024-03-09 12:00:00', 1 FROM customers "
        "WHERE id BETWEEN 20 AND 59"
    )
    shop.run(10)
    shop.run(11)
    many = shop.sql("SELECT COUNT(*) FROM segue.kept_tiles_1")
    assert shop.members("buyers") == [*range(20, 60), *range(73, 100)]
    shop.run(12)
    none = shop.sql("SELECT COUNT(*) FROM segue.kept_tiles_2")
    places = shop.sql("SELECT DISTINCT place FROM segue.kept_places WHERE name <> 'traits'")

    assert few == [(24,)]
    assert many > [(100,)]
    assert none == [(0,)]
    assert places == [(2,)]
    assert shop.members("buyers") == [*range(20, 60), *range(97, 100)]
    shop.run(13)
    assert shop.members("buyers") == list(range(20, 60))


def test_what_a_new_rule_asks_has_a_base_of_its_own(shop: Shop) -> None:
    shop.write(rules=BUYERS)
    shop.run(8)
    kept = "SELECT place, name, built FROM segue.kept_places WHERE name <> 'traits' ORDER BY place"
    before = shop.sql(kept)
    shop.write(rules=f"{BUYERS}segment spenders {{ when sum(order.amount over last 7d) >= 90 }}")
    shop.run(9)
    after = shop.sql(kept)

    assert [row for row in after if row[0] == before[0][0]] == before
    assert len({place for place, _, _ in after}) == 2
    assert shop.members("spenders") == list(range(90, 100))


def test_many_bases_become_one(shop: Shop) -> None:
    rules = BUYERS
    for day in range(5, 11):
        shop.write(rules=rules)
        shop.run(day)
        rules += f"segment buyers_{day} {{ when count(order over last {day}d) >= 1 }}\n"
    places = shop.sql(
        "SELECT COUNT(*), COUNT(DISTINCT place) FROM segue.kept_places WHERE name <> 'traits'"
    )

    assert places == [(5, 1)]
    assert shop.members("buyers") == list(range(49, 100))
    assert shop.members("buyers_8") == list(range(25, 100))


def test_a_row_that_arrives_late_falls_out_of_a_window_with_the_others(shop: Shop) -> None:
    shop.write(rules="segment visitors { when count(visit over last 7d) >= 2 }")
    shop.run(8)
    shop.sql(
        """INSERT INTO visits VALUES (98, '2024-03-05 12:00:00', '2024-03-08 12:00:00'),
             (97, '2024-02-20 12:00:00', '2024-03-08 12:00:00')"""
    )
    found = []
    for day in range(9, 14):
        assert shop.extent(day)["incremental"]
        found.append(shop.members("visitors"))

    # Customer 98 came on the 5th as well; of customer 97 the other visit was too long ago.
    assert found == [[98], [98], [98], [98], []]
    kept = shop.sql("SELECT COUNT(*) FROM segue.kept_places WHERE name <> 'traits'")
    assert kept == [(1,)]


def test_a_dry_run_may_be_incremental_and_writes_nothing(shop: Shop) -> None:
    shop.run(8)
    before = Path("shop.duckdb").read_bytes()
    result = shop.run(9, "--dry-run")

    assert "incremental: something can have changed for 24 customers" in result.output
    assert Path("shop.duckdb").read_bytes() == before


def test_a_run_of_the_past_is_full(shop: Shop) -> None:
    shop.run(8)
    assert not shop.extent(7, "--dry-run")["incremental"]


def test_a_column_of_arrival_that_is_not_there_is_told_with_its_line(shop: Shop) -> None:
    shop.write(CATALOG.replace("loaded_at", "nowhere"))
    arguments = ["run", "--database", "shop.duckdb", "--as-of", "2024-03-08"]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert "SEG071" in result.output
    assert "arrived: nowhere" in result.output
