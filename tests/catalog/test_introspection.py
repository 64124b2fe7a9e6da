"""What is found out about the tables of a database."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import cast

import duckdb
import psycopg
import pytest

from segue.compiler.catalog.infer import infer_catalog
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog, TableEvent, TableName, TimeKind
from segue.runtime.demo.shop import create_shop
from segue.runtime.introspection import Connection, catalog_type, read_tables
from segue.runtime.refusal import Refusal

SHIPPED = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("BIGINT", "int"),
        ("UINTEGER", "int"),
        ("bigserial", "int"),
        ("DECIMAL(10,2)", "decimal(2)"),
        ("numeric(8,0)", "int"),
        ("numeric(38,30)", "float"),
        ("double precision", "float"),
        ("character varying(20)", "string"),
        ("UUID", "string"),
        ("ENUM('a', 'b')", "string"),
        ("TIMESTAMP", "timestamp"),
        ("DATETIME", "timestamp"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp(instant)"),
        ("timestamp(3) without time zone", "timestamp"),
        ("BOOLEAN", "bool"),
        ("VARCHAR[]", ""),
        ("STRUCT(a INTEGER)", ""),
        ("BLOB", ""),
        # Of the other engines.
        ("varchar(20)", "string"),
        ("timestamp(6) with time zone", "timestamp(instant)"),
        ("array(varchar)", ""),
        ("row(a varchar)", ""),
        ("array<string>", ""),
        ("struct<a:string>", ""),
        ("timestamp_ntz", "timestamp"),
        ("DateTime64(6, 'UTC')", "timestamp"),
        ("Enum8('a' = 1, 'b' = 2)", "string"),
        ("Array(String)", ""),
        ("UInt64", "int"),
        ("DECIMAL(38,0)", "int"),
        ("VARCHAR(16777216)", "string"),
        ("TIMESTAMP_TZ(9)", "timestamp"),
        ("RECORD", ""),
        ("INT64", "int"),
        ("FLOAT64", "float"),
    ],
)
def test_types_of_databases_are_types_of_the_catalog(declared: str, expected: str) -> None:
    assert catalog_type(declared) == expected


def sources(catalog: Catalog) -> set[object]:
    """Where the events of a catalog are read from."""
    events = [event for event in catalog.events.values() if isinstance(event, TableEvent)]
    return {(event.table, event.at, event.id) for event in events}


def test_the_demo_shop_gives_a_catalog_like_the_one_that_ships() -> None:
    with duckdb.connect() as connection:
        create_shop(connection, customers=300)
        inferred = load_catalog(infer_catalog(read_tables(connection)))
    shipped = load_catalog(SHIPPED.read_text("utf-8")).catalog
    assert inferred.diagnostics == ()
    assert inferred.catalog is not None
    assert shipped is not None
    assert inferred.catalog.entity.key == shipped.entity.key
    assert {
        (e.table, e.at, e.id) for e in inferred.catalog.events.values() if isinstance(e, TableEvent)
    } == {(e.table, e.at, e.id) for e in shipped.events.values() if isinstance(e, TableEvent)}
    for name, attribute in shipped.entity.attributes.items():
        found = inferred.catalog.entity.attributes[name]
        assert (found.type.kind, found.pii, found.consent) == (
            attribute.type.kind,
            attribute.pii,
            attribute.consent,
        )


def test_duckdb_constraints_and_schemas_are_read() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute("CREATE TABLE crm.people (uid VARCHAR PRIMARY KEY, tags VARCHAR[])")
        connection.execute("INSERT INTO crm.people VALUES ('a', ['x']), ('b', NULL)")
        (people,) = read_tables(connection)
    assert people.name == TableName("people", "crm")
    assert people.primary_key == ("uid",)
    assert [c.type for c in people.columns] == ["string", ""]
    assert people.columns[0].unique
    assert people.columns[0].values == ("a", "b")


def test_sqlite_times_are_found_in_texts() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("""
        CREATE TABLE "user" (id INTEGER PRIMARY KEY, "full ""name" TEXT, born TEXT);
        CREATE TABLE visits (
            user_id INTEGER REFERENCES user (id), at TEXT NOT NULL, price DECIMAL(8, 2)
        );
        INSERT INTO user VALUES (1, 'Ada', '1990-02-28'), (2, 'Bo', NULL);
        INSERT INTO visits VALUES (1, '2025-01-01 10:00:00', 9.5);
    """)
    user, visits = read_tables(connection)
    connection.close()
    assert [(c.name, c.type, c.nullable) for c in user.columns] == [
        ("id", "int", False),
        ('full "name', "string", False),
        ("born", "date", True),
    ]
    assert [(c.type, c.references) for c in visits.columns] == [
        ("int", "user"),
        ("timestamp", None),
        ("decimal(2)", None),
    ]
    assert load_catalog(infer_catalog([user, visits])).diagnostics == ()


def test_postgres_constraints_and_types_are_read(new_database: Callable[[], str]) -> None:
    with psycopg.connect(new_database()) as connection:
        connection.execute("""
            CREATE TYPE mood AS ENUM ('calm', 'cross');
            CREATE TABLE customers (customer_id bigint PRIMARY KEY, mood mood, notes jsonb);
            CREATE TABLE orders (
                order_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                buyer bigint REFERENCES customers, placed_at timestamptz NOT NULL,
                amount numeric(10, 2)
            );
            INSERT INTO customers SELECT n, CASE n % 2 WHEN 0 THEN 'calm'::mood ELSE 'cross' END
                FROM generate_series(1, 20) AS n;
            INSERT INTO orders (buyer, placed_at, amount)
                SELECT 1 + n % 7, now(), n FROM generate_series(1, 30) AS n;
        """)
        customers, orders = read_tables(connection)
    assert customers.primary_key == ("customer_id",)
    assert [c.type for c in customers.columns] == ["int", "string", ""]
    assert customers.columns[1].values == ("calm", "cross")
    assert [c.type for c in orders.columns] == ["string", "int", "timestamp(instant)", "decimal(2)"]
    assert orders.columns[1].references == "customers"
    catalog = load_catalog(infer_catalog([customers, orders])).catalog
    assert catalog is not None
    order = catalog.events["order"]
    assert isinstance(order, TableEvent)
    assert order.at.kind is TimeKind.INSTANT


def test_tables_that_the_user_may_not_read_are_left_out(new_database: Callable[[], str]) -> None:
    with psycopg.connect(new_database()) as connection:
        connection.execute("""
            CREATE TABLE salaries (employee bigint);
            CREATE TABLE customers (id bigint PRIMARY KEY);
            CREATE SCHEMA hidden CREATE TABLE secrets (id bigint);
            CREATE ROLE reader;
            GRANT SELECT ON customers, hidden.secrets TO reader;
            SET ROLE reader;
        """)
        tables = read_tables(connection)
        connection.execute("RESET ROLE; DROP OWNED BY reader; DROP ROLE reader")
    assert [table.name.name for table in tables] == ["customers"]


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite").write_text("dear diary", "utf-8")
    connection = sqlite3.connect(tmp_path / "notes.sqlite")
    with pytest.raises(Refusal, match="file is not a database"):
        read_tables(connection)
    connection.close()


def test_other_databases_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="DuckDB, Postgres"):
        read_tables(cast(Connection, object()))


def test_the_column_of_partitions_is_a_remark_to_be_checked(
    new_database: Callable[[], str],
) -> None:
    with psycopg.connect(new_database()) as connection:
        connection.execute("""
            CREATE TABLE customers (customer_id bigint PRIMARY KEY);
            CREATE TABLE orders (
                customer_id bigint REFERENCES customers, placed_at timestamp NOT NULL, loaded date
            ) PARTITION BY RANGE (loaded);
            CREATE TABLE orders_2026 PARTITION OF orders DEFAULT;
            INSERT INTO customers SELECT n FROM generate_series(1, 20) AS n;
            INSERT INTO orders
                SELECT 1 + n % 7, now(), current_date FROM generate_series(1, 30) AS n;
        """)
        tables = read_tables(connection)
    (orders,) = [table for table in tables if table.name.name == "orders"]
    assert orders.partitions == ("loaded",)
    text = infer_catalog(tables)
    remark = "    ## partition: {column: loaded}  is it the day of placed_at"
    assert remark in text
    assert load_catalog(text).diagnostics == ()
