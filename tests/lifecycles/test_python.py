"""A lifecycle from Python, and the whole of a lifecycle's SQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import segue
from lifecycles.shop import RULES, START, Shop, plan_of
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.lifecycles import compile_moves

RULESETS = Path(__file__).parents[2] / "rulesets"
DAY = datetime(2025, 12, 1, tzinfo=UTC)


def test_a_service_advances_one_customer() -> None:
    customer = segue.load(RULESETS / "lifecycle").lifecycles["customer"]
    bought = {"at": datetime(2025, 11, 30, tzinfo=UTC), "amount": 20, "order_id": 1}

    move = customer.advance(segue.Profile({}, {"purchase": [bought]}), "prospect", DAY)

    assert (move.before, move.after, move.reason) == ("prospect", "new_customer", "progressed")
    assert customer.stages["new_customer"].nurture[0] == "onboarding_series"
    assert not customer.advance(segue.Profile({}, {"purchase": [bought]}), move.after, DAY).moved


def test_a_stage_that_is_none_counts_as_no_stage() -> None:
    customer = segue.load(RULESETS / "lifecycle").lifecycles["customer"]
    move = customer.advance(segue.Profile({}, {}), "champion", DAY)
    assert (move.after, move.reason) == (None, "stage_removed")


# Athena is written as Trino is: tests/sql/test_golden.py.
@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - {"athena"}))
def test_a_lifecycle_is_one_statement(dialect: str, golden: Callable[[Path, str], None]) -> None:
    from sqlglot import exp

    plan = plan_of(RULES)
    binding = Binding(START, ZoneInfo("UTC"))
    table = exp.Table(this=exp.to_identifier("stages"), db=exp.to_identifier("segue"))
    compiled = compile_moves(plan, binding, dialect, plan.lifecycles["customer"], table)
    golden(Path(__file__).parent / f"moves.{dialect}.sql", compiled.sql() + "\n")


def test_the_one_statement_says_what_a_run_does(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None), 2: (2, None, None), 3: (0, None, True), 4: (3, None, True)})
    shop.run(plan)
    rows = {1: (1, None, None), 2: (3, True, None), 3: (0, None, False), 4: (3, True, True)}
    shop.customers(rows)
    table = shop.warehouse.store_table("segue", "stages")
    binding = Binding(START, ZoneInfo("UTC"))
    dialect = shop.warehouse.dialect
    statement = compile_moves(plan, binding, dialect, plan.lifecycles["customer"], table)

    found = sorted(shop.warehouse.execute_text(statement.sql()))

    shop.run(plan)
    assert found == shop.moves(run=2)
    assert len(found) == 3
