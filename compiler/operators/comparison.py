"""Comparisons. A comparison with a missing value is false."""

from __future__ import annotations

import ast as python_ast
from collections.abc import Callable

from segue.compiler.operators.declaration import (
    Form,
    Missing,
    Operator,
    Parameter,
    PythonCall,
    Signature,
    SolverCall,
    SqlCall,
    SqlLowering,
    same,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.solver_terms import Term, any_of, compare
from segue.compiler.operators.sql_trees import exp
from segue.compiler.types import TEXTS, Kind

FAMILY = "Comparison"

ORDERED = (
    Kind.INT,
    Kind.DECIMAL,
    Kind.RATIO,
    Kind.PROBABILITY,
    Kind.FLOAT,
    Kind.DATE,
    Kind.TIMESTAMP,
    Kind.DURATION,
    Kind.STRING,
)
EQUATABLE = (*ORDERED[:-1], Kind.BOOL, Kind.ENUM, Kind.STRING)


def _compare(node: Callable[..., exp.Expr]) -> SqlLowering:
    def lower(call: SqlCall) -> exp.Expr:
        left, right = call.args
        if call.expr.args[0].type.kind in TEXTS:
            left, right = call.dialect.binary_text(left), call.dialect.binary_text(right)
        return node(this=left, expression=right)

    return lower


def _in(call: PythonCall) -> python_ast.expr:
    constants = call.expr.param
    assert isinstance(constants, tuple)
    return python_ast.Compare(
        call.args[0],
        [python_ast.In()],
        [python_ast.Set([python_ast.Constant(c) for c in constants])],
    )


def _among(call: SolverCall) -> Term:
    constants = call.expr.param
    assert isinstance(constants, tuple)
    of = call.expr.args[0].type
    equal = (compare("==", call.args[0], call.world.constant(c, of)) for c in constants)
    return Term(any_of(*equal))


def _operator(
    name: str, node: Callable[..., exp.Expr], doc: str, example: str, *kinds: Kind
) -> Operator:
    return Operator(
        name=name,
        family=FAMILY,
        form=Form.INFIX,
        signatures=same(2, *kinds, result=Kind.BOOL),
        parameters=(Parameter("left"), Parameter("right")),
        missing=Missing.FALSE,
        doc=doc,
        example=example,
        sql=_compare(node),
        python=python(f"a {name} b"),
        solver=lambda call: Term(compare(name, *call.args)),
    )


OPERATORS: tuple[Operator, ...] = (
    _operator(
        "==",
        lambda **sides: exp.EQ(**sides),
        "Equal. Text is compared by code point, capitals and blanks included.",
        'plan == "pro"',
        *EQUATABLE,
    ),
    _operator(
        "!=",
        lambda **sides: exp.NEQ(**sides),
        "Both values are there and differ. Unlike `not (a == b)`, false where one is missing.",
        'plan != "free"',
        *EQUATABLE,
    ),
    _operator(
        "<",
        lambda **sides: exp.LT(**sides),
        "Less than.",
        "orders_90d < orders_previous_90d",
        *ORDERED,
    ),
    _operator(
        "<=",
        lambda **sides: exp.LTE(**sides),
        "Less than or equal.",
        "age(signed_up_at) <= 30d",
        *ORDERED,
    ),
    _operator(
        ">", lambda **sides: exp.GT(**sides), "Greater than.", "support_tickets > 0", *ORDERED
    ),
    _operator(
        ">=",
        lambda **sides: exp.GTE(**sides),
        "Greater than or equal.",
        "email_opens_30d >= 10",
        *ORDERED,
    ),
    Operator(
        name="in",
        family=FAMILY,
        form=Form.SPECIAL,
        signatures=tuple(Signature((kind,), Kind.BOOL) for kind in EQUATABLE),
        parameters=(Parameter("value"),),
        missing=Missing.FALSE,
        doc=(
            "`x in [a, b]`: equal to one of the constants. `x not in […]` is the complement, "
            "and so true where `x` is missing."
        ),
        example='country in ["FR", "BE", "LU"]',
        sql=lambda call: call.dialect.in_constants(
            call.args[0], call.expr.args[0].type, call.expr.param
        ),
        python=_in,
        solver=_among,
    ),
)
