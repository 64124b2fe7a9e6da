"""Texts are told apart by code point, whatever their columns think of capitals and blanks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main
from segue.runtime.warehouse.connect import connect, database_target
from segue.runtime.warehouse.postgres import PostgresWarehouse

CATALOG = """
lateness: 1d
entity:
  name: person
  table: people
  key: {column: id, type: string}
  attributes:
    plan: string?
    agreed: {type: bool, consent: true}
events:
  buy:    {table: events, key: id, at: at, where: {kind: Buy}, properties: {sku: string}}
  refund: {table: events, key: id, at: at, where: {kind: buy}, properties: {sku: string}}
"""
RULES = """
segment pro      { when plan == "pro" }
segment listed   { when plan in ["pro", "PRO"] }
segment begins   { when plan starts with "p" }
segment holds    { when plan contains "r" }
segment buyers   { when count(buy over last 30d) == 2 }
segment refunded { when exists(refund over last 30d) }
segment picky    { when count_distinct(buy.sku over last 30d) == 2 }
segment last_b   { when last(buy.sku) == "b" }
segment twice    { when exists(buy followed by buy where buy.sku == sku over last 30d) }
"""
PEOPLE = [("Ann", "pro"), ("ann", "PRO"), ("Ann ", "Pro"), ("bob", "pro ")]
EVENTS = [
    *(("Ann", "Buy", "a"), ("Ann", "Buy", "A"), ("Ann", "buy", "a")),
    *(("ann", "Buy", "b"), ("ann", "Buy", "b"), ("ann", "Buy", "B"), ("bob", "BUY", "b")),
]
MEMBERS = {
    ("pro", "Ann"),
    *(("listed", key) for key in ("Ann", "ann")),
    *(("begins", key) for key in ("Ann", "bob")),
    *(("holds", key) for key in ("Ann", "Ann ", "bob")),
    *(("buyers", key) for key in ("Ann",)),
    ("refunded", "Ann"),
    *(("picky", key) for key in ("Ann", "ann")),
    ("twice", "ann"),
}


def fill(database: str, text: str) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(f"CREATE TABLE people (id {text}, plan {text}, agreed BOOLEAN)")
        warehouse.execute_text(
            f"CREATE TABLE events (id {text}, kind {text}, at TIMESTAMP, sku {text})"
        )
        for key, plan in PEOPLE:
            warehouse.execute_text(f"INSERT INTO people VALUES ('{key}', '{plan}', TRUE)")
        for second, (key, kind, sku) in enumerate(EVENTS):
            at = f"2025-11-20 12:00:{second:02}"
            warehouse.execute_text(
                f"INSERT INTO events VALUES ('{key}', '{kind}', '{at}', '{sku}')"
            )


@pytest.fixture(params=["NOCASE", "RTRIM", "citext"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]
) -> str:
    if request.param == "citext":
        database = new_database()
        with PostgresWarehouse.open(database) as warehouse:
            warehouse.execute_text("CREATE EXTENSION citext")
        fill(database, "citext")
        return database
    database = str(tmp_path / "shop.sqlite")
    Path(database).touch()
    fill(database, f"TEXT COLLATE {request.param}")
    return database


Segue = Callable[..., str]


@pytest.fixture
def segue(tmp_path: Path, database: str) -> Segue:
    (tmp_path / "catalog.yml").write_text(CATALOG)
    (tmp_path / "rules.seg").write_text(RULES)

    def segue(command: str, *arguments: str) -> str:
        where = [str(tmp_path)] if command == "run" else ["--project", str(tmp_path)]
        result = CliRunner().invoke(main, [command, *arguments, *where, "--database", database])
        assert result.exit_code == 0, result.output
        return result.stdout

    return segue


def exported(segue: Segue, columns: str) -> set[tuple[str, ...]]:
    lines = segue("export", "members", "--columns", columns).splitlines()
    return {tuple(line.split(",")) for line in lines[1:]}


def test_who_differs_by_a_capital_or_a_blank_is_somebody_else(segue: Segue, database: str) -> None:
    segue("run", "--as-of", "2025-12-01")
    assert exported(segue, "segment,key") == MEMBERS
    # The next day computes those of whom something can have changed.
    with connect(database_target(database)) as warehouse:
        bought = "'ann', 'Buy', '2025-12-01 12:00:00', 'b'"
        warehouse.execute_text(f"INSERT INTO events VALUES ({bought})")
    assert "incremental" in segue("run", "--as-of", "2025-12-02")
    gained = MEMBERS | {("last_b", "ann")}
    assert exported(segue, "segment,key") == gained
    # Their attributes are found by the key.
    plans = exported(segue, "segment,key,plan")
    assert plans == {(segment, key, dict(PEOPLE)[key]) for segment, key in gained}


def test_somebody_is_explained_by_the_key_as_it_is_written(segue: Segue) -> None:
    why = ("--as-of", "2025-12-01")
    assert "Ann is in pro" in segue("explain", "pro", "Ann", *why)
    assert "ann is not in pro" in segue("explain", "pro", "ann", *why)
