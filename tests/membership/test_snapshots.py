"""What a run keeps of the population, and who reads it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner, Result

import segue
from membership.world import START, World
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.windows import Binding
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.population import evaluate_population
from segue.compiler.python.snapshot import Snapshot
from segue.grammar.parser import parse
from segue.runtime.cli import main
from segue.runtime.membership.snapshots import read_snapshot, take_snapshot
from segue.runtime.membership.store import Store

RULES = """
segment upper "The upper half" { when percentile(spend) >= 50% }
segment top_one { when top 1 by spend }
segment above_mean { when spend > average(spend by country) }
segment french { when country == "FR" }
"""
CATALOG = """
entity:
  name: person
  table: people
  key: {column: id, type: int}
  attributes: {spend: "decimal(2)?", country: string?}
"""
ROOMS = """
segment far_out { when zscore(spend) > 1 or quantile(spend, 25%) > rank(percentile(spend)) }
"""
PEOPLE = {
    1: (Decimal("10.50"), "FR"),
    2: (Decimal("20.00"), "FR"),
    3: (Decimal("20.00"), None),
    4: (None, "DE"),
}
RUN = ("run", "--database", "people.duckdb", "--as-of")

Segue = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG)
    (tmp_path / "rules.seg").write_text(RULES)
    with duckdb.connect(str(tmp_path / "people.duckdb")) as database:
        database.execute(
            "CREATE TABLE people AS SELECT * FROM (VALUES (1, 10.50, 'FR'), (2, 20.00, 'FR'), "
            "(3, 20.00, NULL), (4, NULL, 'DE')) AS p(id, spend, country)"
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_row_without_a_key_is_not_among_all(project: Path) -> None:
    alone = run(*RUN, "2025-01-01", "--dry-run", "--format", "json")
    with duckdb.connect("people.duckdb") as database:
        database.execute("INSERT INTO people VALUES (NULL, 90, 'FR'), (NULL, 1, 'FR')")
    beside = run(*RUN, "2025-01-01", "--format", "json")

    counted, again = (json.loads(result.stdout)["segments"] for result in (alone, beside))
    assert again == counted
    kept = stored(project)
    assert kept is not None
    (ordered,) = kept.ordered.values()
    assert list(ordered[None].values) == [1050, 2000]
    assert list(kept.last.values()) == [(2000, 2)]


def stored(project: Path) -> Snapshot | None:
    return segue.load(project).snapshot(database=str(project / "people.duckdb"))


def test_a_run_keeps_what_its_rules_compare_with(project: Path) -> None:
    assert run(*RUN, "2024-05-01").exit_code == 0
    kept = stored(project)

    assert kept is not None
    assert kept.age(datetime(2024, 5, 2, tzinfo=UTC)) == timedelta(days=1)
    (ordered,) = kept.ordered.values()
    assert list(ordered[None].values) == [1050, 2000]
    assert list(kept.last.values()) == [(2000, 2)]


def test_every_engine_and_python_take_the_same_snapshot(world: World) -> None:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES + ROOMS, "rules.seg").module)], catalog).plan
    assert plan is not None
    world.warehouse.execute_text("CREATE TABLE people (id INT, spend DECIMAL(9, 2), country TEXT)")
    for key, (spend, country) in PEOPLE.items():
        values = f"{key}, {spend or 'NULL'}, {repr(country) if country else 'NULL'}"
        world.warehouse.execute_text(f"INSERT INTO people VALUES ({values})")

    taken = take_snapshot(world.warehouse, plan, Binding(START, ZoneInfo("UTC")))
    world.run("reader", survey=lambda: taken)
    profiles = {k: segue.Profile({"spend": s, "country": c}) for k, (s, c) in PEOPLE.items()}

    assert taken == evaluate_population(compile_evaluator(plan), profiles, START).snapshot
    assert read_snapshot(Store(world.warehouse)) == taken


def test_the_next_run_replaces_it(project: Path) -> None:
    run(*RUN, "2024-05-01")
    with duckdb.connect("people.duckdb") as database:
        database.execute("INSERT INTO people VALUES (5, 30.00, 'FR')")
    run(*RUN, "2024-05-02")
    kept = stored(project)

    assert kept is not None
    assert kept.age(datetime(2024, 5, 2, tzinfo=UTC)) == timedelta(0)
    assert list(kept.last.values()) == [(3000, 5)]


def test_a_trial_keeps_nothing(project: Path) -> None:
    run(*RUN, "2024-05-01", "--dry-run")

    assert stored(project) is None


def test_the_python_api_compares_with_it(project: Path) -> None:
    run(*RUN, "2024-05-01")
    rules, kept = segue.load(project), stored(project)

    found = rules.evaluate({"id": 9, "spend": 20, "country": "FR"}, snapshot=kept)
    assert found.segments == ("above_mean", "french")
    assert "top_one" in rules.evaluate({"id": 9, "spend": 21}, snapshot=kept)


def test_a_whole_population_from_python(project: Path) -> None:
    rules = segue.load(project)
    people = {
        key: segue.Profile({"spend": spend, "country": "FR"})
        for key, spend in {1: 10, 2: 20, 3: 30}.items()
    }
    found = rules.evaluate_all(people, datetime(2024, 5, 1, tzinfo=UTC))

    assert found.members[3].segments == ("upper", "top_one", "above_mean", "french")
    assert found.members[1].segments == ("french",)
    assert "top_one" in rules.evaluate_profile({"id": 7, "spend": 40}, {}, snapshot=found.snapshot)


def test_an_explanation_says_as_of_when_it_compares(project: Path) -> None:
    run(*RUN, "2024-05-01")
    told = run("explain", "upper", "2", "--database", "people.duckdb", "--as-of", "2024-05-03")

    assert told.exit_code == 0, told.output
    assert "✗ percentile(spend) >= 50%  it is 33.33%" in told.output
    assert "compared with everybody as of 2024-05-01T00:00:00Z (2d ago)" in told.output


def test_before_any_run_an_explanation_compares_as_of_its_own_instant(project: Path) -> None:
    told = run("explain", "upper", "2", "--database", "people.duckdb", "--as-of", "2024-05-03")

    assert told.exit_code == 0, told.output
    assert "compared with everybody as of 2024-05-03T00:00:00Z\n" in told.output


def test_an_old_comparison_that_differs_by_now_is_no_bug(project: Path) -> None:
    run(*RUN, "2024-05-01")
    with duckdb.connect("people.duckdb") as database:
        database.execute("UPDATE people SET spend = 1 WHERE id IN (1, 3)")
    told = run("explain", "upper", "2", "--database", "people.duckdb", "--as-of", "2024-05-03")

    assert told.exit_code == 0, told.output
    assert "`segue run` brings the comparison up to date" in told.output


def test_a_rule_that_compares_with_nobody_says_nothing_of_it(project: Path) -> None:
    told = run("explain", "french", "2", "--database", "people.duckdb", "--as-of", "2024-05-03")

    assert "compared with" not in told.output
