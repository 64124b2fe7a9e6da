"""Thresholds for doubles send every number where 32-bit floats would go."""

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segue.runtime.scores.thresholds import GREATEST_32, are_rounded, exact_thresholds

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")


def rounded(x: float) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(x)


def exact(threshold: float) -> float:
    return float(exact_thresholds(np.array([threshold]))[0])


singles = st.floats(width=32, allow_nan=False)
halves = st.builds(
    lambda f: (f + float(np.nextafter(np.float32(f), np.float32(math.inf)))) / 2, singles
)
near = singles | st.floats(allow_nan=False) | halves


@given(threshold=near, x=near)
@example(threshold=0.0, x=-0.0)
@example(threshold=-0.0, x=7e-46)  # half-way to the least 32-bit number, which is odd
@example(threshold=1e-45, x=2.1e-45)
@example(threshold=GREATEST_32, x=3.4028235677973366e38)  # half-way to what would be infinity
@example(threshold=1e39, x=1e300)
@example(threshold=-1e39, x=-1e300)
@example(threshold=math.inf, x=1e308)
def test_a_double_goes_left_where_its_32_bits_did(threshold: float, x: float) -> None:
    if math.isinf(x) or (math.isinf(threshold) and threshold < 0):
        return
    if abs(x) > GREATEST_32 and threshold != math.inf:
        x = math.copysign(GREATEST_32, x)
    assert (x <= exact(threshold)) == (float(rounded(x)) <= threshold)


@given(threshold=near.filter(lambda t: abs(t) < GREATEST_32))
def test_the_threshold_is_the_greatest_that_goes_left(threshold: float) -> None:
    found = exact(threshold)
    assert float(rounded(found)) <= threshold
    assert float(rounded(math.nextafter(found, math.inf))) > threshold


@pytest.mark.parametrize(
    ("bits", "to_below"), [(0x3F800000, True), (0x3F800001, False), (0x00000002, True)]
)
def test_a_tie_belongs_to_the_even_one_of_two_floats(bits: int, to_below: bool) -> None:
    (below,) = struct.unpack("f", struct.pack("I", bits))
    (above,) = struct.unpack("f", struct.pack("I", bits + 1))
    middle = (below + above) / 2
    assert exact(below) == (middle if to_below else math.nextafter(middle, -math.inf))


@given(st.lists(near, min_size=1, max_size=5))
def test_exact_thresholds_are_recognised(thresholds: list[float]) -> None:
    assert are_rounded(exact_thresholds(np.array(thresholds)))


def test_thresholds_of_doubles_are_recognised() -> None:
    assert not are_rounded(np.array([0.1]))
