"""Tables that are not as the catalog says."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import make_conninfo

from segue.runtime.cli import main

CATALOG = """
entity:
  name: person
  table: people
  key: {column: id, type: int}
  attributes: {joined: timestamp?, born: date?, n: int?, x: float?}
events:
  buy: {table: buys, key: id, at: bought}
"""
RULES = """
segment keen { when count(buy over last 3d) >= 1 and joined <= as_of }
segment square { when n * n > 3 }
"""

Run = Callable[[str], Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "catalog.yml").write_text(CATALOG)
    (tmp_path / "rules.seg").write_text(RULES)

    def run(database: str) -> Result:
        path = str(tmp_path / database)
        return CliRunner().invoke(main, ["run", str(tmp_path), "--database", path])

    return run


def sqlite(path: Path, joined: object, born: object, bought: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id, joined, born, n, x)")
        connection.execute("CREATE TABLE buys (id, bought)")
        connection.execute("INSERT INTO people VALUES (1, ?, ?, 1, 1.0)", (joined, born))
        connection.execute("INSERT INTO buys VALUES (1, ?)", (bought,))


TIME, DAY = "2024-03-20 12:00:00", "1999-01-31"


@pytest.mark.parametrize(
    ("column", "value", "values"),
    [
        ("buys.bought", "2024-03-20T12:00:00", (TIME, DAY, "2024-03-20T12:00:00")),
        ("buys.bought", "1710936000", (TIME, DAY, 1710936000)),
        ("buys.bought", "2024-03-20 12:00:00.5", (TIME, DAY, "2024-03-20 12:00:00.5")),
        ("people.joined", "2024-03-20 12:00:00Z", ("2024-03-20 12:00:00Z", DAY, TIME)),
        ("people.joined", "2024-03-20", ("2024-03-20", DAY, TIME)),
        ("people.born", "31.1.1999", (TIME, "31.1.1999", TIME)),
    ],
)
def test_sqlite_compares_no_time_that_is_spelled_otherwise(
    tmp_path: Path, run: Run, column: str, value: str, values: tuple[object, ...]
) -> None:
    sqlite(tmp_path / "shop.sqlite", *values)
    result = run("shop.sqlite")
    assert result.exit_code == 2
    assert f"`{column}` holds `{value}`, which SQLite would compare wrongly" in result.output


def test_sqlite_reads_times_with_and_without_their_fraction(tmp_path: Path, run: Run) -> None:
    sqlite(tmp_path / "shop.sqlite", TIME, DAY, f"{TIME}.000001")
    assert run("shop.sqlite").exit_code == 0


def test_a_column_of_another_type_is_explained(tmp_path: Path, run: Run) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, born DATE, n INT)")
        connection.execute("CREATE TABLE buys (id INT, bought VARCHAR)")
    result = run("shop.duckdb")
    assert result.exit_code == 2
    assert "a column holds another type than the catalog says" in result.output


@pytest.mark.parametrize(
    ("there", "message", "near"),
    [
        ("buy (id INT, bought TIMESTAMP)", "duckdb has no table `buys`", "buy"),
        ("buys (id INT, bought_at TIMESTAMP)", "duckdb finds no column `bought`", "bought_at"),
    ],
)
def test_a_name_near_the_missing_one_is_offered(
    tmp_path: Path, run: Run, there: str, message: str, near: str
) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, born DATE, n INT)")
        connection.execute(f"CREATE TABLE {there}")
    result = run("shop.duckdb")
    assert result.exit_code == 2
    assert message in result.output
    assert f"did you mean `{near}`?" in result.output


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(tmp_path: Path, run: Run) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, born DATE, n BIGINT)")
        connection.execute("CREATE TABLE buys (id INT, bought TIMESTAMP)")
        connection.execute("INSERT INTO people VALUES (1, now(), NULL, 4611686018427387904)")
    result = run("shop.duckdb")
    assert result.exit_code == 1
    assert "1 person not evaluated" in result.output
    assert "Overflow in multiplication of INT64" in result.output


def test_what_a_user_of_postgres_may_not_do_is_explained(
    tmp_path: Path, run: Run, new_database: Callable[[], str]
) -> None:
    address = new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, born DATE, n INT)")
        connection.execute("CREATE TABLE buys (id INT, bought TIMESTAMP)")
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON people TO reader")
    (tmp_path / "segue.yml").write_text(
        "targets:\n  dev: {engine: postgres, dsn: '${DSN}', schema: kept}\n"
    )
    mine = make_conninfo(address, user="reader")
    arguments = ["run", str(tmp_path), "--target", "dev"]

    written = CliRunner().invoke(main, arguments, env={"DSN": mine})
    assert written.exit_code == 2
    assert "GRANT CREATE ON DATABASE" in written.output

    counted = CliRunner().invoke(main, [*arguments, "--dry-run"], env={"DSN": mine})
    assert counted.exit_code == 2
    assert "the user of this target may not read `buys`" in counted.output
    assert "GRANT SELECT ON buys TO" in counted.output

    # As the two messages say.
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA kept AUTHORIZATION reader")
        connection.execute("GRANT SELECT ON buys TO reader")
    granted = CliRunner().invoke(main, arguments, env={"DSN": mine})
    assert granted.exit_code == 0, granted.output
