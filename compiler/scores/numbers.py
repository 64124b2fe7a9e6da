"""The arithmetic of scores: operations that every engine has, in a fixed order.

`exp` of one library differs from that of the next in the last digit, and then two engines
disagree on a member. So the exponential here is made of comparisons, `floor` and `+ - * /` of
IEEE doubles alone; SQL has the same steps in the same order, and so the same bits.
"""

import math
from itertools import pairwise
from typing import Final

from segue.compiler.scores.model import Isotonic

LOG2_E: Final = 1.4426950408889634
# The logarithm of 2 in two parts: a product of the first with a whole number below 2^20 is exact.
LN2_HIGH: Final = 0.6931471803691238
LN2_LOW: Final = 1.9082149292705877e-10
TAYLOR: Final = tuple(1.0 / math.factorial(n) for n in range(13, -1, -1))
"""The coefficients of the exponential, from that of `r^13` down to that of `r^0`."""
POWERS: Final = tuple((2**i, 0.5 ** (2**i)) for i in range(10))
"""By which a number is multiplied that is to be halved `count` times, for the bits of `count`."""
LOWEST: Final = -300.0
"""Where the logistic function, there less than 1e-130, is taken to be 0.

No smaller number is ever computed: some engines refuse a product that is too small for a double.
"""
GREATEST: Final = 1e50
"""A column of `Linear` or `Centroids` beyond this, or below its negative, counts as this."""
SMALLEST: Final = 1e-50
"""A column of `Linear` or `Centroids` nearer to 0 than this counts as 0."""
LONGEST: Final = 100_000.0
"""The longest duration in days that a score says: its microseconds are exact as a double."""


def exponential(x: float) -> float:
    """`e^x` for `LOWEST <= x <= 0`, within 1e-15 of it relative to its size.

    `x` is written as `r - count * ln 2` with a whole `count` and a small `r`; then
    `e^x = e^r / 2^count`, the former by its Taylor series.
    """
    count = float(math.floor(0.5 - x * LOG2_E))
    r = (count * LN2_HIGH + x) + count * LN2_LOW
    power = TAYLOR[0]
    for coefficient in TAYLOR[1:]:
        power = power * r + coefficient
    halvings = int(count)
    for bit, factor in POWERS:
        if halvings & bit:
            power = power * factor
    return power


def logistic(x: float) -> float:
    """`1 / (1 + e^-x)`: within 1e-15 relative to its size, and exactly 0 below `LOWEST`.

    In the form that takes the exponential of a negative number, whatever the sign of `x`.
    """
    if x < LOWEST:
        return 0.0
    if x < 0.0:
        small = exponential(x)
        return small / (1.0 + small)
    return 1.0 / (1.0 + exponential(-x if x <= -LOWEST else LOWEST))


def settled(x: float) -> float:
    """A column of `Linear` or `Centroids`, within the range in which no step leaves the doubles."""
    if x > GREATEST:
        return GREATEST
    if x < -GREATEST:
        return -GREATEST
    return 0.0 if -SMALLEST < x < SMALLEST else x


def slopes(line: Isotonic) -> tuple[float, ...]:
    """The slope from each point of a line to the next."""
    points = pairwise(zip(line.x, line.y, strict=True))
    return tuple((y_1 - y_0) / (x_1 - x_0) for (x_0, y_0), (x_1, y_1) in points)
