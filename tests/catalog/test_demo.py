"""The demo data is what its catalogs say, and everybody is in it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog, Field, TableEvent
from segue.compiler.types import Kind
from segue.runtime.demo.cdnow import create_cdnow
from segue.runtime.demo.shop import create_shop

RULESETS = Path(__file__).parents[2] / "rulesets"
LOG = RULESETS / "cdnow" / "purchases.csv.gz"


def catalog_of(ruleset: str) -> Catalog:
    text = (RULESETS / ruleset / "catalog.yml").read_text("utf-8")
    result = load_catalog(text)
    assert result.diagnostics == ()
    assert result.catalog is not None
    return result.catalog


def one(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_shop(connection, customers=500)
        yield connection


@pytest.fixture(scope="module")
def cdnow() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_cdnow(LOG, connection)
        yield connection


def fields(catalog: Catalog) -> Iterator[tuple[str, Field]]:
    """Every declared column with its table."""
    for attribute in catalog.entity.attributes.values():
        yield str(catalog.entity.table), attribute
    for event in catalog.events.values():
        if isinstance(event, TableEvent) and not event.where:
            for property in event.properties.values():
                yield str(event.table), property


def violation(field: Field) -> str:
    """A condition on rows that break what the catalog says of a column."""
    column = f'"{field.column}"'
    broken = ["false"] if field.type.nullable else [f"{column} IS NULL"]
    if field.type.values is not None:
        broken.append(f"{column} NOT IN ({', '.join(repr(v) for v in field.type.values)})")
    number = {
        Kind.DECIMAL: f"{column} * 10 ** {field.type.scale}",
        Kind.DATE: f"epoch({column}) / 86400",
    }
    if field.minimum is not None:
        broken.append(f"{number.get(field.type.kind, column)} < {field.minimum}")
    if field.maximum is not None:
        broken.append(f"{number.get(field.type.kind, column)} > {field.maximum}")
    return " OR ".join(broken)


def rows_of(event: TableEvent) -> str:
    """The condition on the rows of an event in its table."""
    parts = [
        f"{column} IN ({', '.join(map(repr, values))})" for column, values in event.where.items()
    ]
    return " AND ".join(parts) or "true"


def test_the_shop_is_as_its_catalog_says(shop: duckdb.DuckDBPyConnection) -> None:
    for table, field in fields(catalog_of("behavioral")):
        assert one(shop, f"SELECT count(*) FROM {table} WHERE {violation(field)}") == 0, field


def test_cdnow_is_as_its_catalog_says(cdnow: duckdb.DuckDBPyConnection) -> None:
    for table, field in fields(catalog_of("cdnow")):
        assert one(cdnow, f"SELECT count(*) FROM {table} WHERE {violation(field)}") == 0, field


def test_every_event_of_the_shop_happens_to_a_customer_before_the_end(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    for event in catalog_of("behavioral").events.values():
        if isinstance(event, TableEvent):
            row = shop.execute(
                f"SELECT count(*), count(*) FILTER ({event.at.name} > $until), "
                f"count(*) FILTER ({event.key} NOT IN (SELECT customer_id FROM customers)) "
                f"FROM {event.table} WHERE {rows_of(event)}",
                {"until": datetime(2025, 12, 1)},
            ).fetchone()
            assert row is not None
            assert row[0] > 0, event.name
            assert row[1:] == (0, 0), event.name


def test_ids_are_unique(shop: duckdb.DuckDBPyConnection) -> None:
    for event in catalog_of("behavioral").events.values():
        if isinstance(event, TableEvent) and event.id is not None:
            query = f"SELECT count(*) - count(DISTINCT {event.id.name}) FROM {event.table}"
            assert one(shop, query) == 0, event.name


def test_opens_belong_to_messages_that_were_sent_before(shop: duckdb.DuckDBPyConnection) -> None:
    query = (
        "SELECT count(*) FROM email_opens LEFT JOIN email_sends s USING (message_id, customer_id) "
        "WHERE s.sent_at IS NULL OR opened_at <= s.sent_at"
    )
    assert one(shop, query) == 0


def test_somebody_was_born_on_a_leap_day(shop: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*) FROM customers WHERE strftime(birth_date, '%m-%d') = '02-29'"
    assert one(shop, query) != 0


def test_equal_seeds_make_equal_shops_and_others_do_not() -> None:
    def purchases(seed: int) -> list[tuple[object, ...]]:
        with duckdb.connect() as connection:
            create_shop(connection, customers=50, seed=seed, days=60)
            return connection.execute("FROM purchases ORDER BY ALL").fetchall()

    assert purchases(1) == purchases(1) != purchases(2)


def test_the_shop_leaves_only_its_tables(shop: duckdb.DuckDBPyConnection) -> None:
    assert one(shop, "SELECT count(*) FROM duckdb_tables() WHERE temporary") == 0


def test_cdnow_is_complete(cdnow: duckdb.DuckDBPyConnection) -> None:
    totals = cdnow.execute(
        "SELECT count(*), count(DISTINCT customer_id), sum(cds), sum(amount)::VARCHAR, "
        "max(purchased_on)::VARCHAR, max(purchase_id) FROM purchases"
    ).fetchone()
    assert totals == (69659, 23570, 167881, "2500315.63", "1998-06-30", 69659)
