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
from segue.compiler.sql.trees import (
    Tree,
    bracket,
    call,
    column,
    identifier,
    integer,
    multiply,
    null,
)

Number = Callable[[float], Tree]
LEFT, RIGHT, OPERANDS = "left", "right", "operands"
_MOST, _LEAST = 1023, -1070


def guarded(node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr, number: Number) -> Tree:
    """`left ∘ right`, missing where it would be too large, 0 where it would be too small.

    `expr` is what it computes, `number` writes a constant. The operands are written several times.
    """
    tests = _Tests(number)
    ifs = [*_if_too_large(tests, left, right, expr), *_if_too_small(tests, left, right, expr)]
    return _otherwise(ifs, node, left, right)


def guarded_above(
    node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr, number: Number
) -> Tree:
    """The same where the engine itself makes 0 of what is too small."""
    return _otherwise(_if_too_large(_Halves(number), left, right, expr), node, left, right)


def guarded_once(
    node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr, number: Number
) -> Tree:
    """What `guarded` gives, from operands that are computed once, behind OFFSET."""
    if _is_plain(left) and _is_plain(right):
        return guarded(node, left, right, expr, number)
    names = column(LEFT, OPERANDS), column(RIGHT, OPERANDS)
    tested = guarded(node, *names, expr, number)
    if not isinstance(tested, exp.Case):
        return _written(node, left, right)
    # Nothing is computed ahead of its test either.
    inner = exp.select(
        exp.alias_(left, LEFT, quoted=True), exp.alias_(right, RIGHT, quoted=True), copy=False
    ).offset(0, copy=False)
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(OPERANDS)))
    return exp.Subquery(this=exp.select(tested, copy=False).from_(source, copy=False))


def divided(this: Tree, expression: Tree) -> Tree:
    """A quotient of doubles."""
    return exp.Div(this=bracket(this), expression=expression, typed=True, safe=False)


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


def _if_too_large(tests: "_Tests", left: Tree, right: Tree, expr: Expr) -> list[exp.If]:
    if magnitude_of(expr)[1] < _MOST:
        return []
    return [exp.If(this=tests.too_large(expr.op, left, right), true=null())]


def _if_too_small(tests: "_Tests", left: Tree, right: Tree, expr: Expr) -> list[exp.If]:
    if magnitude_of(expr)[0] > _LEAST or expr.op in ("+", "-"):
        return []
    return [exp.If(this=tests.too_small(expr.op, left, right), true=tests.number(0.0))]


def _otherwise(ifs: list[exp.If], node: Callable[..., Tree], left: Tree, right: Tree) -> Tree:
    if not ifs:
        return _written(node, left, right)
    return exp.Case(ifs=ifs, default=_written(node, left.copy(), right.copy()))


def _written(node: Callable[..., Tree], left: Tree, right: Tree) -> Tree:
    return node(this=left, expression=right)


def _is_plain(tree: Tree) -> bool:
    """Whether an operand costs nothing to be written several times."""
    literal = isinstance(tree, exp.Cast) and isinstance(tree.this, exp.Literal)
    return isinstance(tree, exp.Column) or literal


class _Tests:
    """The tests, as trees over operands that may be written several times."""

    def __init__(self, number: Number) -> None:
        self.number = number

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
                return self.too_large_a_sum(op, left, right)

    def too_large_a_sum(self, op: str, left: Tree, right: Tree) -> Tree:
        """The same of a sum or a difference."""
        halves = [
            multiply(self.at_least(side, self.power(0)), self.power(-1)) for side in (left, right)
        ]
        half = exp.Add(this=halves[0], expression=halves[1])
        beyond = exp.GTE(this=half, expression=self.power(1023))
        positive = [
            exp.paren(exp.GT(this=side.copy(), expression=integer(0))) for side in (left, right)
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


class _Halves(_Tests):
    """The tests where half of the smallest number is 0, and no error: shorter for sums."""

    def too_large_a_sum(self, op: str, left: Tree, right: Tree) -> Tree:
        """Half of it reaches half of what is too large."""
        halves = [multiply(exp.paren(side.copy()), self.power(-1)) for side in (left, right)]
        node = exp.Add if op == "+" else exp.Sub
        half = node(this=halves[0], expression=halves[1])
        return exp.GTE(this=exp.Abs(this=half), expression=self.power(1023))
