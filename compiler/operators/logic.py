"""Truth: `and`, `or`, `not`, and choosing between values. Every truth is true or false."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segue.compiler.operators.declaration import (
    ALL_KINDS,
    Form,
    Missing,
    Operator,
    Parameter,
    SolverCall,
    SqlCall,
    same,
    signature,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.solver_terms import (
    Term,
    all_of,
    any_of,
    either,
    opposite,
    truth,
)
from segue.compiler.operators.sql_trees import exp
from segue.compiler.types import Kind

FAMILY = "Logic"


AT_ONCE = 100
"""Conditions written one after the other; more are bracketed in groups, since an engine reads a
chain as expressions inside one another, of which it takes so many (SQLite 1,000)."""


def _and(call: SqlCall) -> exp.Expr:
    return _joined(exp.and_, call.args)


def _or(call: SqlCall) -> exp.Expr:
    return _joined(exp.or_, call.args)


def _joined(join: Callable[..., exp.Expr], conditions: Sequence[exp.Expr]) -> exp.Expr:
    while len(conditions) > AT_ONCE:
        starts = range(0, len(conditions), AT_ONCE)
        conditions = [join(*conditions[at : at + AT_ONCE], copy=False) for at in starts]
    return join(*conditions, copy=False)


def _case(call: SqlCall) -> exp.Expr:
    condition, then, otherwise = call.args
    return exp.Case(ifs=[exp.If(this=condition, true=then)], default=otherwise)


def _default(call: SolverCall) -> Term:
    value, default = call.args
    there = Term(value.value, True, value.ways)
    return either(value.present, there, default)


OPERATORS = (
    Operator(
        name="and",
        family=FAMILY,
        form=Form.VARIADIC,
        signatures=(signature(Kind.BOOL, Kind.BOOL),),
        missing=Missing.HANDLED,
        doc="True when every part is true.",
        example="email_opens_30d >= 10 and click_rate_30d >= 15%",
        sql=_and,
        solver=lambda call: Term(all_of(*map(truth, call.args))),
    ),
    Operator(
        name="or",
        family=FAMILY,
        form=Form.VARIADIC,
        signatures=(signature(Kind.BOOL, Kind.BOOL),),
        missing=Missing.HANDLED,
        doc="True when at least one part is true.",
        example='country == "FR" or country == "BE"',
        sql=_or,
        solver=lambda call: Term(any_of(*map(truth, call.args))),
    ),
    Operator(
        name="not",
        family=FAMILY,
        form=Form.PREFIX,
        signatures=(signature(Kind.BOOL, Kind.BOOL),),
        missing=Missing.HANDLED,
        doc=(
            "The exact complement: true wherever its part is not. A comparison with a missing "
            "value is false, so its `not` is true."
        ),
        example="not exists(email_open over last 60d)",
        sql=lambda call: exp.not_(call.args[0], copy=False),
        python=python("not a"),
        solver=lambda call: Term(opposite(truth(call.args[0]))),
    ),
    Operator(
        name="truth",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.BOOL, Kind.BOOL),),
        missing=Missing.FALSE,
        doc="A bool value used as a condition: missing is false.",
        sql=lambda call: call.dialect.is_true(call.args[0]),
        python=python("a"),
        solver=lambda call: Term(call.args[0].value),
    ),
    Operator(
        name="if",
        family=FAMILY,
        form=Form.SPECIAL,
        signatures=tuple(signature(Kind.BOOL, kind, kind, kind) for kind in ALL_KINDS),
        parameters=(Parameter("condition"), Parameter("then"), Parameter("otherwise")),
        missing=Missing.HANDLED,
        may_miss=lambda types: types[1].nullable or types[2].nullable,
        doc="`if c then a else b`: the first value where the condition is true, else the second.",
        example='if country == "US" then 21 else 18',
        sql=_case,
        python=python("b if a else c"),
        solver=lambda call: either(truth(call.args[0]), call.args[1], call.args[2]),
    ),
    Operator(
        name="is missing",
        family=FAMILY,
        form=Form.POSTFIX,
        signatures=same(1, *ALL_KINDS, result=Kind.BOOL),
        missing=Missing.HANDLED,
        doc="True where there is no value. `is not missing` is its complement.",
        example="birth_date is missing",
        sql=lambda call: exp.Is(this=call.args[0], expression=exp.Null()),
        python=python("a is None"),
        solver=lambda call: Term(opposite(call.args[0].present)),
    ),
    Operator(
        name="??",
        family=FAMILY,
        form=Form.INFIX,
        signatures=same(2, *ALL_KINDS),
        parameters=(Parameter("value"), Parameter("default")),
        missing=Missing.HANDLED,
        may_miss=lambda types: types[1].nullable,
        doc="The value, or the default where the value is missing.",
        example="last_nps ?? 0",
        sql=lambda call: exp.Coalesce(this=call.args[0], expressions=[call.args[1]]),
        python=python("b if a is None else a"),
        solver=_default,
    ),
)
