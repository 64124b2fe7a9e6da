"""The columns that a model makes of its features, as expressions over a row for each entity."""

from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.scores import numbers
from segue.compiler.scores.model import Absent, Category, Column, Number
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.trees import (
    Tree,
    bracket,
    case,
    cast,
    coalesce,
    is_null,
    subtract,
)
from segue.compiler.types import FLOATS, Kind, Type


@dataclass(frozen=True, slots=True)
class Feature:
    """The value of a feature where the model is computed; `type` is missing where it may be."""

    tree: Tree
    type: Type


def column_tree(dialect: Dialect, column: Column, feature: Feature) -> Tree:
    """A column as a double; NULL where it is missing."""
    value, missing = feature.tree.copy(), feature.type.nullable
    match column:
        case Category():
            same = dialect.in_constants(value, feature.type, [column.value])
            return case((same, _double(dialect, 1.0)), default=_double(dialect, 0.0))
        case Absent():
            if not missing:
                return _double(dialect, 0.0)
            return case((is_null(value), _double(dialect, 1.0)), default=_double(dialect, 0.0))
        case Number():
            number = _number(dialect, value, feature.type, column.divisor)
            if missing and column.missing is not None:
                return coalesce(number, _double(dialect, column.missing))
            return number


def _number(dialect: Dialect, value: Tree, type: Type, divisor: float) -> Tree:
    if type.kind is Kind.BOOL:
        absent = [(is_null(value.copy()), exp.null())] if type.nullable else []
        truth = (value, _double(dialect, 1.0))
        return case(*absent, truth, default=_double(dialect, 0.0))
    double = value if type.kind in FLOATS else cast(value, dialect.double)
    return double if divisor == 1.0 else dialect.divide(double, _double(dialect, divisor))


def settled(dialect: Dialect, value: Tree, type: Type) -> Tree:
    """`numbers.settled`, of a column by itself; only doubles can be out of range."""
    if type.kind not in FLOATS:
        return value
    top, bottom = _double(dialect, numbers.GREATEST), _double(dialect, -numbers.GREATEST)
    size = exp.Abs(this=value.copy())
    return case(
        (exp.GT(this=value.copy(), expression=top), top.copy()),
        (exp.LT(this=value.copy(), expression=bottom), bottom.copy()),
        (exp.LT(this=size, expression=_double(dialect, numbers.SMALLEST)), _double(dialect, 0.0)),
        default=value,
    )


def standardised(dialect: Dialect, value: Tree, center: float, scale: float) -> Tree:
    """A column less its centre, over its scale."""
    if center != 0.0:
        value = subtract(value, _double(dialect, center))
    return value if scale == 1.0 else dialect.divide(bracket(value), _double(dialect, scale))


def _double(dialect: Dialect, value: float) -> Tree:
    return dialect.float_literal(value)
