"""Numbers. Integers and decimals are exact; floats are IEEE doubles, always finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segue.compiler.operators.declaration import (
    MEASURES,
    NUMERIC,
    Form,
    Operator,
    Parameter,
    Signature,
    SolverCall,
    SolverLowering,
    SqlCall,
    SqlLowering,
    same,
    signature,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.solver_terms import (
    Term,
    Way,
    all_of,
    implied,
    is_number,
    z3,
)
from segue.compiler.operators.sql_trees import exp
from segue.compiler.operators.variants import by_result
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import FLOATS, Kind, Type

FAMILY = "Numbers"


def _overflows(types: tuple[Type, ...]) -> bool:
    """A float result may leave the range of doubles, and is missing then."""
    return any(type.kind in FLOATS for type in types)


def _binary(node: Callable[..., exp.Expr]) -> SqlLowering:
    def lower(call: SqlCall) -> exp.Expr:
        left, right = (
            exp.paren(a, copy=False) if isinstance(a, exp.Binary) else a for a in call.args
        )
        if call.expr.type.kind in FLOATS and call.expr.type.nullable:
            return call.dialect.doubles(node, left, right, call.expr)
        return node(this=left, expression=right)

    return lower


def _clamp(build: Build, args: tuple[Expr, ...]) -> Expr:
    value, low, high = args
    return build.call("least", build.call("greatest", value, low), high)


def _extreme(name: str, comparison: Callable[..., exp.Expr]) -> SqlLowering:
    def lower(call: SqlCall) -> exp.Expr:
        a, b = call.args
        if not any(operand.type.nullable for operand in call.expr.args):
            return call.dialect.extreme(name, a, b)
        # Not LEAST or GREATEST: engines differ on a missing operand.
        return exp.Case(
            ifs=[
                exp.If(this=comparison(this=a, expression=b), true=a.copy()),
                exp.If(this=exp.Is(this=a.copy(), expression=exp.Null()), true=exp.Null()),
            ],
            default=b.copy(),
        )

    return lower


def _quotient(call: SqlCall) -> exp.Expr:
    # Quotients of whole numbers never leave the range of doubles.
    whole = all(operand.op in ("units", "literal") for operand in call.expr.args)
    if whole or not call.expr.type.nullable:
        return call.dialect.divide(*call.args)
    left, right = call.args
    return call.dialect.double_quotient(left, right, call.expr)


def _exactly(meaning: Callable[..., Any]) -> SolverLowering:
    """The lowering of what has no exceptions. Numbers of the solver are exact and have no
    greatest: it knows nothing of the rounding of doubles, nor of their overflow."""

    def lower(call: SolverCall) -> Term:
        return Term(meaning(*(arg.value for arg in call.args)))

    return lower


def _real(value: Any) -> Any:
    return z3.ToReal(value) if z3.is_int(value) else value


def _product(call: SolverCall) -> Term:
    a, b = (arg.value for arg in call.args)
    if call.world.bounded or is_number(a) or is_number(b):
        return Term(a * b)
    # z3 gives up on products of unknowns in proofs, so only their sign is told.
    product = call.unknown()
    call.world.fact(implied(all_of(a >= 0, b >= 0), product >= 0))
    call.world.fact(implied(all_of(a > 0, b > 0), product > 0))
    call.world.fact((product == 0) == z3.Or(a == 0, b == 0))
    return Term(product)


def _fraction(call: SolverCall) -> Term:
    numerator, denominator = (_real(arg.value) for arg in call.args)
    if is_number(denominator):
        divides = z3.simplify(denominator != 0)
        return Term(numerator / denominator, z3.is_true(divides))
    quotient = call.unknown()
    fact = call.world.fact
    if call.world.bounded:
        fact(implied(denominator != 0, quotient * denominator == numerator))
    for bound in (0, 1):
        product = bound * denominator
        fact(implied(denominator > 0, (quotient >= bound) == (numerator >= product)))
        fact(implied(denominator > 0, (quotient <= bound) == (numerator <= product)))
        fact(implied(denominator < 0, (quotient >= bound) == (numerator <= product)))
        fact(implied(denominator < 0, (quotient <= bound) == (numerator >= product)))
    return Term(quotient, denominator != 0, (Way(True, numerator, denominator),))


def _root(call: SolverCall) -> Term:
    square, root = call.args[0].value, call.unknown()
    call.world.fact(root >= 0)
    if call.world.bounded:
        call.world.fact(implied(square >= 0, root * root == square))
    return Term(root, square >= 0)


OPERATORS = (
    Operator(
        name="+",
        family=FAMILY,
        form=Form.INFIX,
        signatures=(
            *same(2, Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.DURATION),
            signature(Kind.TIMESTAMP, Kind.DURATION, Kind.TIMESTAMP),
            signature(Kind.DURATION, Kind.TIMESTAMP, Kind.TIMESTAMP),
        ),
        parameters=(Parameter("left"), Parameter("right")),
        doc="Sum. A timestamp plus a duration is a timestamp.",
        example="orders_30d + returns_30d",
        may_miss=_overflows,
        sql=_binary(lambda **sides: exp.Add(**sides)),
        python=by_result(exact=python("a + b"), double=python("finite(a + b)")),
        solver=_exactly(lambda a, b: a + b),
    ),
    Operator(
        name="-",
        family=FAMILY,
        form=Form.INFIX,
        signatures=(
            *same(2, Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.DURATION),
            signature(Kind.TIMESTAMP, Kind.TIMESTAMP, Kind.DURATION),
            signature(Kind.TIMESTAMP, Kind.DURATION, Kind.TIMESTAMP),
        ),
        parameters=(Parameter("left"), Parameter("right")),
        doc="Difference. Between two timestamps it is a duration.",
        example="last(purchase.at) - first(purchase.at)",
        may_miss=_overflows,
        sql=_binary(lambda **sides: exp.Sub(**sides)),
        python=by_result(exact=python("a - b"), double=python("finite(a - b)")),
        solver=_exactly(lambda a, b: a - b),
    ),
    Operator(
        name="*",
        family=FAMILY,
        form=Form.INFIX,
        signatures=(
            signature(Kind.INT, Kind.INT, Kind.INT),
            signature(Kind.DECIMAL, Kind.DECIMAL, Kind.DECIMAL, scale="sum"),
            signature(Kind.DURATION, Kind.INT, Kind.DURATION),
            signature(Kind.INT, Kind.DURATION, Kind.DURATION),
            signature(Kind.FLOAT, Kind.FLOAT, Kind.FLOAT),
        ),
        parameters=(Parameter("left"), Parameter("right")),
        doc="Product. Decimals stay exact: the places of the result are those of both together.",
        example="purchase.price * purchase.quantity",
        may_miss=_overflows,
        sql=_binary(lambda **sides: exp.Mul(**sides)),
        python=by_result(exact=python("a * b"), double=python("finite(a * b)")),
        solver=_product,
    ),
    Operator(
        name="/",
        family=FAMILY,
        form=Form.INFIX,
        signatures=(
            signature(Kind.INT, Kind.INT, Kind.RATIO),
            signature(Kind.DECIMAL, Kind.INT, Kind.FLOAT),
            signature(Kind.INT, Kind.DECIMAL, Kind.FLOAT),
            signature(Kind.DECIMAL, Kind.DECIMAL, Kind.RATIO),
            signature(Kind.DURATION, Kind.DURATION, Kind.RATIO),
            signature(Kind.DURATION, Kind.INT, Kind.DURATION),
            signature(Kind.FLOAT, Kind.FLOAT, Kind.FLOAT),
        ),
        parameters=(Parameter("left"), Parameter("right")),
        partial=True,
        doc=(
            "Quotient; missing where the divisor is 0. Between two counts, amounts or durations "
            "it is a ratio, to be compared with a percentage; of a duration by a whole number it "
            "is a duration."
        ),
        example="count(email_click over last 30d) / count(email_send over last 30d)",
        expand=lambda build, args: build.divide(*args),
    ),
    Operator(
        name="quotient",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(
            signature(Kind.FLOAT, Kind.FLOAT, Kind.FLOAT),
            signature(Kind.FLOAT, Kind.FLOAT, Kind.RATIO),
        ),
        partial=True,
        doc="IEEE division; missing where the divisor is 0 or the result is not finite.",
        sql=_quotient,
        python=python("quotient(a, b)"),
        solver=_fraction,
    ),
    Operator(
        name="negate",
        family=FAMILY,
        form=Form.PREFIX,
        signatures=same(1, *NUMERIC, Kind.DURATION),
        doc="`-x`: the opposite number.",
        example="-change_30d",
        sql=lambda call: exp.Neg(this=exp.paren(call.args[0], copy=False)),
        python=python("-a"),
        solver=_exactly(lambda a: -a),
    ),
    Operator(
        name="abs",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=same(1, *NUMERIC, Kind.DURATION),
        parameters=(Parameter("x"),),
        doc="The size of a number, without its sign.",
        example="abs(orders_30d - orders_previous_30d)",
        sql=lambda call: call.dialect.absolute(call.args[0], call.expr.type),
        python=python("abs(a)"),
        solver=_exactly(lambda a: z3.If(a < 0, -a, a)),
    ),
    Operator(
        name="floor",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.DECIMAL, Kind.INT), signature(Kind.FLOAT, Kind.INT)),
        parameters=(Parameter("x"),),
        partial=True,
        doc="The greatest whole number not above `x`. Missing beyond ±2^53.",
        example="floor(average_order)",
        sql=lambda call: (
            call.dialect.floor_divide(call.args[0], 10 ** call.expr.args[0].type.scale)
            if call.expr.args[0].type.kind is Kind.DECIMAL
            else call.dialect.floor(call.args[0])
        ),
        python=lambda call: (
            python(f"a // {10 ** call.expr.args[0].type.scale}")(call)
            if call.expr.args[0].type.kind is Kind.DECIMAL
            else python("whole(a)")(call)
        ),
        solver=lambda call: Term(
            call.args[0].value / 10 ** call.expr.args[0].type.scale
            if call.expr.args[0].type.kind is Kind.DECIMAL
            else z3.ToInt(call.args[0].value)
        ),
    ),
    Operator(
        name="round",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.DECIMAL, Kind.INT), signature(Kind.FLOAT, Kind.INT)),
        parameters=(Parameter("x"),),
        partial=True,
        doc="The nearest whole number, halves upwards: `floor(x + 0.5)`.",
        example="round(average_order)",
        expand=lambda build, args: build.call("floor", build.call("+", args[0], build.half())),
    ),
    Operator(
        name="sqrt",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.FLOAT, Kind.FLOAT),),
        parameters=(Parameter("x"),),
        partial=True,
        doc="The square root; missing for a negative number.",
        example="sqrt(variance)",
        sql=lambda call: call.dialect.square_root(call.args[0]),
        python=python("square_root(a)"),
        solver=_root,
    ),
    Operator(
        name="least",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=same(2, *MEASURES, Kind.DATE, Kind.TIMESTAMP),
        doc="The smaller of two values.",
        sql=_extreme("least", lambda **sides: exp.LTE(**sides)),
        python=python("a if a <= b else b"),
        solver=_exactly(lambda a, b: z3.If(a <= b, a, b)),
    ),
    Operator(
        name="greatest",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=same(2, *MEASURES, Kind.DATE, Kind.TIMESTAMP),
        doc="The greater of two values.",
        sql=_extreme("greatest", lambda **sides: exp.GTE(**sides)),
        python=python("a if a >= b else b"),
        solver=_exactly(lambda a, b: z3.If(a >= b, a, b)),
    ),
    Operator(
        name="min of",
        family=FAMILY,
        form=Form.VARIADIC,
        signatures=same(1, *MEASURES, Kind.DATE, Kind.TIMESTAMP),
        doc="`min of (a, b, …)`: the smallest of the values. `min(…)` is the aggregate.",
        example="min of (orders_30d, 10)",
        expand=lambda build, args: build.fold("least", args),
    ),
    Operator(
        name="max of",
        family=FAMILY,
        form=Form.VARIADIC,
        signatures=same(1, *MEASURES, Kind.DATE, Kind.TIMESTAMP),
        doc="`max of (a, b, …)`: the greatest of the values. `max(…)` is the aggregate.",
        example="max of (last(email_open.at), last(page_view.at))",
        expand=lambda build, args: build.fold("greatest", args),
    ),
    Operator(
        name="clamp",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=same(3, *MEASURES),
        parameters=(Parameter("x"), Parameter("low"), Parameter("high")),
        doc="`x`, but not below `low` and not above `high`.",
        example="clamp(momentum, -1, 1)",
        expand=_clamp,
    ),
    Operator(
        name="to float",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(
            *same(1, Kind.INT, Kind.DURATION, Kind.RATIO, Kind.PROBABILITY, result=Kind.FLOAT),
            signature(Kind.DECIMAL, Kind.FLOAT),
        ),
        doc="An exact number as a double: one IEEE division by 10^places.",
        sql=lambda call: call.dialect.to_double(call.args[0], call.expr.args[0].type.scale),
        python=lambda call: python(
            f"float(a) / {float(10 ** call.expr.args[0].type.scale)!r}"
            if call.expr.args[0].type.scale
            else "float(a)"
        )(call),
        solver=lambda call: Term(
            _real(call.args[0].value) / 10 ** call.expr.args[0].type.scale
            if call.expr.args[0].type.scale
            else _real(call.args[0].value)
        ),
    ),
    Operator(
        name="units",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=same(1, Kind.INT, Kind.DECIMAL, Kind.DURATION, result=Kind.FLOAT),
        doc="The whole number that represents an exact value, as a double.",
        sql=lambda call: call.dialect.to_double(call.args[0], 0),
        python=python("float(a)"),
        solver=_exactly(lambda a: _real(a)),
    ),
    Operator(
        name="rescale",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.INT, Kind.DECIMAL), signature(Kind.DECIMAL, Kind.DECIMAL)),
        doc="A decimal with more places; its parameter is the factor, a power of ten.",
        sql=lambda call: exp.Mul(
            this=exp.paren(call.args[0], copy=False), expression=exp.Literal.number(call.expr.param)
        ),
        python=python("a * p0"),
        solver=lambda call: Term(call.args[0].value * call.expr.param),
    ),
    Operator(
        name="fixed",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(Signature((Kind.FLOAT,), Kind.DECIMAL, 6),),
        partial=True,
        doc="A double in fixed point, `floor(x · 10^places + 0.5)`: sums of it are exact.",
        sql=lambda call: call.dialect.fixed_point(call.args[0], call.expr.type.scale),
        python=lambda call: python(f"fixed_point(a, {call.expr.type.scale})")(call),
        solver=lambda call: Term(
            z3.ToInt(call.args[0].value * 10**call.expr.type.scale + z3.Q(1, 2))
        ),
    ),
    Operator(
        name="whole duration",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.FLOAT, Kind.DURATION),),
        partial=True,
        doc="Microseconds as a double, rounded down to whole ones.",
        sql=lambda call: call.dialect.floor(call.args[0]),
        python=python("whole(a)"),
        solver=_exactly(lambda a: z3.ToInt(a)),
    ),
)
