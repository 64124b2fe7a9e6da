"""The units in which models count: what a value of the plan is divided by to become a column."""

from segue.compiler.scores.model import DAY_UNIT
from segue.compiler.types import Kind, Type


def divisor(type: Type) -> float:
    """What a value of this type is divided by, as a double, in a column or a label.

    The plan counts a decimal in 10^-scale and a duration in microseconds; a model has units and
    days. Everything else stands for itself, a truth as 1 or 0.
    """
    if type.kind is Kind.DECIMAL:
        return float(10**type.scale)
    return float(DAY_UNIT) if type.kind is Kind.DURATION else 1.0
