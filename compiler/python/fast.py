"""Checks in the caller's own units: what makes predicates as fast as written by hand.

Nothing is converted and nothing is looked up twice. Values of the expected type decide as
written; a value that is missing decides through an inline test where its type says it may be
missing, and otherwise makes the comparison raise, so that the careful function takes over.
Nothing unexpected decides silently: see `predicates` for the contract.
"""

import ast
from datetime import timedelta
from decimal import Decimal
from math import inf, nextafter
from typing import Any

from segue.compiler.plan.windows import EPOCH, to_date
from segue.compiler.python.checks import Check
from segue.compiler.python.module import (
    Module,
    both,
    call,
    compare,
    either,
    is_none,
    is_not_none,
    literal,
    name,
    negated,
    walrus,
)
from segue.compiler.python.support import GREATEST_FLOAT, pattern
from segue.compiler.types import FLOATS, Kind, Type

_OPERATORS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
LONGEST_CHAIN = 4


class Operand:
    """An input being read: the first use may bind it to a local, later uses read that."""

    def __init__(self, tree: ast.expr, local: str | None, uses: int) -> None:
        self._first = walrus(local, tree) if local is not None and uses > 1 else tree
        self._again = name(local) if local is not None else tree
        self._used = False

    def __call__(self) -> ast.expr:
        """The input, for one use of it."""
        if self._used:
            return self._again
        self._used = True
        return self._first


def uses(check: Check) -> int:
    """How often the code of a check reads its input, or 0 where it has no fast code."""
    counter = _Counter()
    return counter.count if fast_check(check, counter, Module()) is not None else 0


class _Counter(Operand):
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> ast.expr:
        self.count += 1
        return name("x")


def fast_check(check: Check, x: Operand, module: Module) -> ast.expr | None:
    """The check as an expression over the caller's value, or None where only the careful
    form is right."""
    kind = check.input.type.kind
    if check.test == "is missing":
        return either(is_none(x()), _unusable(kind, x))
    guarded = check.input.type.nullable and not _false_for_none(check, kind)
    if check.when_missing:
        guards = [is_none(x())]
    elif guarded:
        guards = [is_not_none(x())]
    else:
        guards = []
    tree = _test(check, x, module)
    if tree is None:
        return None
    if check.when_missing:
        return either(*guards, tree, _unusable(kind, x))
    return both(*guards, tree)


def _unusable(kind: Kind, x: Operand) -> ast.expr:
    """Whether a value that is not None is missing all the same: NaN, infinite."""
    if kind in FLOATS:
        return negated(_within(x, _greatest(negative=True), ast.LtE()))
    return compare(x(), (ast.NotEq(), x()))


def _false_for_none(check: Check, kind: Kind) -> bool:
    """Whether the code of the test is false for None by itself, without raising."""
    if kind is Kind.BOOL or check.test == "in":
        return True
    if check.test == "==":
        return kind not in (Kind.DATE, Kind.TIMESTAMP, Kind.DURATION, Kind.DECIMAL)
    return False


def _test(check: Check, x: Operand, module: Module) -> ast.expr | None:
    match check.input.type.kind:
        case Kind.BOOL:
            return _bool_test(check, x)
        case Kind.STRING | Kind.ENUM if check.test not in _OPERATORS and check.test != "in":
            return _text_test(check, x, module)
        case Kind.INT | Kind.STRING | Kind.ENUM:
            return _plain_test(check, x)
        case Kind.FLOAT | Kind.RATIO | Kind.PROBABILITY:
            return _float_test(check, x)
        case Kind.DECIMAL:
            return _any_of(check, lambda test, value: _decimal_test(check, test, value, x, module))
        case _:
            return _any_of(check, lambda test, value: _time_test(check, test, value, x, module))


def _any_of(check: Check, one: Any) -> ast.expr | None:
    if check.test != "in":
        tree: ast.expr | None = one(check.test, check.operand)
        return tree
    if len(check.operand) > LONGEST_CHAIN:
        return None
    parts = [one("==", value) for value in check.operand]
    return None if any(part is None for part in parts) else either(*parts)


def _bool_test(check: Check, x: Operand) -> ast.expr | None:
    if check.test == "in":
        return None
    wanted = check.test == "truth" or (check.test == "==") == check.operand
    # Two identity tests decide nearly always; the call knows about NaN and numpy.
    return either(
        compare(x(), (ast.Is(), ast.Constant(wanted))),
        both(
            compare(x(), (ast.IsNot(), ast.Constant(not wanted))),
            call("is_true" if wanted else "is_false", x()),
        ),
    )


def _plain_test(check: Check, x: Operand) -> ast.expr:
    if check.test == "in":
        return compare(x(), (ast.In(), literal(frozenset(check.operand))))
    constant = ast.Constant(check.operand)
    if check.test == "!=":
        unequal = compare(x(), (ast.NotEq(), constant))
        return both(unequal, is_not_none(x()), compare(x(), (ast.Eq(), x())))
    return compare(x(), (_OPERATORS[check.test](), constant))


def _text_test(check: Check, x: Operand, module: Module) -> ast.expr:
    constant = ast.Constant(check.operand)
    match check.test:
        case "contains":
            return compare(constant, (ast.In(), x()))
        case "matches":
            search = name(module.bind(pattern(check.operand)))
            return is_not_none(ast.Call(search, [x()], []))
        case _:
            method = "startswith" if check.test == "starts with" else "endswith"
            return ast.Call(ast.Attribute(x(), method, ast.Load()), [constant], [])


def _greatest(negative: bool = False) -> ast.expr:
    return ast.Constant(-GREATEST_FLOAT if negative else GREATEST_FLOAT)


def _within(x: Operand, low: ast.expr, op: ast.cmpop) -> ast.expr:
    """`low op x <= MAX`: also false for an infinity and for what is not a number."""
    return compare(low, (op, x()), (ast.LtE(), _greatest()))


def _float_test(check: Check, x: Operand) -> ast.expr:
    if check.test == "in":
        return compare(x(), (ast.In(), literal(frozenset(check.operand))))
    constant = ast.Constant(check.operand)
    match check.test:
        case ">=":
            return _within(x, constant, ast.LtE())
        case ">":
            return _within(x, constant, ast.Lt())
        case "<" | "<=":
            return compare(
                _greatest(negative=True),
                (ast.LtE(), x()),
                (_OPERATORS[check.test](), constant),
            )
        case "==":
            return compare(x(), (ast.Eq(), constant))
        case _:
            unequal = compare(x(), (ast.NotEq(), constant))
            return both(unequal, _within(x, _greatest(negative=True), ast.LtE()))


def _decimal_test(check: Check, test: str, value: int, x: Operand, module: Module) -> ast.expr:
    """A decimal is compared with the halfway points between its values: a float, or a decimal
    with more places, then falls on the side it would be rounded to."""
    below = _Halfway(2 * value - 1, check.input.type.scale, x, module)
    above = _Halfway(2 * value + 1, check.input.type.scale, x, module)
    match test:
        case ">=":
            return below.compared(ast.GtE())
        case "<":
            return below.compared(ast.Lt())
        case ">":
            return above.compared(ast.GtE())
        case "<=":
            return above.compared(ast.Lt())
        case "==":
            return both(below.compared(ast.GtE()), above.compared(ast.Lt()))
        case _:
            return either(below.compared(ast.Lt()), above.compared(ast.GtE()))


class _Halfway:
    """A point halfway between two decimals, as a Decimal and as a float."""

    def __init__(self, halves: int, scale: int, x: Operand, module: Module) -> None:
        self._x = x
        point = halfway(halves, scale)
        self._exact = module.constant(point)
        self._float = ast.Constant(float_threshold(point))

    def compared(self, op: ast.cmpop) -> ast.expr:
        """The comparison that costs least for the class of the value."""
        of_class = compare(
            ast.Attribute(self._x(), "__class__", ast.Load()), (ast.Is(), name("Decimal"))
        )
        exact = compare(self._x(), (op, self._exact))
        return ast.IfExp(of_class, exact, compare(self._x(), (op, self._float)))


def halfway(halves: int, scale: int) -> Decimal:
    """`halves` / 2 units of 10^-scale, exactly."""
    digits = tuple(int(d) for d in str(abs(halves) * 5))
    return Decimal((1 if halves < 0 else 0, digits, -scale - 1))


def float_threshold(point: Decimal) -> float:
    """The least double that is not below the point: a double compares alike with both."""
    nearest = float(point)
    return nearest if Decimal(nearest) >= point else nextafter(nearest, inf)


def _time_test(check: Check, test: str, value: int, x: Operand, module: Module) -> ast.expr | None:
    constant = _moment(value, check.input.type)
    if constant is None:
        return None
    tree = module.constant(constant)
    match test:
        # Not `==`: it is false, where the others raise, for a date or a time without a zone.
        case "==":
            return compare(tree, (ast.LtE(), x()), (ast.LtE(), tree))
        case "!=":
            return either(compare(x(), (ast.Lt(), tree)), compare(x(), (ast.Gt(), tree)))
        case _:
            return compare(x(), (_OPERATORS[test](), tree))


def _moment(value: int, type: Type) -> Any:
    try:
        match type.kind:
            case Kind.DATE:
                return to_date(value)
            case Kind.TIMESTAMP:
                return EPOCH + timedelta(microseconds=value)
            case _:
                return timedelta(microseconds=value)
    except OverflowError:
        return None
