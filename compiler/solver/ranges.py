"""Between which constants a value of an event lies: by the catalog, and by the `where`."""

from collections.abc import Iterable
from dataclasses import dataclass

from segue.compiler.catalog.model import TableEvent
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import INTEGERS, Kind

_EXACT = INTEGERS | {Kind.DURATION}


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included, in the units of the type; None is open."""

    low: int | None = None
    high: int | None = None

    def narrowed(self, other: "Range") -> "Range":
        """What lies in both."""
        lows = [x for x in (self.low, other.low) if x is not None]
        highs = [x for x in (self.high, other.high) if x is not None]
        return Range(max(lows, default=None), min(highs, default=None))


def range_of(value: Expr, event: TableEvent, wheres: Iterable[Expr]) -> Range:
    """The range of an exact number over the rows of an event that fulfil the conditions."""
    found = _of_value(value, event)
    for where in wheres:
        for test in where.args if where.op == "and" else (where,):
            found = found.narrowed(_of_test(test, value))
    return found


def _of_value(value: Expr, event: TableEvent) -> Range:
    match value.op:
        case "literal" if isinstance(value.param, int):
            return Range(value.param, value.param)
        case "property" if isinstance(value.param, tuple):
            field = event.properties[value.param[1]]
            return Range(_whole(field.minimum), _whole(field.maximum))
        case "??":
            inner, default = (_of_value(arg, event) for arg in value.args)
            return _hull(inner, default)
        case "rescale" if isinstance(value.param, int):
            return _scaled(_of_value(value.args[0], event), value.param)
        case "fixed":
            return _of_fixed(value, event)
        case "+":
            left, right = (_of_value(arg, event) for arg in value.args)
            return Range(_plus(left.low, right.low), _plus(left.high, right.high))
        case "*":
            return _of_product(*(_of_value(arg, event) for arg in value.args))
        case "days as duration" | "length":
            return Range(0 if value.op == "length" else None)
    return Range()


def _of_test(test: Expr, value: Expr) -> Range:
    """What a comparison of the value with a constant says of it."""
    if len(test.args) != 2 or value.type.kind not in _EXACT:
        return Range()
    left, right = test.args
    operator = test.op
    if left.op == "literal":
        left, right = right, left
        operator = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
    if left is not value or right.op != "literal" or not isinstance(right.param, int):
        return Range()
    bound = right.param
    match operator:
        case "==":
            return Range(bound, bound)
        case ">=" | ">":
            return Range(bound + (operator == ">"), None)
        case "<=" | "<":
            return Range(None, bound - (operator == "<"))
    return Range()


def _of_fixed(value: Expr, event: TableEvent) -> Range:
    argument = value.args[0]
    if argument.op != "property" or not isinstance(argument.param, tuple):
        return Range()
    field = event.properties[argument.param[1]]
    factor = 10**value.type.scale
    probability = argument.type.kind is Kind.PROBABILITY
    low = 0 if probability and field.minimum is None else field.minimum
    high = 1 if probability and field.maximum is None else field.maximum
    # Rounded to whole units, a bound moves by one at the most.
    return Range(
        None if low is None else int(low * factor) - (1 if low * factor % 1 else 0),
        None if high is None else int(high * factor) + (1 if high * factor % 1 else 0),
    )


def _of_product(left: Range, right: Range) -> Range:
    if left.low is None or right.low is None or left.low < 0 or right.low < 0:
        return Range()
    high = None if left.high is None or right.high is None else left.high * right.high
    return Range(left.low * right.low, high)


def _hull(a: Range, b: Range) -> Range:
    low = None if a.low is None or b.low is None else min(a.low, b.low)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Range(low, high)


def _scaled(inner: Range, factor: int) -> Range:
    return Range(
        None if inner.low is None else inner.low * factor,
        None if inner.high is None else inner.high * factor,
    )


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _whole(bound: int | float | None) -> int | None:
    return None if bound is None else int(bound)
