"""What solver lowerings are made of: z3's expressions, imported when the first is built, and
values that may be missing.

The solver knows two truth values only, so a value of the language is a pair: whether it is
there, and which it is. Presence is a Python bool where that is known, which keeps formulas small.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Z3 = Any
"""An expression of z3: a truth, a whole or a real number."""
Truth = Any
"""A truth of z3, or a Python bool."""


class _Z3Module:
    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module("z3"), name)
        setattr(self, name, found)
        return found


z3: Any = _Z3Module()


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a number comes about: where `when` holds it is a fraction.

    A `denominator` of None is 1. Comparing fractions with constants by multiplying keeps the
    formula linear, which z3 decides; a division by an unknown it does not.
    """

    when: Truth
    numerator: Z3
    denominator: Z3 | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A value in the solver. `ways` are there only where a quotient takes part in it."""

    value: Z3
    present: Truth = True
    ways: tuple[Way, ...] = ()

    def all_ways(self) -> tuple[Way, ...]:
        """The ways in which the value comes about: at least one."""
        return self.ways or (Way(True, self.value),)


def all_of(*parts: Truth) -> Truth:
    """Their conjunction; a Python bool where that is known."""
    unknown = [part for part in parts if part is not True]
    if any(part is False for part in unknown):
        return False
    if not unknown:
        return True
    return unknown[0] if len(unknown) == 1 else _junction(z3.Z3_mk_and, unknown)


def any_of(*parts: Truth) -> Truth:
    """Their disjunction; a Python bool where that is known."""
    unknown = [part for part in parts if part is not False]
    if any(part is True for part in unknown):
        return True
    if not unknown:
        return False
    return unknown[0] if len(unknown) == 1 else _junction(z3.Z3_mk_or, unknown)


def _junction(make: Any, parts: list[Truth]) -> Z3:
    """`And` or `Or` of truths: z3's own, which first finds out what its operands are, take most
    of the time that a question takes."""
    context = z3.main_ctx()
    operands = (z3.Ast * len(parts))(*(part.as_ast() for part in parts))
    return z3.BoolRef(make(context.ref(), len(parts), operands), context)


def opposite(part: Truth) -> Truth:
    """Its complement."""
    return (not part) if isinstance(part, bool) else z3.Not(part)


def implied(condition: Truth, consequence: Truth) -> Truth:
    """`condition` is false or `consequence` is true."""
    return any_of(opposite(condition), consequence)


def truth(term: Term) -> Truth:
    """A term as a condition: missing is false."""
    return all_of(term.present, term.value)


def chosen(condition: Truth, then: Z3, otherwise: Z3) -> Z3:
    """`then` where the condition holds."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    return z3.If(condition, then, otherwise)


def either(condition: Truth, then: Term, otherwise: Term) -> Term:
    """One of two terms, with the ways of both."""
    ways: tuple[Way, ...] = ()
    if then.ways or otherwise.ways:
        ways = (
            *(Way(all_of(condition, w.when), w.numerator, w.denominator) for w in then.all_ways()),
            *(
                Way(all_of(opposite(condition), w.when), w.numerator, w.denominator)
                for w in otherwise.all_ways()
            ),
        )
    present = chosen(condition, _truth(then.present), _truth(otherwise.present))
    if then.present is True and otherwise.present is True:
        present = True
    return Term(chosen(condition, then.value, otherwise.value), present, ways)


def _truth(part: Truth) -> Z3:
    return z3.BoolVal(part) if isinstance(part, bool) else part


COMPARISONS: dict[str, Callable[[Z3, Z3], Z3]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compare(name: str, left: Term, right: Term) -> Truth:
    """The comparison of two values that are there."""
    if not left.ways and not right.ways:
        return COMPARISONS[name](left.value, right.value)
    whole = COMPARISONS[name](left.value, right.value)
    return any_of(
        *(
            all_of(a.when, b.when, _compare_ways(name, a, b, whole))
            for a in left.all_ways()
            for b in right.all_ways()
        )
    )


def _compare_ways(name: str, left: Way, right: Way, whole: Truth) -> Truth:
    if left.denominator is None and right.denominator is None:
        return COMPARISONS[name](left.numerator, right.numerator)
    if left.denominator is None:
        return _compare_ways(_FLIPPED[name], right, left, whole)
    if right.denominator is not None or not is_number(right.numerator):
        return whole
    product = left.denominator * right.numerator
    return z3.If(
        left.denominator > 0,
        COMPARISONS[name](left.numerator, product),
        COMPARISONS[name](product, left.numerator),
    )


def is_number(value: Z3) -> bool:
    """Whether a value is a constant number."""
    return bool(z3.is_int_value(value) or z3.is_rational_value(value))
