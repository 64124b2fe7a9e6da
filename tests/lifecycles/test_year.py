"""A year of the demo shop, played through the shipped lifecycle week by week."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.lifecycles import advance
from segue.runtime.demo.shop import create_shop
from segue.runtime.explain.profile import fetch_profile, needs_of
from segue.runtime.membership.run import run_ruleset
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.warehouse.duckdb import DuckDBWarehouse

UNTIL = datetime(2025, 12, 1, tzinfo=UTC)
WEEKS = [to_microseconds(UNTIL - timedelta(weeks=51 - week)) for week in range(52)]


@pytest.fixture(scope="module")
def year() -> tuple[Ruleset, DuckDBWarehouse]:
    ruleset = load_ruleset(Path(__file__).parents[2] / "rulesets" / "lifecycle")
    connection = duckdb.connect()
    create_shop(connection, customers=300, until=UNTIL)
    warehouse = DuckDBWarehouse(connection)
    for week in WEEKS:
        run_ruleset(ruleset, warehouse, week)
    return ruleset, warehouse


def test_every_stage_is_passed_through(year: tuple[Ruleset, DuckDBWarehouse]) -> None:
    ruleset, warehouse = year
    rows = warehouse.execute_text("SELECT DISTINCT to_stage FROM segue.stage_history")
    assert set(ruleset.plan.lifecycles["customer"].stages) <= {row[0] for row in rows}


def test_nobody_goes_where_the_rules_do_not_lead(year: tuple[Ruleset, DuckDBWarehouse]) -> None:
    ruleset, warehouse = year
    rows = warehouse.execute_text(
        "SELECT DISTINCT from_stage, to_stage, reason FROM segue.stage_history"
    )
    assert set(rows) <= set(ruleset.plan.lifecycles["customer"].moves())


def test_nobody_goes_back_and_forth(year: tuple[Ruleset, DuckDBWarehouse]) -> None:
    _, warehouse = year
    rows = warehouse.execute_text(
        """SELECT key FROM (
             SELECT key, to_stage, run_id,
               LAG(to_stage, 2) OVER (PARTITION BY key ORDER BY run_id) AS two_before,
               LAG(run_id, 2) OVER (PARTITION BY key ORDER BY run_id) AS then_run
             FROM segue.stage_history)
           WHERE to_stage = two_before AND run_id = then_run + 2"""
    )
    assert rows == []


def test_python_finds_the_same_year_for_a_customer(
    year: tuple[Ruleset, DuckDBWarehouse],
) -> None:
    ruleset, warehouse = year
    plan = ruleset.plan
    lifecycle = plan.lifecycles["customer"]
    evaluator = compile_evaluator(plan)
    needs = needs_of(lifecycle.conditions, plan.catalog, Binding(WEEKS[-1], ZoneInfo("UTC")))
    rows = warehouse.execute_text("SELECT key, run_id, to_stage FROM segue.stage_history")
    for key in range(1, 41):
        everything = {name: type(need)(need.properties) for name, need in needs.events.items()}
        wanted = type(needs)(needs.attributes, everything)
        last = Binding(WEEKS[-1], ZoneInfo("UTC"))
        profile = evaluator.read(fetch_profile(warehouse, plan.catalog, wanted, str(key), last))
        stage, moves = None, []
        for number, week in enumerate(WEEKS, 1):
            move = advance(lifecycle, stage, evaluator.evaluation(profile, week).value)
            stage = move.after
            if move.moved:
                moves.append((key, number, stage))
        assert moves == sorted(row for row in rows if row[0] == key), key
