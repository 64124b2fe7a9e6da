"""What `segue history` shows of runs over a small project."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main
from segue.runtime.history.lifecycle import weighted_median

CATALOG = "entity: {name: person, table: people, key: id, attributes: {orders: int}}\n"
RULES = """
segment buyers { when orders > 0 }
lifecycle person {
  stage fresh   { enter when orders == 0 next regular }
  stage regular { enter when orders >= 1 and orders < 9 exit when orders >= 9 }
}
"""
# The orders of three people on four Mondays.
ORDERS = [(0, 0, 1), (0, 1, 1), (1, 1, 9), (1, 2, 9)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    (folder / "catalog.yml").write_text(CATALOG, "utf-8")
    (folder / "rules.seg").write_text(RULES, "utf-8")
    database = folder / "people.duckdb"
    for week, orders in enumerate(ORDERS):
        with duckdb.connect(str(database)) as connection:
            connection.execute("CREATE OR REPLACE TABLE people (id INTEGER, orders INTEGER)")
            connection.executemany("INSERT INTO people VALUES (?, ?)", list(enumerate(orders, 1)))
        day = f"2025-09-{1 + 7 * week:02}"
        assert segue(folder, "run", folder, "--as-of", day).exit_code == 0
    return folder


def segue(project: Path, command: str, *arguments: str | Path) -> Result:
    words = [command, *map(str, arguments), "--database", str(project / "people.duckdb")]
    return CliRunner().invoke(main, words)


def history(project: Path, *arguments: str) -> Result:
    return segue(project, "history", *arguments, "--project", project)


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_the_life_of_one_person(project: Path) -> None:
    shown = lines(history(project, "2"))
    assert "regular (person) 2025-09-08" in shown
    assert "buyers 2025-09-08" in shown
    assert "2025-09-01 1 – → fresh (person) its entry condition held" in shown
    assert "2025-09-08 2 entered buyers its condition turned" in shown
    assert "2025-09-08 2 fresh → regular (person) its entry condition held" in shown


def test_a_person_at_an_earlier_instant(project: Path) -> None:
    data = json.loads(history(project, "3", "--to", "2025-09-08", "--format", "json").output)
    assert data["stages"] == [
        {"lifecycle": "person", "stage": "regular", "since": "2025-09-01T00:00:00Z"}
    ]
    later = json.loads(history(project, "3", "--format", "json").output)
    assert later["stages"] == []
    assert later["changes"][-1]["reason"] == "exited"


def test_sizes_moves_and_stays_of_a_lifecycle(project: Path) -> None:
    data = json.loads(history(project, "--lifecycle", "person", "--format", "json").output)
    assert [size["stages"] for size in data["sizes"]] == [
        {"fresh": 2, "regular": 1},
        {"fresh": 1, "regular": 2},
        {"fresh": 0, "regular": 2},
        {"fresh": 0, "regular": 2},
    ]
    moves = {(move["from"], move["to"]): move["entities"] for move in data["transitions"]}
    assert moves == {
        (None, "fresh"): 2,
        (None, "regular"): 1,
        ("fresh", "regular"): 2,
        ("regular", None): 1,
    }
    week = 7 * 86400
    assert data["stays"] == [
        {"stage": "fresh", "median_seconds": week, "ended": 2, "still_there": 0},
        {"stage": "regular", "median_seconds": 2 * week, "ended": 1, "still_there": 2},
    ]


def test_the_tables_of_a_lifecycle(project: Path) -> None:
    shown = lines(history(project, "--lifecycle", "person"))
    assert "2025-09-15 0 2 1" in shown
    assert "fresh 2" in shown
    assert "regular 14 days 1 2" in shown


def test_a_lifecycle_within_some_weeks(project: Path) -> None:
    span = ("--from", "2025-09-08", "--to", "2025-09-08")
    data = json.loads(history(project, "--lifecycle", "person", *span, "--format", "json").output)
    assert len(data["sizes"]) == 1
    assert data["transitions"] == [{"from": "fresh", "to": "regular", "entities": 1}]


def test_a_segment_over_time(project: Path) -> None:
    shown = lines(history(project, "--segment", "buyers"))
    assert "2025-09-15 3 3 100.0% +1 ████████████████" in shown


def test_the_runs(project: Path) -> None:
    data = json.loads(history(project, "--format", "json").output)
    assert [run["entered"] for run in data["runs"]] == [1, 1, 1, 0]
    assert len(lines(history(project))) >= 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("9",), "no run has ever seen person 9"),
        (("--segment", "buyer"), "did you mean `buyers`?"),
        (("--lifecycle", "persn"), "did you mean `person`?"),
        (("1", "--segment", "buyers"), "name one"),
        (("1", "--from", "2025-09-01"), "where it is depends on it all"),
    ],
)
def test_refusals(project: Path, arguments: tuple[str, ...], message: str) -> None:
    result = history(project, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_there_is_no_history_before_the_first_run(project: Path, tmp_path: Path) -> None:
    database = tmp_path / "empty.duckdb"
    duckdb.connect(str(database)).close()
    arguments = ["history", "--project", str(project), "--database", str(database)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "history begins with the first `segue run`" in result.output


def test_the_median_of_values_that_occur_several_times() -> None:
    assert weighted_median([]) is None
    assert weighted_median([(5, 1), (7, 3), (1, 1)]) == 7
    assert weighted_median([(5, 2), (7, 2)]) == 5
