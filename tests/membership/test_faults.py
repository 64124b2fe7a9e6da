"""Values that are not as the catalog says: the run goes on, and says so."""

import json
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner, Result

import segue
from segue.compiler.plan.windows import DAY, Binding, to_microseconds
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import Limit, Limits
from segue.runtime.cli import main
from segue.runtime.membership.faults import fault_text, find_faults
from segue.runtime.membership.run import run_ruleset
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import load_ruleset
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Row, Warehouse

CATALOG = """
entity:
  name: person
  table: people
  key: id
  attributes:
    age: {type: int, range: [0, 130]}
    plan: {enum: [free, pro]}
    score: float?
    spent: decimal(2)?
    unread: {type: int, min: 0}
events:
  purchase:
    table: purchases
    key: person_id
    at: moment
    properties:
      amount: {type: decimal(2), range: [0, 1000]}
      weight: float?
      channel: {enum: [web, shop]}
      unread: {type: int, min: 0}
"""
RULES = """
metric spent_30d = sum(purchase.amount where channel == "web" over last 30d)
metric heaviest = max(purchase.weight over last 90d)
segment buyer { when spent_30d >= 100.00 }
segment heavy { when heaviest > 5.0 }
segment grown_up { when age >= 18 }
segment paying { when plan == "pro" and score > 1.0 and spent > 5.00 }
"""
ROWS = (
    "(1, 30, 'pro', 2.5, 9.0, 1), (2, -4, 'gold', 2.0, 1e30, -1), (3, 200, 'free', 1.0, 1.0, 1), "
    "(4, NULL, 'free', NULL, NULL, 1), (NULL, 40, 'pro', 1.0, 1.0, 1)"
)
COLUMNS = (
    "id INTEGER, age INTEGER, plan TEXT, score DOUBLE PRECISION, spent NUMERIC, unread INTEGER"
)
EVENT_COLUMNS = (
    "person_id INTEGER, moment TIMESTAMP, amount NUMERIC, weight DOUBLE PRECISION, channel TEXT, "
    "unread INTEGER"
)
EVENTS = (
    "(1, '2026-01-10 00:00:00', 50.0, 1.0, 'web', 1), "
    "(1, '2026-01-10 00:00:00', -1.0, 1.0, 'web', -1), "
    "(1, '2026-01-11 00:00:00', -2.0, 1.0, 'fax', 1), "
    "(2, '2026-01-11 00:00:00', -3.0, 1.0, 'shop', 1), "
    "(2, NULL, 1.0, 1.0, 'shop', 1), "
    "(NULL, '2026-01-11 00:00:00', -9.0, 1.0, 'fax', 1), "
    "(3, '2025-01-01 00:00:00', -9.0, 1.0, 'fax', 1), "  # in no window
    "(3, '2026-03-01 00:00:00', -9.0, 1.0, 'fax', 1)"  # after `as_of`
)
INFINITE = "(2, '2026-01-12 00:00:00', 1.0, {infinity}, 'shop', 1)"
AS_OF = "2026-02-01"
BINDING = Binding(to_microseconds(datetime(2026, 2, 1, tzinfo=UTC)), ZoneInfo("UTC"))
EXPECTED = {
    ("id", "NO_KEY"): 1,
    ("age", "MISSING"): 1,
    ("age", "BELOW"): 1,
    ("age", "ABOVE"): 1,
    ("plan", "NOT_ACCEPTED"): 1,
    ("spent", "UNFIT"): 1,
}
EXPECTED_EVENTS = {
    ("purchase.moment", "NO_TIME"): (1, 1),
    ("purchase.amount", "BELOW"): (2, 3),
    ("purchase.channel", "NOT_ACCEPTED"): (1, 1),
    ("purchase.weight", "UNFIT"): (1, 1),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    with duckdb.connect(str(tmp_path / "people.duckdb")) as connection:
        columns = COLUMNS.replace("NUMERIC", "DOUBLE")
        connection.execute(f"CREATE TABLE people ({columns})")
        connection.execute(f"INSERT INTO people VALUES {ROWS}")
        connection.execute(f"CREATE TABLE purchases ({EVENT_COLUMNS})")
    return tmp_path


def run(project: Path, *options: str) -> Result:
    words = ["run", str(project), "--database", str(project / "people.duckdb"), "--as-of", AS_OF]
    return CliRunner().invoke(main, [*words, *options])


def test_the_rest_of_the_run_goes_on_and_the_command_exits_with_1(project: Path) -> None:
    result = run(project, "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert {row["segment"]: row["members"] for row in data["segments"]} == {
        "buyer": 0,
        "heavy": 0,
        "grown_up": 2,
        "paying": 1,
    }
    found = {(row["attribute"], row["fault"].upper()): row["entities"] for row in data["faults"]}
    assert found == EXPECTED
    assert all(row["keys"] == [] for row in data["faults"])


def test_keys_are_shown_to_who_asks(project: Path) -> None:
    assert "fault: `age` of 1 person: above its range" in run(project).stderr
    assert "fault: `age` of 1 person: above its range (3)" in run(project, "--show-keys").stderr


def test_what_no_rule_reads_is_not_looked_at(project: Path) -> None:
    assert "unread" not in run(project).output


def test_a_run_over_good_values_exits_with_0(project: Path) -> None:
    with duckdb.connect(str(project / "people.duckdb")) as connection:
        connection.execute("DELETE FROM people WHERE id IS DISTINCT FROM 1")
    assert run(project).exit_code == 0


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "sqlite"])
def test_every_engine_finds_the_same(
    engine: str, project: Path, request: pytest.FixtureRequest
) -> None:
    warehouse: Warehouse
    infinity = "9e999" if engine == "sqlite" else "CAST('inf' AS DOUBLE PRECISION)"
    if engine == "postgres":
        warehouse = PostgresWarehouse.open(request.getfixturevalue("postgres"))
    elif engine == "duckdb":
        warehouse = DuckDBWarehouse(duckdb.connect())
    else:
        warehouse = SQLiteWarehouse.open(":memory:")
    columns = COLUMNS.replace("NUMERIC", "DOUBLE PRECISION") if engine == "duckdb" else COLUMNS
    with warehouse:
        warehouse.execute_text(f"CREATE TABLE people ({columns})")
        warehouse.execute_text(f"INSERT INTO people VALUES {ROWS}")
        warehouse.execute_text(f"CREATE TABLE purchases ({EVENT_COLUMNS})")
        warehouse.execute_text(f"INSERT INTO purchases VALUES {EVENTS}")
        warehouse.execute_text(f"INSERT INTO purchases VALUES {INFINITE.format(infinity=infinity)}")
        found = find_faults(warehouse, load_ruleset(project).plan, BINDING, with_keys=True)
    assert {(f.name, f.fault.name): f.entities for f in found if f.event is None} == EXPECTED
    events = {(f.name, f.fault.name): (f.entities, f.rows) for f in found if f.event}
    assert events == EXPECTED_EVENTS
    assert next(f.keys for f in found if f.name == "purchase.amount") == (1, 2)


def test_events_are_told_with_whom_they_belong_to(project: Path) -> None:
    with duckdb.connect(str(project / "people.duckdb")) as connection:
        connection.execute(f"INSERT INTO purchases VALUES {EVENTS}")
    result = run(project, "--show-keys")
    assert result.exit_code == 1
    assert "fault: `purchase.amount` of 2 persons in 3 rows: below its range (1, 2)" in (
        result.stderr
    )


def test_events_that_a_run_has_seen_are_not_looked_at_again(project: Path) -> None:
    catalog = project / "catalog.yml"
    catalog.write_text(CATALOG.replace("at: moment", "at: moment\n    lateness: 6h"), "utf-8")
    seen = to_microseconds(datetime(2026, 1, 10, 12, tzinfo=UTC))
    with DuckDBWarehouse.open(str(project / "people.duckdb")) as warehouse:
        warehouse.execute_text(f"INSERT INTO purchases VALUES {EVENTS}")
        plan = load_ruleset(project).plan
        found = find_faults(warehouse, plan, BINDING, seen=seen)
    below = next(fault for fault in found if fault.name == "purchase.amount")
    assert (below.entities, below.rows) == (2, 2)


def test_a_key_in_several_rows_is_told_and_the_run_goes_on(project: Path) -> None:
    with duckdb.connect(str(project / "people.duckdb")) as connection:
        connection.execute("DELETE FROM people WHERE id IS DISTINCT FROM 1")
        connection.execute("INSERT INTO people VALUES (7, 50, 'free', 1.0, 1.0, 1)")
        connection.execute("INSERT INTO people VALUES (7, 60, 'free', 1.0, 1.0, 1)")
    result = run(project, "--show-keys", "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["faults"] == [
        {
            "attribute": "id",
            "event": None,
            "fault": "repeated_key",
            "entities": 1,
            "rows": 2,
            "keys": [7],
        }
    ]
    assert {row["segment"]: row["members"] for row in data["segments"]}["grown_up"] == 1

    words = ["explain", "grown_up", "7", "--project", str(project)]
    asked = CliRunner().invoke(main, [*words, "--database", str(project / "people.duckdb")])
    assert asked.exit_code == 2
    assert "several rows of `people` have this id" in asked.stderr


def test_a_row_that_cannot_be_evaluated_stops_no_other(project: Path) -> None:
    rules = segue.load(project)
    rows = [{"id": 1, "age": 30}, {"id": 2, "age": "old"}, {"id": 3, "age": 40}]
    batch = rules.evaluate_many(rows)
    assert [m and m.segments for m in batch.memberships] == [("grown_up",), None, ("grown_up",)]
    (error,) = batch.errors
    assert (error.row, error.key) == (1, 2)
    assert "age" in error.reason


OVERFLOW = """
segment grown_up { when age >= 18 }
segment squared { when age * age * age * unread > 100 }
segment buyer { when count(purchase) > 0 }
segment upper { when percentile(age * age * age * unread) >= 50% }
"""


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_whom_the_engine_cannot_evaluate_stay_where_they_are(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(OVERFLOW, "utf-8")
    warehouse: Warehouse
    if engine == "postgres":
        warehouse = PostgresWarehouse.open(request.getfixturevalue("postgres"))
    else:
        warehouse = DuckDBWarehouse(duckdb.connect())
    rules, big = load_ruleset(tmp_path), 2**31 - 1
    with warehouse:
        warehouse.execute_text(f"CREATE TABLE people ({COLUMNS})")
        warehouse.execute_text(f"CREATE TABLE purchases ({EVENT_COLUMNS})")
        for key in range(1, 31):
            warehouse.execute_text(f"INSERT INTO people VALUES ({key}, 20, 'free', 1, 1, {key})")
        warehouse.execute_text(f"INSERT INTO purchases VALUES {EVENTS}")
        first = run_ruleset(rules, warehouse, BINDING.as_of)
        assert first.failed == ()

        for key in (7, 21):
            warehouse.execute_text(
                f"UPDATE people SET age = {big}, unread = {big} WHERE id = {key}"
            )
        warehouse.execute_text("UPDATE people SET age = 3 WHERE id = 8")
        second = run_ruleset(rules, warehouse, BINDING.as_of + DAY)
        history = "SELECT segment, key, reason FROM segue.history WHERE run_id = 2 ORDER BY 1, 2"
        assert [one.key for one in second.failed] == [7, 21]
        assert all("out of range" in one.reason.lower() for one in second.failed)
        assert second.entities == 30
        assert warehouse.execute_text(history) == [("grown_up", 8, "condition")]
        found = find_faults(warehouse, rules.plan, BINDING, failed=second.failed, with_keys=True)
        assert fault_text(found[0], rules.plan).startswith(
            "fault: 2 persons not evaluated, so left as they were (7, 21): "
        )


NARROW = 6_000


class NarrowWarehouse(DuckDBWarehouse):
    """DuckDB that takes statements of so many bytes, as others do."""

    def execute_text(self, text: str) -> list[Row]:
        assert len(text.encode()) <= NARROW
        return super().execute_text(text)


MANY = "\n".join(
    f"segment in_{n} {{ when sum(purchase.amount over last {n}d) > {n}.00 }}" for n in range(1, 9)
)
LONG = " or ".join(
    f"(sum(purchase.amount over last {n}d) > 1.00 and age > {n})" for n in range(1, 21)
)


def test_whom_the_engine_cannot_evaluate_is_found_where_a_run_needs_several_statements(
    tmp_path: Path,
) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    long = f"segment long {{ when age * age * age * unread > 100 or {LONG} }}"
    (tmp_path / "rules.seg").write_text(f"{MANY}\n{OVERFLOW}\n{long}", "utf-8")
    rules, big = load_ruleset(tmp_path), 2**31 - 1
    limits = Limits(size=Limit(NARROW, "the test"))
    with (
        patch.object(type(dialect("duckdb")), "limits", limits),
        NarrowWarehouse(duckdb.connect()) as warehouse,
    ):
        warehouse.execute_text(f"CREATE TABLE people ({COLUMNS})")
        warehouse.execute_text(f"CREATE TABLE purchases ({EVENT_COLUMNS})")
        warehouse.execute_text(
            "INSERT INTO people SELECT i, 20, 'free', 1, 1, i FROM range(1, 31) t(i)"
        )
        warehouse.execute_text(f"UPDATE people SET age = {big}, unread = {big} WHERE id = 21")
        outcome = run_ruleset(rules, warehouse, BINDING.as_of)
        members = warehouse.execute_text(
            "SELECT key FROM segue.members WHERE segment = 'grown_up' ORDER BY key"
        )
        left = warehouse.execute_text("SELECT table_name FROM duckdb_tables() WHERE temporary")
    assert [one.key for one in outcome.failed] == [21]
    assert [key for (key,) in members] == [key for key in range(1, 31) if key != 21]
    assert left == []


ENDS = """
entity: {name: person, table: people, key: {column: id, type: int}, attributes: {ends: timestamp?}}
"""


def test_whose_time_is_infinite_stays_as_it_was_and_stops_no_other(
    tmp_path: Path, postgres: str
) -> None:
    (tmp_path / "catalog.yml").write_text(ENDS, "utf-8")
    (tmp_path / "rules.seg").write_text("segment past { when age(ends) >= 1d }", "utf-8")
    with PostgresWarehouse.open(postgres) as warehouse:
        warehouse.execute_text("CREATE TABLE people (id BIGINT, ends TIMESTAMP)")
        warehouse.execute_text("INSERT INTO people VALUES (1, '2001-01-01'), (2, 'infinity')")
        outcome = run_ruleset(load_ruleset(tmp_path), warehouse, BINDING.as_of)
        members = warehouse.execute_text("SELECT segment, key FROM segue.members")
    assert [one.key for one in outcome.failed] == [2]
    assert members == [("past", 1)]


BANK = """
lateness: 1d
entity: {name: account, table: accounts, key: id}
events:
  sent: {table: transfers, key: sender, at: at, properties: {amount: int}}
  received: {table: transfers, key: receiver, at: at, properties: {amount: int}}
"""
SUMS = """
segment payers { when sum(sent.amount) > 10 }
segment payees { when sum(received.amount) > 10 }
"""


def bank(folder: Path, *transfers: tuple[int, int, int]) -> DuckDBWarehouse:
    (folder / "catalog.yml").write_text(BANK, "utf-8")
    (folder / "rules.seg").write_text(SUMS, "utf-8")
    warehouse = DuckDBWarehouse(duckdb.connect())
    warehouse.execute_text("CREATE TABLE accounts AS SELECT range AS id FROM range(5)")
    rows = ", ".join(f"({a}, {b}, TIMESTAMP '2023-01-01', {amount})" for a, b, amount in transfers)
    warehouse.execute_text(
        f'CREATE TABLE transfers AS FROM (VALUES {rows}) AS t (sender, receiver, "at", amount)'
    )
    return warehouse


def test_whom_the_engine_cannot_evaluate_is_found_where_a_table_has_two_keys(
    tmp_path: Path,
) -> None:
    with bank(tmp_path, (1, 2, 50), (3, 2, 2**62), (3, 4, 2**62), (2, 3, 20)) as warehouse:
        outcome = run_ruleset(load_ruleset(tmp_path), warehouse, BINDING.as_of)
        members = warehouse.execute_text("SELECT segment, key FROM segue.members ORDER BY 1, 2")

    assert [one.key for one in outcome.failed] == [3]
    assert members == [("payees", 2), ("payees", 4), ("payers", 1), ("payers", 2)]


def test_events_of_nobody_at_which_the_engine_stops_are_left_out(tmp_path: Path) -> None:
    with bank(tmp_path, (1, 2, 50), (99, 2, 2**62), (99, 4, 2**62)) as warehouse:
        outcome = run_ruleset(load_ruleset(tmp_path), warehouse, BINDING.as_of)
        members = warehouse.execute_text("SELECT segment, key FROM segue.members ORDER BY 1, 2")

    assert outcome.failed == ()
    assert outcome.extent.reason == "the engine stopped at events of nobody"
    assert members == [("payees", 2), ("payees", 4), ("payers", 1)]


def test_a_rule_that_fails_for_everybody_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(OVERFLOW, "utf-8")
    with DuckDBWarehouse(duckdb.connect()) as warehouse:
        warehouse.execute_text(f"CREATE TABLE purchases ({EVENT_COLUMNS})")
        warehouse.execute_text(
            f"CREATE TABLE people AS SELECT range AS id, {2**31 - 1} AS age, 'free' AS plan, "
            f"1.0 AS score, 1.0 AS spent, {2**31 - 1} AS unread FROM range(100)"
        )
        with pytest.raises(Refusal, match="Overflow") as stopped:
            run_ruleset(load_ruleset(tmp_path), warehouse, BINDING.as_of)
    assert "64 bits" in str(stopped.value.hint)
