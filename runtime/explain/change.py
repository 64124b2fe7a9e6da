"""The smallest change that would turn the answer round."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from segue.compiler.types import INTEGERS, MEASURED, Kind
from segue.runtime.explain.tree import COMPARISONS, Condition, Form, Operand

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
# How far a change of kind is, beside changes of size: as far as from nothing to the threshold.
_OTHER_VALUE = 1.0
_FROM_MISSING = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """A test that would have to turn out otherwise.

    Where that takes another number, `target` is the nearest one. `distance` is relative to
    the greater of the two sides: 0 for the slightest change, 1 for one from nothing.
    """

    condition: Condition
    distance: float
    subject: Operand | None = None
    comparison: str = ""
    threshold: Operand | None = None
    target: int | float | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """How the answer could turn: by any one of `single`, nearest first; else by all of
    `together`. Both are empty where nothing could turn it."""

    single: tuple[Change, ...]
    together: tuple[Change, ...]


def ways_to_turn(root: Condition) -> Ways:
    """What would make a true condition false, or a false one true."""
    changes = {test.id: _change(test) for test in root.tests if test.test != "literal"}
    single = [c for i, c in changes.items() if _truth(root, i) is not root.holds]
    single.sort(key=lambda change: change.distance)
    if single:
        return Ways(tuple(single), ())
    cheapest = _cheapest(root, not root.holds, changes)
    return Ways((), tuple(changes[i] for i in cheapest) if cheapest else ())


def _truth(node: Condition, flipped: int) -> bool:
    """What a condition would be if one of its tests turned out otherwise."""
    if node.id == flipped:
        return not node.holds
    parts = [_truth(part, flipped) for part in node.parts]
    match node.form:
        case Form.ALL:
            return all(parts)
        case Form.ANY:
            return any(parts)
        case Form.NOT:
            return not parts[0]
        case Form.CHOICE:
            return parts[1] if parts[0] else parts[2]
        case Form.TEST:
            return node.holds


def _cheapest(
    node: Condition, wanted: bool, changes: Mapping[int, Change]
) -> frozenset[int] | None:
    """The fewest tests to turn for a condition to be as wanted; None where nothing helps."""

    def weigh(chosen: frozenset[int]) -> tuple[int, float]:
        return len(chosen), sum(changes[i].distance for i in chosen)

    def every(parts: tuple[Condition, ...], goal: bool) -> frozenset[int] | None:
        found = [_cheapest(part, goal, changes) for part in parts]
        known = [choice for choice in found if choice is not None]
        return frozenset().union(*known) if len(known) == len(found) else None

    def some(choices: list[frozenset[int] | None]) -> frozenset[int] | None:
        return min((c for c in choices if c is not None), key=weigh, default=None)

    if node.holds is wanted:
        return frozenset()
    match node.form:
        case Form.TEST:
            return frozenset({node.id}) if node.id in changes else None
        case Form.NOT:
            return _cheapest(node.parts[0], not wanted, changes)
        case Form.ALL | Form.ANY if wanted is (node.form is Form.ALL):
            return every(node.parts, wanted)
        case Form.ALL | Form.ANY:
            return some([_cheapest(part, wanted, changes) for part in node.parts])
        case Form.CHOICE:
            condition, then, otherwise = node.parts
            branches: list[frozenset[int] | None] = []
            for truth, branch in ((True, then), (False, otherwise)):
                first = _cheapest(condition, truth, changes)
                second = _cheapest(branch, wanted, changes)
                if first is not None and second is not None:
                    branches.append(first | second)
            return some(branches)


def _change(test: Condition) -> Change:
    if test.test not in COMPARISONS:
        missing = any(o.value is None for o in test.operands)
        return Change(test, _FROM_MISSING if missing else _OTHER_VALUE, test.operands[0], test.test)
    left, right = test.operands
    wanted = _OPPOSITE[test.test] if test.holds else test.test
    ways = [
        way
        for subject, comparison, other in ((left, wanted, right), (right, _FLIPPED[wanted], left))
        if not subject.constant and (way := _move(test, subject, comparison, other)) is not None
    ]
    return min(ways, key=lambda way: way.distance, default=Change(test, _OTHER_VALUE))


def _move(test: Condition, subject: Operand, wanted: str, other: Operand) -> Change | None:
    """How one side of a comparison would have to change; None where it cannot go there."""
    if subject.value is None or other.value is None:
        return Change(test, _FROM_MISSING, subject, wanted, other)
    if subject.type.kind not in MEASURED:
        return Change(test, _OTHER_VALUE, subject, wanted, other)
    value, threshold = _number(subject), _number(other)
    exact = subject.type.kind in INTEGERS
    step = Fraction(1, 10**subject.type.scale) if exact else Fraction(0)
    target = _nearest(wanted, threshold, step)
    if subject.counts and target < 0:
        return None
    span = max(abs(value), abs(target), step)
    distance = float(abs(target - value) / span) if span else 0.0
    return Change(test, distance, subject, wanted, other, _as_left(target, subject))


def _number(operand: Operand) -> Fraction:
    """The number itself, whatever the places of its type."""
    return Fraction(operand.value) / Fraction(10**operand.type.scale)


def _nearest(comparison: str, threshold: Fraction, step: Fraction) -> Fraction:
    """The value nearest the threshold, among the multiples of a step, that compares so."""
    if not step:
        return threshold
    place = threshold / step
    match comparison:
        case ">":
            return (floor(place) + 1) * step
        case ">=":
            return ceil(place) * step
        case "<":
            return (ceil(place) - 1) * step
        case "<=":
            return floor(place) * step
        case "!=":
            return threshold + step
        case _:
            return threshold


def _as_left(target: Fraction, left: Operand) -> int | float:
    exact = left.type.kind in INTEGERS or left.type.kind is Kind.DURATION
    return round(target * 10**left.type.scale) if exact else float(target)
