"""How large and how small a number can be that is not zero, as far as its expression tells.

Told as powers of two, roughly and on the safe side: enough to know that a product of a count and
a rate never leaves the range of doubles.
"""

from math import log2
from typing import NamedTuple

from segue.compiler.plan.nodes import Expr
from segue.compiler.types import FLOATS, Kind


class Magnitude(NamedTuple):
    """The number is zero, or its size is from 2^`least` to 2^`most`."""

    least: float
    most: float


ANY = Magnitude(-1074.0, 1024.0)
"""That of any double."""
_WHOLE_BITS = 64.0
_DEEP = 64


def magnitude(expr: Expr, depth: int = 0) -> Magnitude:
    """The magnitude of a number."""
    if depth > _DEEP:
        return ANY
    if expr.op == "literal":
        return _of(expr.param)
    if expr.type.kind not in FLOATS:
        places = expr.type.scale if expr.type.kind is Kind.DECIMAL else 0
        return Magnitude(-log2(10) * places - 1, _WHOLE_BITS)
    parts = [magnitude(arg, depth + 1) for arg in expr.args]
    match expr.op:
        case "to float" | "negate" | "abs":
            return parts[0]
        case "units":
            return Magnitude(0.0, _WHOLE_BITS)
        case "*":
            found = Magnitude(parts[0].least + parts[1].least, parts[0].most + parts[1].most)
        case "quotient":
            found = Magnitude(parts[0].least - parts[1].most, parts[0].most - parts[1].least)
        case "+" | "-":
            found = Magnitude(ANY.least, max(parts[0].most, parts[1].most) + 1)
        case "sqrt":
            return Magnitude(parts[0].least / 2 - 1, parts[0].most / 2 + 1)
        case "least" | "greatest" | "??":
            found = _either(parts)
        case "if":
            found = _either(parts[1:])
        case _:
            return ANY
    # A rounding away from zero, now and then; and no double is beyond the range of doubles.
    return Magnitude(max(found.least - 1, ANY.least), min(found.most + 1, ANY.most))


def _of(value: object) -> Magnitude:
    if not isinstance(value, int | float) or value == 0:
        return Magnitude(0.0, 0.0)
    return Magnitude(log2(abs(value)) - 1, log2(abs(value)) + 1)


def _either(parts: list[Magnitude]) -> Magnitude:
    return Magnitude(min(p.least for p in parts), max(p.most for p in parts))
