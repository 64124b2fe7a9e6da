"""Checks: conditions that compare one input with constants, in one normal form.

Most conditions are of this kind, and it is what can be made fast: a check is compared in the
caller's own units without converting the value, and checks of one input share a table of
thresholds when there are many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

from segue.compiler.plan.nodes import Expr
from segue.compiler.python.boundary import Value
from segue.compiler.python.inputs import Input
from segue.compiler.python.support import pattern
from segue.compiler.types import Kind

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
TEXT_TESTS = frozenset({"starts with", "ends with", "contains", "matches"})


@dataclass(frozen=True, slots=True)
class Check:
    """`input test operand`, and what it is where the input is missing.

    `test` is a comparison, `in` (the operand is a tuple), a text test, `truth` or
    `is missing`. Operands are representations of the input's type.
    """

    input: Input
    test: str
    operand: Any
    when_missing: bool


def as_check(node: Expr, inputs: Mapping[int, Input]) -> Check | None:
    """The condition as a check, if it is one."""
    if node.id in inputs or node.op == "??":
        return _check(node, inputs, "truth", None) if node.type.kind is Kind.BOOL else None
    if node.op in FLIPPED:
        left, right = node.args
        if right.op == "literal":
            return _comparison(left, inputs, node.op, right.param)
        if left.op == "literal":
            return _comparison(right, inputs, FLIPPED[node.op], left.param)
        return None
    if node.op in TEXT_TESTS and node.args[1].op == "literal":
        return _check(node.args[0], inputs, node.op, node.args[1].param)
    if node.op in ("in", "truth", "is missing"):
        return _check(node.args[0], inputs, node.op, node.param)
    return None


def _comparison(value: Expr, inputs: Mapping[int, Input], test: str, operand: Any) -> Check | None:
    if value.op != "rescale" or value.id in inputs:
        return _check(value, inputs, test, operand)
    # A finer threshold than the input's own places: round it to where it cuts the same.
    assert isinstance(value.param, int)
    threshold = Fraction(operand, value.param)
    if threshold.denominator != 1:
        if test in ("==", "!="):
            return None
        operand = ceil(threshold) if test in (">=", "<") else floor(threshold)
    else:
        operand = int(threshold)
    return _check(value.args[0], inputs, test, operand)


def _check(value: Expr, inputs: Mapping[int, Input], test: str, operand: Any) -> Check | None:
    default: Any = None
    if value.id not in inputs and value.op == "??" and value.args[1].op == "literal":
        default = value.args[1].param
        value = value.args[0]
    found = inputs.get(value.id)
    if found is None:
        return None
    if found.default is not None:
        default = found.default
    if test == "is missing" and default is not None:
        return None  # With its default the value is never missing, though the input may be.
    return Check(found, test, operand, holds(test, operand, default))


def holds(test: str, operand: Any, value: Value | None) -> bool:
    """What a check of this value gives."""
    if value is None:
        return test == "is missing"
    match test:
        case "is missing":
            return False
        case "truth":
            return value is True
        case "in":
            return value in operand
        case "==":
            return bool(value == operand)
        case "!=":
            return bool(value != operand)
        case _:
            return _ordered(test, operand, value)


def _ordered(test: str, operand: Any, value: Any) -> bool:
    match test:
        case "<":
            return bool(value < operand)
        case "<=":
            return bool(value <= operand)
        case ">":
            return bool(value > operand)
        case ">=":
            return bool(value >= operand)
        case "starts with":
            return bool(value.startswith(operand))
        case "ends with":
            return bool(value.endswith(operand))
        case "contains":
            return operand in value
        case "matches":
            return pattern(operand)(value) is not None
    raise AssertionError(test)
