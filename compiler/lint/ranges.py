"""Between which numbers a value lies, as far as the catalog and its making tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from segue.compiler.catalog.model import Catalog, Field
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.compiler.plan.windows import Calendar, LastEvents, Sliding
from segue.compiler.types import Kind


@dataclass(frozen=True, slots=True)
class Range:
    """The values from `low` to `high`, both included, in the representation of the type."""

    low: float = -inf
    high: float = inf

    def or_in(self, other: "Range") -> "Range":
        """The smallest range with the values of both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


ANYTHING = Range()
NOT_NEGATIVE = Range(low=0)

_PARTS = {
    "hour": Range(0, 23),
    "day of date": Range(1, 31),
    "month of date": Range(1, 12),
    "weekday of date": Range(1, 7),
    "length": NOT_NEGATIVE,
    "abs": NOT_NEGATIVE,
}


def range_of(expr: Expr, catalog: Catalog, event: str = "") -> Range:
    """Where the value of an expression lies when it has one.

    `event` is that of the rows that it reads.
    """
    if expr.op == "literal":
        value = expr.param
        return Range(value, value) if isinstance(value, int | float) else ANYTHING
    if expr.op == "attribute":
        return _field(catalog.entity.attributes.get(str(expr.param)))
    if expr.op == "property":
        return _property(expr, catalog, event)
    if isinstance(expr.param, Aggregate):
        return _aggregate(expr.param, catalog)
    if expr.op in _PARTS:
        return _PARTS[expr.op]
    if expr.op == "-" and _is_age(expr):
        return NOT_NEGATIVE
    rule = _RULES.get(expr.op)
    if rule is None:
        return Range(0, 1) if expr.type.kind is Kind.PROBABILITY else ANYTHING
    return rule(expr, [range_of(arg, catalog, event) for arg in expr.args])


def _field(field: Field | None) -> Range:
    if field is None:
        return ANYTHING
    if field.type.kind is Kind.PROBABILITY:
        return Range(0, 1)
    low = -inf if field.minimum is None else field.minimum
    return Range(low, inf if field.maximum is None else field.maximum)


def _property(expr: Expr, catalog: Catalog, event: str) -> Range:
    assert isinstance(expr.param, tuple)
    step, name = expr.param
    if step != 0 or event not in catalog.events:
        return ANYTHING
    return _field(catalog.events[event].properties.get(name))


def _aggregate(aggregate: Aggregate, catalog: Catalog) -> Range:
    match aggregate.kernel:
        case Kernel.COUNT | Kernel.DISTINCT:
            return Range(0, _most(aggregate))
        case Kernel.SUM:
            assert aggregate.value is not None
            value = range_of(aggregate.value, catalog, aggregate.event)
            return Range(0 if value.low >= 0 else -inf, 0 if value.high <= 0 else inf)
        case _:
            assert aggregate.value is not None
            return range_of(aggregate.value, catalog, aggregate.event)


def _most(aggregate: Aggregate) -> float:
    """The greatest count: of so many events, or of the periods of a window."""
    if isinstance(aggregate.window, LastEvents):
        return aggregate.window.count
    if aggregate.value is not None and aggregate.value.op == "period":
        assert isinstance(aggregate.value.param, tuple)
        match aggregate.value.param:
            case (Calendar(unit, count, _), str() as counted) if unit == counted:
                return count
            case (Sliding(start, end), int() as slice):
                return (start - end) // slice
    return inf


def _is_age(expr: Expr) -> bool:
    """Whether it is how long ago some event was: events after `as_of` do not exist."""
    now, moment = expr.args
    return (
        now.op == "as_of"
        and isinstance(moment.param, Aggregate)
        and moment.param.value is not None
        and moment.param.value.op == "event_time"
    )


def _either(_: Expr, ranges: list[Range]) -> Range:
    return ranges[-2].or_in(ranges[-1])


def _sum(_: Expr, ranges: list[Range]) -> Range:
    return Range(sum(r.low for r in ranges), sum(r.high for r in ranges))


def _not_negative(_: Expr, ranges: list[Range]) -> Range:
    """Of products and quotients, only that no sign can come from anywhere."""
    return NOT_NEGATIVE if all(r.low >= 0 for r in ranges) else ANYTHING


def _rescaled(expr: Expr, ranges: list[Range]) -> Range:
    assert isinstance(expr.param, int)
    return Range(ranges[0].low * expr.param, ranges[0].high * expr.param)


def _as_float(expr: Expr, ranges: list[Range]) -> Range:
    divisor = 10 ** expr.args[0].type.scale
    return Range(ranges[0].low / divisor, ranges[0].high / divisor)


def _least(_: Expr, ranges: list[Range]) -> Range:
    return Range(min(r.low for r in ranges), min(r.high for r in ranges))


def _greatest(_: Expr, ranges: list[Range]) -> Range:
    return Range(max(r.low for r in ranges), max(r.high for r in ranges))


_RULES: Mapping[str, Callable[[Expr, list[Range]], Range]] = {
    "??": _either,
    "if": _either,
    "+": _sum,
    "*": _not_negative,
    "quotient": _not_negative,
    "rescale": _rescaled,
    "to float": _as_float,
    "least": _least,
    "greatest": _greatest,
}
