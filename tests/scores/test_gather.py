"""From a warehouse to the rows that a score is trained on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.scores.training import compile_training, snapshots
from segue.grammar.parser import parse
from segue.runtime.scores.gather import gather
from segue.runtime.warehouse.duckdb import DuckDBWarehouse

EXPECTED = Path(__file__).parent / "expected"
CATALOG = """
timezone: UTC
entity:
  name: customer
  table: customers
  key: customer_id
  attributes: {signed_up_at: timestamp, country: string?}
events:
  purchase:
    table: purchases
    at: bought_at
    properties: {amount: decimal(2), wait: duration(s)?}
"""
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def warehouse() -> Iterator[DuckDBWarehouse]:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE customers (customer_id INTEGER, signed_up_at TIMESTAMP, country VARCHAR)"
    )
    connection.execute(
        "CREATE TABLE purchases (customer_id INTEGER, bought_at TIMESTAMP,"
        " amount DECIMAL(9, 2), wait INTEGER)"
    )
    connection.executemany(
        "INSERT INTO customers VALUES (?, ?, ?)",
        [(1, ago(200), "FR"), (2, ago(50), None)],
    )
    connection.executemany(
        "INSERT INTO purchases VALUES (?, ?, ?, ?)",
        [
            (1, ago(100), 10, 86_400),
            (1, ago(35), 5.25, None),
            (1, ago(3), 1, 3_600),
            (2, ago(20), 8, 43_200),
        ],
    )
    yield DuckDBWarehouse(connection)
    connection.close()


def plan(text: str) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    found = analyse([Source((), parse(text, "rules.seg").module)], catalog)
    assert found.plan is not None, [d.message for d in found.diagnostics]
    return found.plan


def test_values_are_in_the_units_of_a_model(warehouse: DuckDBWarehouse) -> None:
    rules = plan("""
        metric revenue = sum(purchase.amount)
        metric longest_wait = max(purchase.wait)
        score spend: amount {
          predict sum(purchase.amount over next 30d)
          among   signed_up_at <= as_of
          from    revenue, longest_wait, country, revenue > 12
          train   every 30d over last 90d
        }
    """)
    found = gather(warehouse, rules, rules.scores["spend"], to_microseconds(NOW))

    assert [feature.name for feature in found.features] == [
        "revenue",
        "longest_wait",
        "country",
        "revenue > 12",
    ]
    revenue, wait, country, more = found.columns
    # Ninety, sixty and thirty days ago; the second customer came in between.
    assert found.keys.tolist() == [1, 1, 1, 2]
    assert [(to_microseconds(NOW) - at) / 86_400e6 for at in found.at] == [90, 60, 30, 30]
    assert revenue.tolist() == [10, 10, 15.25, 0]
    assert wait.tolist()[:3] == [1, 1, 1]
    assert str(wait[3]) == "nan"
    assert country.tolist() == ["FR", "FR", "FR", None]
    assert more.tolist() == [0, 0, 1, 0]
    assert found.label is not None
    assert found.label.tolist() == [0, 5.25, 1, 8]


def test_who_has_no_label_is_left_out_and_counted(warehouse: DuckDBWarehouse) -> None:
    rules = plan("""
        score next_purchase: duration {
          predict until(first(purchase.at over next 45d))
          from    count(purchase)
          train   every 30d over last 90d
        }
    """)
    found = gather(warehouse, rules, rules.scores["next_purchase"], to_microseconds(NOW))

    assert found.label is not None
    # In days: of 90 days ago nobody bought within 45 days, of 60 days ago both did.
    assert found.label.tolist() == [25, 40]
    assert found.unlabelled == 2
    # Of 30 days ago, nobody knows yet.
    assert found.censored == 2
    assert len(found.snapshots) == 3


def test_groups_have_no_label(warehouse: DuckDBWarehouse) -> None:
    rules = plan("""
        score habit: cluster {
          from  count(purchase), sum(purchase.amount)
          train over last 30d
        }
    """)
    found = gather(warehouse, rules, rules.scores["habit"], to_microseconds(NOW))
    assert found.label is None
    assert found.rows == 2


def test_the_statement_of_a_training_set(golden: Callable[[Path, str], None]) -> None:
    rules = plan("""
        score spend: amount {
          predict sum(purchase.amount over next 30d)
          among   signed_up_at <= as_of
          from    sum(purchase.amount over last 30d), age(last(purchase.at)), country
          train   every 30d over last 60d
        }
    """)
    as_of = to_microseconds(NOW)
    score = rules.scores["spend"]
    query = compile_training(
        rules, score, Binding(as_of, ZoneInfo("UTC")), "duckdb", snapshots(score, as_of)
    )
    golden(EXPECTED / "training.sql", query.sql() + "\n")
