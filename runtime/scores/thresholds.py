"""Thresholds that scikit-learn compares with 32-bit floats, as exact doubles.

Its trees ask `float32(x) <= t`. Rounding never changes the order of two numbers, so those `x`
are exactly the ones up to some greatest double: the last that rounds to the greatest 32-bit
float `f <= t`. It lies half-way to the float after `f`, and belongs to `f` where `f` is even.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

GREATEST_32 = 3.4028234663852886e38
_AFTER_32 = 2.0**128


def exact_thresholds(thresholds: "Array") -> "Array":
    """For each `t`, the greatest double `T` with `(float32(x) <= t) == (x <= T)` for all `x`.

    A threshold of infinity has every number below it.
    """
    import numpy

    with numpy.errstate(over="ignore"):
        below = thresholds.astype(numpy.float32)
        down = numpy.nextafter(below, numpy.float32(-numpy.inf))
        below = numpy.where(below > thresholds, down, below)
        above = numpy.nextafter(below, numpy.float32(numpy.inf)).astype(numpy.float64)
        middle = (_finite(below.astype(numpy.float64)) + _finite(above)) / 2
        to_below = middle.astype(numpy.float32) <= below
    exact = numpy.where(to_below, middle, numpy.nextafter(middle, -numpy.inf))
    greatest = numpy.finfo(numpy.float64).max
    return numpy.asarray(numpy.where(numpy.isposinf(thresholds), greatest, exact))


def are_rounded(thresholds: "Array") -> bool:
    """Whether 32-bit floats may be compared with these in place of doubles.

    That is, for every double of at most `GREATEST_32` in size.
    """
    import numpy

    beyond = numpy.abs(thresholds) >= GREATEST_32
    return bool(numpy.all(beyond | (exact_thresholds(thresholds) == thresholds)))


def _finite(numbers: "Array") -> "Array":
    """Infinity as the power of 2 that takes its place when numbers are rounded."""
    import numpy

    return numpy.clip(numbers, -_AFTER_32, _AFTER_32)
