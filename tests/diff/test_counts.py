"""How many people a change is about, in databases."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from diff.repository import RULES, Repository, repository
from segue.runtime.warehouse.connect import connect, database_target

TABLES = """
CREATE TABLE customers (customer_id INTEGER, country VARCHAR, email VARCHAR);
CREATE TABLE purchases (order_id INTEGER, customer_id INTEGER, purchased_at TIMESTAMP,
                        amount DECIMAL(10, 2), category VARCHAR);
CREATE TABLE visits (customer_id INTEGER, visited_at TIMESTAMP);
INSERT INTO customers VALUES (1, 'FR', 'a'), (2, 'FR', 'b'), (3, 'DE', 'c'), (4, NULL, 'd'),
  (NULL, 'FR', 'nobody, without a key');
INSERT INTO purchases VALUES
  (1, 1, '2024-05-20 10:00:00', 10, 'a'), (2, 1, '2024-05-21 10:00:00', 10, 'a'),
  (3, 2, '2024-05-20 10:00:00', 10, 'a'), (4, 2, '2024-05-21 10:00:00', 10, 'a'),
  (5, 2, '2024-05-22 10:00:00', 10, 'a');
"""
AS_OF = ("--as-of", "2024-06-01")


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    made = repository(tmp_path)
    made.write({"rules.seg": RULES.replace("orders_30d >= 2", "orders_30d >= 3")})
    return made


@pytest.fixture(params=["duckdb", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / f"shop.{request.param}"
    if request.param == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute(TABLES)
    else:
        connection = sqlite3.connect(path)
        connection.executescript(TABLES)
        connection.close()
    return str(path)


def test_who_enters_leaves_and_stays_is_counted(shop: Repository, database: str) -> None:
    changes = shop.changes("--database", database, *AS_OF)

    assert changes["segment buyers"]["count"] == {"enter": 0, "leave": 1, "stay": 1}
    assert changes["segment visitors"]["count"] == {"enter": 0, "leave": 0, "stay": 0}


def test_it_is_said_where_and_as_of_when_was_counted(shop: Repository, database: str) -> None:
    output = shop.diff("HEAD", "--database", database, *AS_OF).output
    assert output.startswith(
        f"the working tree against HEAD, counted in {database} as of 2024-05-31T22:00:00Z\n"
    )


@pytest.mark.parametrize("style", ["text", "markdown", "json"])
def test_a_password_in_an_address_is_not_shown(
    shop: Repository, new_database: Callable[[], str], style: str
) -> None:
    address = new_database()
    with connect(database_target(address)) as warehouse:
        for statement in TABLES.split(";")[:-1]:
            warehouse.execute_text(statement)
    named = f"{address}&password=hush"
    output = shop.diff("HEAD", "--format", style, "--database", named, *AS_OF).output
    assert "postgres as of 2024-05-31T22:00:00Z" in output
    assert "hush" not in output


def test_keys_are_shown_only_when_asked_for(shop: Repository, database: str) -> None:
    quiet = shop.diff("HEAD", "--database", database, *AS_OF).output
    asked = shop.diff("HEAD", "--database", database, *AS_OF, "--show-pii").output

    assert "for example: 1" not in quiet
    assert "0 enter, 1 leave, 1 stay" in quiet
    assert "leaving, for example: 1" in asked


def test_a_comment_for_a_pull_request_is_one_screen(shop: Repository, database: str) -> None:
    many = "".join(f"\nsegment s{n} {{ when orders_30d >= {n} }}" for n in range(1, 60))
    shop.write({"rules.seg": (shop.root / "rules.seg").read_text("utf-8") + many})
    output = shop.diff("HEAD", "--format", "markdown", "--database", database, *AS_OF).output

    assert len(output.splitlines()) < 30
    assert "| segment `buyers` | narrower: some leave, nobody enters |" in output
    assert "46 more, see `segue diff`" in output


def test_who_is_in_what_is_new_or_gone_is_counted(shop: Repository, database: str) -> None:
    shop.write({"rules.seg": 'segment french { when country == "FR" }'})
    result = shop.diff("HEAD", "--format", "json", "--database", database, *AS_OF)

    found = {c["name"]: c.get("count") for c in json.loads(result.output)["changes"]}
    assert found["french"] == {"enter": 2, "leave": 0, "stay": 0}
    assert found["buyers"] == {"enter": 0, "leave": 2, "stay": 0}
