"""How numbers are spelled: exact ones of 64 bits, and doubles that are finite or missing."""

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.sql.trees import (
    Tree,
    add,
    bracket,
    call,
    case,
    cast,
    integer,
    multiply,
    string,
    subtract,
)
from segue.compiler.types import Type

MAX_FLOAT = 1.7976931348623157e308
MAX_WHOLE = 2**53
MAX_UNITS = 9 * 10**18
# Added before a division that truncates, so that it rounds down for negative numbers too.
LIFT = 2**62


class Numbers:
    """Constants, columns and arithmetic of numbers."""

    double: ClassVar[str] = "DOUBLE"
    bigint: ClassVar[str] = "BIGINT"

    def float_literal(self, value: float) -> Tree:
        """A double, exactly. A bare 0.1 would be a decimal on half of the engines."""
        return cast(exp.Literal.number(repr(value)), self.double)

    def compared_float(self, value: float) -> Tree:
        """A double, exactly, beside one that is known to be a double; shorter where possible."""
        return self.float_literal(value)

    def finite_leaf(self, column: Tree) -> Tree:
        """A column of doubles, NaN and infinity missing."""
        limit = self.float_literal(MAX_FLOAT)
        condition = exp.LTE(this=exp.Abs(this=column.copy()), expression=limit)
        return case((condition, cast(column, self.double)))

    def units(self, column: Tree, factor: int, *, half: bool) -> Tree:
        """A numeric column times a factor, as a whole number, halves upwards.

        Missing where it does not fit 64 bits, or is NaN.
        """
        limit = integer(MAX_UNITS // factor)
        fits = exp.LTE(this=exp.Abs(this=column.copy()), expression=limit)
        scaled = multiply(column, self.decimal_factor(factor)) if factor != 1 else column
        rounded = call("FLOOR", add(scaled, self.half()) if half else scaled)
        return case((fits, self.whole(rounded)))

    def half(self) -> Tree:
        """0.5 as an exact number."""
        return exp.Literal.number("0.5")

    def decimal_factor(self, factor: int) -> Tree:
        """What a numeric column of any kind is multiplied by."""
        return integer(factor)

    def whole(self, value: Tree) -> Tree:
        """A number without a fraction, known to fit, as a whole number of 64 bits."""
        return cast(value, self.bigint)

    def wide(self, value: Tree) -> Tree:
        """A whole number of any width as one of 64 bits, before arithmetic."""
        return cast(value, self.bigint)

    def finite(self, value: Tree) -> Tree:
        """A computed double, NaN and infinity missing; says `value` once."""
        for name in ("nan", "inf", "-inf"):
            value = exp.Nullif(this=value, expression=cast(string(name), self.double))
        return value

    def doubles(self, node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr) -> Tree:
        """A sum, difference or product of doubles, missing where it is not finite."""
        return self.finite(node(this=left, expression=right))

    def double_quotient(self, left: Tree, right: Tree, expr: Expr) -> Tree:
        """A quotient of doubles, missing where it is not finite or the divisor is 0."""
        return self.finite(self.divide(left, right))

    def divide(self, left: Tree, right: Tree) -> Tree:
        """IEEE division of doubles, missing where the divisor is 0."""
        right = self.divisor(right)
        return exp.Div(this=bracket(left), expression=right, typed=True, safe=False)

    def divisor(self, value: Tree) -> Tree:
        """A double to divide by, missing where it is 0."""
        constant = isinstance(value, exp.Cast) and isinstance(value.this, exp.Literal)
        if constant and float(value.this.this) != 0.0:
            return value
        return exp.Nullif(this=value, expression=self.float_literal(0.0))

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """Division of whole numbers that are not negative, rounding down."""
        return exp.Div(this=bracket(left), expression=integer(right), typed=True, safe=False)

    def remainder(self, left: Tree, right: int) -> Tree:
        """The remainder of a whole number that is not negative."""
        return exp.Mod(this=bracket(left), expression=integer(right))

    def floor(self, value: Tree) -> Tree:
        """A double rounded down to a whole number; missing beyond 2^53."""
        size = exp.Abs(this=value.copy())
        fits = exp.LTE(this=size, expression=self.float_literal(float(MAX_WHOLE)))
        return case((fits, self.whole(call("FLOOR", value))))

    def floor_divide(self, value: Tree, divisor: int) -> Tree:
        """A whole number divided by a positive one, rounding down."""
        if divisor == 1:
            return value
        lift = LIFT // divisor
        lifted = add(value, integer(lift * divisor))
        return subtract(self.integer_divide(lifted, divisor), integer(lift))

    def modulo(self, value: Tree, divisor: int) -> Tree:
        """The remainder of the division that rounds down: from 0 to divisor - 1."""
        return self.remainder(add(value, integer(LIFT // divisor * divisor)), divisor)

    def square_root(self, value: Tree) -> Tree:
        """The square root, missing for a negative number."""
        negative = exp.GTE(this=value.copy(), expression=self.float_literal(0.0))
        return case((negative, call("SQRT", value)))

    def to_double(self, value: Tree, scale: int) -> Tree:
        """An exact number of `scale` places as a double, by one division."""
        double = cast(value, self.double)
        if scale == 0:
            return double
        divisor = self.float_literal(float(10**scale))
        return exp.Div(this=double, expression=divisor, typed=True, safe=False)

    def fixed_point(self, value: Tree, places: int) -> Tree:
        """A double in fixed point, missing where that does not fit 64 bits."""
        limit = self.float_literal(float(MAX_UNITS // 10**places))
        fits = exp.LTE(this=exp.Abs(this=value.copy()), expression=limit)
        scaled = multiply(value, self.float_literal(float(10**places)))
        rounded = call("FLOOR", add(scaled, self.float_literal(0.5)))
        return case((fits, self.whole(rounded)))

    def absolute(self, value: Tree, type: Type) -> Tree:
        """A number without its sign."""
        return exp.Abs(this=value)

    def extreme(self, which: str, left: Tree, right: Tree) -> Tree:
        """`LEAST` or `GREATEST` of two values that are there."""
        return call(which.upper(), left, right)
