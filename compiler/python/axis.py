"""The values of one input, cut where some check of it changes its answer.

The answer of every check is constant between two cuts, so a check is a set of the intervals
between them, with one more place for a missing value: a bit set of places. A negation is the
complement, `and` the intersection.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf, nextafter
from typing import Any

from segue.compiler.python.access import input_reader
from segue.compiler.python.boundary import INFINITY
from segue.compiler.python.checks import TEXT_TESTS, Check
from segue.compiler.python.fast import float_threshold, halfway
from segue.compiler.python.inputs import Input
from segue.compiler.python.support import GREATEST_FLOAT
from segue.compiler.types import FLOATS, TEXTS, Kind

ORDER = frozenset({"<", "<=", ">", ">="})


class NotOnAxis(TypeError):
    """A value that is not of the input's type falls between the places of an axis."""


def fits(check: Check) -> bool:
    """Whether a check is a set of places."""
    return check.test not in TEXT_TESTS


@dataclass(frozen=True, slots=True)
class Axis:
    """The places of one input: `cuts` in order, or one place for each of the `values`.

    Place i of an ordered axis holds what is at least `cuts[i - 1]` and less than `cuts[i]`.
    Place i of an unordered one holds `values[i]`, and the place after those all other values.
    The last place is that of missing values.
    """

    input: Input
    cuts: Sequence[Any]
    values: Mapping[Any, int] | None

    @property
    def missing(self) -> int:
        """The place of missing values."""
        return (len(self.cuts) if self.values is None else len(self.values)) + 1

    def places(self, check: Check) -> int:
        """Where the check is true, as a bit set of places."""
        present = self._present(check)
        return present | (1 << self.missing if check.when_missing else 0)

    def _present(self, check: Check) -> int:
        there = (1 << self.missing) - 1
        match check.test:
            case "is missing":
                return 0
            case "truth":
                return self._equal(True)
            case "in":
                found = 0
                for value in check.operand:
                    found |= self._equal(value)
                return found
            case "==":
                return self._equal(check.operand)
            case "!=":
                return there & ~self._equal(check.operand)
            case ">=":
                return self._at_least(check.operand)
            case ">":
                return self._at_least(_after(check.input, check.operand))
            case "<":
                return there & ~self._at_least(check.operand)
            case "<=":
                return there & ~self._at_least(_after(check.input, check.operand))
        raise AssertionError(check.test)

    def _at_least(self, cut: Any) -> int:
        there = (1 << self.missing) - 1
        return there & ~((1 << bisect_right(self.cuts, cut)) - 1)

    def _equal(self, value: Any) -> int:
        if self.values is not None:
            return 1 << self.values[value]
        return self._at_least(value) & ~self._at_least(_after(self.input, value))


def make_axis(input: Input, checks: Iterable[Check]) -> Axis:
    """The axis on which all these checks of one input are sets of places."""
    checks = list(checks)
    if input.type.kind is Kind.BOOL:
        return Axis(input, (), {True: 0, False: 1})
    ordered = any(check.test in ORDER for check in checks)
    if input.type.kind in TEXTS and not ordered:
        operands = (value for check in checks for value in _operands(check))
        return Axis(input, (), {value: i for i, value in enumerate(dict.fromkeys(operands))})
    cuts: set[Any] = set()
    for check in checks:
        for value in _operands(check):
            if check.test in (">=", "<", "==", "!=", "in"):
                cuts.add(value)
            if check.test in (">", "<=", "==", "!=", "in"):
                cuts.add(_after(input, value))
    return Axis(input, sorted(cuts), None)


def _operands(check: Check) -> tuple[Any, ...]:
    if check.test in ("is missing", "truth"):
        return ()
    return tuple(check.operand) if check.test == "in" else (check.operand,)


def _after(input: Input, value: Any) -> Any:
    """The least value greater than this one."""
    if input.type.kind in FLOATS:
        return nextafter(value, inf)
    return value + "\0" if input.type.kind in TEXTS else value + 1


def finder(axis: Axis) -> Callable[[Any], int]:
    """What finds the place of a caller's value, of whatever type it is."""
    read = input_reader(axis.input)
    if axis.input.type.kind is Kind.DECIMAL:
        return _decimal_finder(axis)
    cuts, values, missing = axis.cuts, axis.values, axis.missing

    def find(value: Any) -> int:
        found = read(value)
        if found is None:
            return missing
        if values is not None:
            return values.get(found, missing - 1)
        if found.__class__ is float and not isinstance(cuts[0], float) and abs(found) != INFINITY:
            raise NotOnAxis(f"{axis.input.name} is a whole number, not {value!r}")
        return bisect_right(cuts, found)

    return find if values is not None or cuts else lambda value: _only(read, value)


def _only(read: Callable[[Any], Any], value: Any) -> int:
    return 1 if read(value) is None else 0


def _decimal_finder(axis: Axis) -> Callable[[Any], int]:
    """Finds decimals among cuts halfway below each value, so that nothing need be rounded."""
    scale, missing = axis.input.type.scale, axis.missing
    exact = [halfway(2 * cut - 1, scale) for cut in axis.cuts]
    floats = [float_threshold(cut) for cut in exact]
    read = input_reader(axis.input)

    def find(value: Any) -> int:
        kind = value.__class__
        if kind is Decimal:
            return bisect_right(exact, value)
        if kind is float and -GREATEST_FLOAT <= value <= GREATEST_FLOAT:
            return bisect_right(floats, value)
        found = read(value)
        return missing if found is None else bisect_right(axis.cuts, found)

    return find
