"""Arithmetic over rows that is nested deeply: as short as it can be, and with the same values."""

from collections.abc import Callable
from unittest.mock import patch

import pytest

from segue.compiler.sql import row_steps
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.query import Outputs, compile_query
from sql.shop import Shop, ago, binding, plan

NESTED: dict[str, Callable[[str], str]] = {
    "quotients": lambda inner: f"(order.weight / ({inner}))",
    "sums": lambda inner: f"(({inner}) + order.weight * 1.5)",
    "extremes": lambda inner: f"clamp({inner}, 1, order.weight)",
}


def rule(kind: str, depth: int) -> str:
    value = "order.weight * 3.0"
    for _ in range(depth):
        value = NESTED[kind](value)
    return f"metric m = sum({value} over last 30d)"


def size(kind: str, depth: int, dialect: str) -> int:
    compiled = plan(rule(kind, depth))
    return len(compile_query(compiled, binding(), dialect, Outputs(("m",))).sql(pretty=False))


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_nested_twice_as_deep_is_about_twice_as_long(kind: str, dialect: str) -> None:
    assert size(kind, 20, dialect) < 2.5 * size(kind, 10, dialect)


@pytest.mark.parametrize("kind", NESTED)
def test_values_that_are_computed_before_the_scan_are_the_same(shop: Shop, kind: str) -> None:
    weights = (0.25, -3.0, 1e308, 0.0, 5e-324, None)
    orders = [{"person_id": 1, "placed_at": ago("1d"), "weight": weight} for weight in weights]
    shop.fill({"people": [{"person_id": 1}], "orders": orders})
    found = []
    for most in (1, 10**9):
        with patch.object(row_steps, "MOST", most):
            query = compile_query(
                plan(rule(kind, 2)), binding(), shop.engine.dialect, Outputs(("m",))
            )
        found.append(shop.engine.run(query.sql()))
    computed, whole = found
    assert computed == whole
    assert whole[0][1]
