"""Arithmetic of doubles on an engine that stops where a result leaves their range.

Elsewhere a sum, product or quotient that is too large is infinite, and so missing, and one that
is too small is 0. Here the operands are looked at first, by tests that never leave the range
themselves: numbers are scaled by powers of two, which is exact, so the tests are exact as well.
Operands that can be neither large nor small enough (most are counts, amounts and ratios of
these) need no test.
"""

from collections.abc import Callable

from sqlglot import exp

from segue.compiler.plan.magnitudes import magnitude
from segue.compiler.plan.nodes import Expr
from segue.compiler.sql.trees import Tree, call, cast, column, identifier, integer, multiply, null

Test = Callable[[Tree, Tree], Tree]
LEFT, RIGHT, OPERANDS = "left", "right", "operands"
_MOST, _LEAST = 1023, -1070


def guarded(node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr, double: str) -> Tree:
    """`left ∘ right`, missing where it would be too large, 0 where it would be too small.

    `expr` is what it computes, `double` the name of the type.
    """
    found = magnitude_of(expr)
    large = found[1] >= _MOST
    small = found[0] <= _LEAST and expr.op not in ("+", "-")
    result = _written(node, left, right)
    if not large and not small:
        return result
    if _is_plain(left) and _is_plain(right):
        return _case(node, left, right, expr.op, double, large=large, small=small)
    # Behind OFFSET the operands are computed once, and nothing is computed ahead of its test.
    inner = exp.select(
        exp.alias_(left, LEFT, quoted=True), exp.alias_(right, RIGHT, quoted=True), copy=False
    ).offset(0, copy=False)
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(OPERANDS)))
    names = column(LEFT, OPERANDS), column(RIGHT, OPERANDS)
    tests = _case(node, *names, expr.op, double, large=large, small=small)
    return exp.Subquery(this=exp.select(tests, copy=False).from_(source, copy=False))


def magnitude_of(expr: Expr) -> tuple[float, float]:
    """The smallest and greatest size that a result may have, were there no range."""
    a, b = (magnitude(arg) for arg in expr.args)
    match expr.op:
        case "*":
            return a.least + b.least, a.most + b.most
        case "quotient":
            return a.least - b.most, a.most - b.least
        case _:
            return min(a.least, b.least), max(a.most, b.most) + 1


def _case(
    node: Callable[..., Tree],
    left: Tree,
    right: Tree,
    op: str,
    double: str,
    *,
    large: bool,
    small: bool,
) -> Tree:
    tests = _Tests(double)
    ifs = []
    if large:
        ifs.append(exp.If(this=tests.too_large(op, left, right), true=null()))
    if small:
        ifs.append(exp.If(this=tests.too_small(op, left, right), true=tests.number(0.0)))
    return exp.Case(ifs=ifs, default=_written(node, left.copy(), right.copy()))


def _written(node: Callable[..., Tree], left: Tree, right: Tree) -> Tree:
    return node(this=left, expression=right)


def _is_plain(tree: Tree) -> bool:
    """Whether an operand costs nothing to be written several times."""
    literal = isinstance(tree, exp.Cast) and isinstance(tree.this, exp.Literal)
    return isinstance(tree, exp.Column) or literal


class _Tests:
    """The tests, as trees over operands that may be written several times."""

    def __init__(self, double: str) -> None:
        self.double = double

    def number(self, value: float) -> Tree:
        return cast(exp.Literal.number(repr(value)), self.double)

    def power(self, exponent: int) -> Tree:
        return self.number(2.0**exponent)

    def size(self, value: Tree) -> Tree:
        return exp.Abs(this=value.copy())

    def at_least(self, value: Tree, limit: Tree) -> Tree:
        """The size of a value, or the limit where that is greater. Of a missing value the limit."""
        return call("GREATEST", self.size(value), limit)

    def at_most(self, value: Tree, limit: Tree) -> Tree:
        """The size of a value, or the limit where that is smaller. Of a missing value the limit."""
        return call("LEAST", self.size(value), limit)

    def too_large(self, op: str, left: Tree, right: Tree) -> Tree:
        """Whether the result would round to an infinity."""
        one = self.power(0)
        match op:
            case "*":
                # A factor below 1 makes nothing larger.
                sides = (
                    multiply(self.at_least(side, one.copy()), self.power(-512))
                    for side in (left, right)
                )
                scaled = exp.Mul(this=exp.paren(next(sides)), expression=exp.paren(next(sides)))
                return exp.GTE(this=scaled, expression=one.copy())
            case "quotient":
                dividend = multiply(self.at_least(left, self.power(-1000)), self.power(-1))
                divisor = multiply(self.at_most(right, one), self.power(1023))
                return exp.GTE(this=dividend, expression=divisor)
            case _:
                halves = [
                    multiply(self.at_least(side, one.copy()), self.power(-1))
                    for side in (left, right)
                ]
                half = exp.Add(this=halves[0], expression=halves[1])
                beyond = exp.GTE(this=half, expression=self.power(1023))
                positive = [
                    exp.paren(exp.GT(this=side.copy(), expression=integer(0)))
                    for side in (left, right)
                ]
                alike = exp.EQ if op == "+" else exp.NEQ
                signs = alike(this=positive[0], expression=positive[1])
                return exp.and_(signs, beyond, copy=False)

    def too_small(self, op: str, left: Tree, right: Tree) -> Tree:
        """Whether the result would round to 0."""
        one, zero = self.power(0), self.number(0.0)
        # 0 is no small number: what it gives, or does not, the operation itself says.
        there = exp.Nullif(this=left.copy(), expression=zero)
        small = multiply(self.at_most(there, one.copy()), self.power(1023))
        if op == "*":
            other = exp.Nullif(this=self.at_most(right, one.copy()), expression=zero.copy())
            limit: Tree = exp.Div(this=self.power(-52), expression=other, typed=True, safe=False)
        else:
            limit = multiply(self.at_least(right, one.copy()), self.power(-52))
        return exp.LTE(this=small, expression=limit)
