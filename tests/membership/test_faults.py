"""Values that are not as the catalog says: the run goes on, and says so."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

import segue
from segue.runtime.cli import main
from segue.runtime.membership.faults import find_faults
from segue.runtime.ruleset import load_ruleset
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Warehouse

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
"""
RULES = """
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
EXPECTED = {
    ("id", "NO_KEY"): 1,
    ("age", "MISSING"): 1,
    ("age", "BELOW"): 1,
    ("age", "ABOVE"): 1,
    ("plan", "NOT_ACCEPTED"): 1,
    ("spent", "UNFIT"): 1,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    with duckdb.connect(str(tmp_path / "people.duckdb")) as connection:
        columns = COLUMNS.replace("NUMERIC", "DOUBLE")
        connection.execute(f"CREATE TABLE people ({columns})")
        connection.execute(f"INSERT INTO people VALUES {ROWS}")
    return tmp_path


def run(project: Path, *options: str) -> Result:
    words = ["run", str(project), "--database", str(project / "people.duckdb"), *options]
    return CliRunner().invoke(main, words)


def test_the_rest_of_the_run_goes_on_and_the_command_exits_with_1(project: Path) -> None:
    result = run(project, "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert {row["segment"]: row["members"] for row in data["segments"]} == {
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


@pytest.mark.parametrize("engine", ["postgres", "sqlite"])
def test_other_engines_count_the_same(
    engine: str, project: Path, request: pytest.FixtureRequest
) -> None:
    warehouse: Warehouse
    if engine == "postgres":
        warehouse = PostgresWarehouse.open(request.getfixturevalue("postgres"))
    else:
        warehouse = SQLiteWarehouse.open(":memory:")
    with warehouse:
        warehouse.execute_text(f"CREATE TABLE people ({COLUMNS})")
        warehouse.execute_text(f"INSERT INTO people VALUES {ROWS}")
        found = find_faults(warehouse, load_ruleset(project).plan)
    assert {(fault.attribute, fault.fault.name): fault.entities for fault in found} == EXPECTED


def test_a_row_that_cannot_be_evaluated_stops_no_other(project: Path) -> None:
    rules = segue.load(project)
    rows = [{"id": 1, "age": 30}, {"id": 2, "age": "old"}, {"id": 3, "age": 40}]
    batch = rules.evaluate_many(rows)
    assert [m and m.segments for m in batch.memberships] == [("grown_up",), None, ("grown_up",)]
    (error,) = batch.errors
    assert (error.row, error.key) == (1, 2)
    assert "age" in error.reason
