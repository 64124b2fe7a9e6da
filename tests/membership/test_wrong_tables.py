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
from segue.runtime.warehouse.connect import connect, database_target
from segue.runtime.warehouse.failures import failure

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
        path = database if "://" in database or "host=" in database else str(tmp_path / database)
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


def test_a_personal_day_that_is_spelled_otherwise_is_not_shown(tmp_path: Path, run: Run) -> None:
    personal = CATALOG.replace("born: date?", "born: {type: date?, pii: true}")
    (tmp_path / "catalog.yml").write_text(personal)
    sqlite(tmp_path / "shop.sqlite", TIME, "31. Jan 1999", TIME)
    result = run("shop.sqlite")
    assert result.exit_code == 2
    assert "`people.born` holds `00. xxx 0000`, which" in result.output
    assert "1999" not in result.output


def test_sqlite_reads_times_with_and_without_their_fraction(tmp_path: Path, run: Run) -> None:
    sqlite(tmp_path / "shop.sqlite", TIME, DAY, f"{TIME}.000001")
    assert run("shop.sqlite").exit_code == 0


def test_a_column_of_another_type_is_explained(tmp_path: Path, run: Run) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, born DATE, n INT)")
        connection.execute("CREATE TABLE buys (id INT, bought VARCHAR)")
    result = run("shop.duckdb")
    assert result.exit_code == 2
    assert "`buys.bought` is a time, and in duckdb it is `VARCHAR`" in result.output
    assert f"catalog.yml:8:{1 + CATALOG.splitlines()[7].index('bought')}" in result.output
    assert "choose another one, or change its type" in result.output


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


PEOPLE = "CREATE TABLE people (id {id}, joined TIMESTAMP, born DATE, n {n}, x FLOAT)"
BUYS = "CREATE TABLE buys (id {buyer}, bought {bought})"
TYPES = {"id": "INTEGER", "n": "INTEGER", "buyer": "INTEGER", "bought": "TIMESTAMP"}
MISTYPED = [
    ({"id": "VARCHAR(20)"}, "`people.id` is of the type `int`", "type: string"),
    ({"n": "VARCHAR(20)"}, "`people.n` is of the type `int`", "say the type that the column has"),
    ({"buyer": "VARCHAR(20)"}, "`buys.id` is of the type `int`", "the key of `person`"),
]


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        address: str = request.getfixturevalue("new_database")()
        return address
    path = tmp_path / f"types.{request.param}"
    if request.param == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        path.touch()
    return str(path)


@pytest.mark.parametrize(("types", "message", "help"), MISTYPED)
def test_a_column_of_texts_that_the_catalog_calls_a_number_is_refused_without_its_values(
    run: Run, database: str, types: dict[str, str], message: str, help: str
) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(PEOPLE.format_map(TYPES | types))
        warehouse.execute_text(BUYS.format_map(TYPES | types))
        for column, table in (("id", "people"), ("n", "people"), ("buyer", "buys")):
            if column in types:
                name = "id" if column == "buyer" else column
                warehouse.execute_text(f"INSERT INTO {table} ({name}) VALUES ('ann@shop')")
    result = run(database)

    assert result.exit_code == 2
    assert "SEG074" in result.output
    assert message in result.output
    assert help in result.output
    assert "ann@shop" not in result.output


@pytest.mark.parametrize("database", ["duckdb", "postgres"], indirect=True)
@pytest.mark.parametrize("type", ["VARCHAR(20)", "BIGINT"])
def test_a_time_that_is_none_is_refused_before_anything_is_computed(
    run: Run, database: str, type: str
) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(PEOPLE.format_map(TYPES))
        warehouse.execute_text(BUYS.format_map(TYPES | {"bought": type}))
    result = run(database)

    assert result.exit_code == 2
    assert "`buys.bought` is a time" in result.output
    assert "SEG074" in result.output


@pytest.mark.parametrize("number", ["2.5", "9223372036854775808"])
def test_a_key_that_is_no_whole_number_is_refused_for_it_would_be_somebody_else(
    run: Run, database: str, number: str
) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(PEOPLE.format_map(TYPES | {"id": "DECIMAL(20, 1)"}))
        warehouse.execute_text(BUYS.format_map(TYPES))
        warehouse.execute_text("INSERT INTO people (id) VALUES (1), (2)")
        assert run(database).exit_code == 0
        warehouse.execute_text(f"INSERT INTO people (id) VALUES ({number})")
    result = run(database)

    assert result.exit_code == 2
    assert "`people.id` is of the type `int`" in result.output
    assert "numbers that are not whole, or do not fit 64 bits" in result.output


@pytest.mark.parametrize("database", ["duckdb", "postgres"], indirect=True)
def test_keys_that_are_texts_in_one_table_and_numbers_in_another_are_refused(
    tmp_path: Path, run: Run, database: str
) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG.replace("id, type: int", "id, type: string"))
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(PEOPLE.format_map(TYPES | {"id": "UUID"}))
        warehouse.execute_text(BUYS.format_map(TYPES | {"buyer": "VARCHAR(40)"}))
    result = run(database)

    assert result.exit_code == 2
    assert "`buys.id` is `" in result.output
    assert "`people.id`, is `" in result.output
    assert "give both one type" in result.output


def test_a_key_of_sqlite_without_a_type_is_looked_at(tmp_path: Path, run: Run) -> None:
    sqlite(tmp_path / "shop.sqlite", TIME, DAY, TIME)
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("INSERT INTO people (id) VALUES ('17')")
    assert run("shop.sqlite").exit_code == 0
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("INSERT INTO people (id) VALUES ('ann@shop')")
    result = run("shop.sqlite")

    assert result.exit_code == 2
    assert "in sqlite it holds texts that are no numbers" in result.output
    assert "write `key: {column: id, type: string}`" in result.output
    assert "ann@shop" not in result.output


def test_a_column_that_no_rule_reads_may_be_of_any_type(run: Run, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INT, joined TIMESTAMP, n INT, x VARCHAR)")
        connection.execute("CREATE TABLE buys (id INT, bought TIMESTAMP)")
    assert run("shop.duckdb").exit_code == 0


@pytest.mark.parametrize(
    "type", ["BIGINT", "UBIGINT", "DECIMAL(18, 0)", "DOUBLE", "my_number", "TINYINT"]
)
def test_a_number_may_be_of_another_kind(run: Run, tmp_path: Path, type: str) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TYPE my_number AS SMALLINT")
        connection.execute(f"CREATE TABLE people (id {type}, joined TIMESTAMP, n {type})")
        connection.execute("CREATE TABLE buys (id INT, bought TIMESTAMP)")
        connection.execute("INSERT INTO people VALUES (1, now(), 3)")
    assert run("shop.duckdb").exit_code == 0


@pytest.mark.parametrize(
    "message",
    [
        "Conversion Error: Could not convert string '{}' to INT64",
        'invalid input syntax for type bigint: "{}"',
        'value "{}" is out of range for type integer',
        "Truncated incorrect INTEGER value: '{}'",
        "Incorrect integer value: '{}' for column `n` at row 1",
        "Cannot parse string '{}' as Int64: syntax error at begin of string",
        "Duplicate entry '{}' for key 'state_key'",
        "Bad int64 value: {}",
        "Numeric value '{}' is not recognized",
        "Cannot cast '{}' to BIGINT",
        """[CAST_INVALID_INPUT] The value '{}' of the type "STRING" cannot be cast""",
        "Overflow in multiplication of INT64 ({})!",
        "Out of Range Error: Overflow in multiplication of DECIMAL(18) ({}). You might want to",
        "Failed to cast decimal value {} to type INT64",
        "Type DOUBLE with value {} can't be cast because the value is out of range",
    ],
)
@pytest.mark.parametrize("value", ["ann@shop", 'o\'neil "x"', "31.1.1999"])
def test_an_engine_s_message_is_told_without_the_value_it_stopped_at(
    message: str, value: str
) -> None:
    assert failure(Exception(message.format(value))).message == message.format("…")


def test_what_an_engine_says_of_the_statement_is_told_as_it_is() -> None:
    assert (
        failure(Exception("syntax error at or near 'x'")).message == "syntax error at or near 'x'"
    )
