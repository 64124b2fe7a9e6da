"""The arithmetic of scores is as near to the true functions as doubles allow."""

import math
from decimal import Context, Decimal

from hypothesis import given
from hypothesis import strategies as st

from segue.compiler.scores import numbers
from segue.compiler.scores.model import Isotonic

EXACT = Context(prec=60)


def relative_error(found: float, true: Decimal) -> float:
    return float(abs(Decimal(found) - true) / true)


@given(st.floats(numbers.LOWEST, 0.0))
def test_the_exponential_is_right_to_fifteen_digits(x: float) -> None:
    assert relative_error(numbers.exponential(x), EXACT.exp(Decimal(x))) <= 1e-15


@given(st.floats(numbers.LOWEST, 0.0))
def test_the_exponential_is_near_to_that_of_the_c_library(x: float) -> None:
    assert math.isclose(numbers.exponential(x), math.exp(x), rel_tol=1e-15)


@given(st.floats(numbers.LOWEST, 1e308))
def test_the_logistic_function_is_right_to_fifteen_digits(x: float) -> None:
    power = EXACT.exp(-Decimal(min(x, 1000.0)))
    true = EXACT.divide(Decimal(1), EXACT.add(Decimal(1), power))
    assert relative_error(numbers.logistic(x), true) <= 1e-15


def test_the_logistic_function_ends_in_0_and_1() -> None:
    assert numbers.logistic(0.0) == 0.5
    assert [numbers.logistic(x) for x in (-1e308, -math.inf, -301.0)] == [0.0, 0.0, 0.0]
    assert [numbers.logistic(x) for x in (1e308, math.inf, 301.0)] == [1.0, 1.0, 1.0]


@given(st.floats(-800.0, 800.0))
def test_what_one_side_lacks_the_other_has(x: float) -> None:
    assert math.isclose(numbers.logistic(x) + numbers.logistic(-x), 1.0, rel_tol=4e-16)


@given(st.floats(allow_nan=False))
def test_a_settled_column_can_be_squared(x: float) -> None:
    settled = numbers.settled(x)
    assert settled == 0.0 or 1e-100 <= settled * settled <= 1e101
    assert settled == x or abs(x) < 1e-50 or abs(x) > 1e50


def test_a_line_has_a_slope_between_each_two_points() -> None:
    assert numbers.slopes(Isotonic(x=(0.0, 0.5, 1.0), y=(0.25, 0.5, 1.0))) == (0.5, 1.0)
