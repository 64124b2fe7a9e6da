"""Instants, days and calendars; days and hours are those of the project's time zone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from segue.compiler.operators.declaration import (
    Form,
    Missing,
    Operator,
    Parameter,
    SolverCall,
    SqlCall,
    signature,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.solver_terms import Z3, Term, any_of, z3
from segue.compiler.operators.sql_trees import exp
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import (
    DAY,
    Binding,
    Calendar,
    Sliding,
    bounds,
    offset,
    period_edges,
)
from segue.compiler.types import Kind

FAMILY = "Time"
HOUR = 3_600_000_000


def _part(name: str, doc: str, example: str) -> Operator:
    return Operator(
        name=name,
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.DATE, Kind.INT), signature(Kind.TIMESTAMP, Kind.INT)),
        parameters=(Parameter("date"),),
        doc=doc,
        example=example,
        expand=lambda build, args: build.call(f"{name} of date", build.as_date(args[0])),
    )


def _civil(name: str) -> Operator:
    return Operator(
        name=f"{name} of date",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.DATE, Kind.INT),),
        doc=f"The {name} of a date.",
        sql=lambda call: call.dialect.civil_part(name, call.args[0]),
        python=python(f"to_date(a).{name}"),
        solver=lambda call: Term(_civil_parts(call.args[0].value)[name]),
    )


def _weekday(call: SqlCall) -> exp.Expr:
    shifted = exp.Add(this=exp.paren(call.args[0], copy=False), expression=exp.Literal.number(3))
    days = call.dialect.modulo(exp.paren(shifted, copy=False), 7)
    return exp.Add(this=days, expression=exp.Literal.number(1))


# How far the clocks of the world are apart from UTC, and a little more.
_FURTHEST_OFFSET = 16 * HOUR


def _local_day(call: SolverCall) -> Term:
    moment, world = call.args[0].value, call.world
    if world.bounded:
        return Term((moment + offset(world.binding.as_of, world.binding.zone)) / DAY)
    day = call.unknown()
    world.fact(day * DAY <= moment + _FURTHEST_OFFSET)
    world.fact((day + 1) * DAY > moment - _FURTHEST_OFFSET)
    return Term(day)


def _local_hour(call: SolverCall) -> Term:
    moment, world = call.args[0].value, call.world
    if world.bounded:
        local = moment + offset(world.binding.as_of, world.binding.zone)
        return Term(local % DAY / HOUR)
    hour = call.unknown()
    world.fact(z3.And(hour >= 0, hour <= 23))
    return Term(hour)


def _civil_parts(days: Z3) -> dict[str, Z3]:
    """Year, month and day of a day number, by divisions with constants only.

    Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    """
    shifted = days + 719_468
    era = shifted / 146_097
    of_era = shifted - era * 146_097
    year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)
    shifted_month = (5 * of_year + 2) / 153
    month = z3.If(shifted_month < 10, shifted_month + 3, shifted_month - 9)
    year = year_of_era + era * 400 + z3.If(month <= 2, 1, 0)
    return {"year": year, "month": month, "day": of_year - (153 * shifted_month + 2) / 5 + 1}


def _anniversary(call: SolverCall) -> Term:
    if not call.world.bounded:
        return Term(call.unknown())
    (within, *_), binding = _bound(call.expr, call.world.binding)
    parts = _civil_parts(call.args[0].value)
    coming = (binding.today + timedelta(days=n) for n in range(min(within, 366) + 1))
    days = dict.fromkeys((day.month, day.day) for day in coming)
    return Term(any_of(*(z3.And(parts["month"] == m, parts["day"] == d) for m, d in days)))


def _period(call: SolverCall) -> Term:
    moment, world = call.args[0].value, call.world
    if not world.bounded:
        index = call.unknown()
        world.fact(index >= 0)
        return Term(index)
    (window, unit), binding = _bound(call.expr, world.binding)
    if isinstance(window, Calendar):
        edges = period_edges(window, binding)[1:]
        return Term(z3.Sum(*(z3.If(moment >= edge, 1, 0) for edge in edges), 0))
    assert isinstance(window, Sliding)
    after = bounds(window, binding).after
    return Term((moment - after - 1) / unit)


def _bound(expr: Expr, binding: Binding) -> tuple[tuple[Any, ...], Binding]:
    """The parameters of what is relative to `as_of`, and what it is relative to.

    A further parameter, the last, is an instant of its own: that of a date of a back-test.
    """
    usual = 1 if expr.op == "anniversary in days" else 2
    parameters = expr.param if isinstance(expr.param, tuple) else (expr.param,)
    if len(parameters) > usual:
        binding = Binding(parameters[-1], binding.zone)
    return parameters[:usual], binding


def _anniversary_sql(call: SqlCall) -> exp.Expr:
    (within,), binding = _bound(call.expr, call.binding)
    return call.dialect.anniversary(call.args[0], binding.today, within)


def _period_sql(call: SqlCall) -> exp.Expr:
    parameters, binding = _bound(call.expr, call.binding)
    return call.dialect.period(call.args[0], parameters, binding)


OPERATORS = (
    Operator(
        name="age",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(
            signature(Kind.TIMESTAMP, Kind.DURATION),
            signature(Kind.DATE, Kind.DURATION),
        ),
        parameters=(Parameter("when"),),
        doc=(
            "How long ago it was: the duration from an instant to `as_of`. Of a date, whole days "
            "up to today, one day being 24h."
        ),
        example="age(last(email_click.at)) <= 7d",
        expand=lambda build, args: build.age(args[0]),
    ),
    Operator(
        name="until",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(
            signature(Kind.TIMESTAMP, Kind.DURATION),
            signature(Kind.DATE, Kind.DURATION),
        ),
        parameters=(Parameter("when"),),
        doc=(
            "How long it is until then: the duration from `as_of` to an instant, negative once it "
            "has passed. Of a date, whole days from today, one day being 24h."
        ),
        example="until(last(purchase.at) + 30d) between 0d and 3d",
        expand=lambda build, args: build.until(args[0]),
    ),
    Operator(
        name="date",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.TIMESTAMP, Kind.DATE),),
        parameters=(Parameter("when"),),
        doc="The calendar day of an instant, in the project's time zone.",
        example="date(signed_up_at) == today",
        sql=lambda call: call.dialect.floor_divide(
            call.dialect.local_time(call.args[0], call.binding, call.covered), DAY
        ),
        python=python("local_day(a, zone)"),
        solver=_local_day,
    ),
    Operator(
        name="hour",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.TIMESTAMP, Kind.INT),),
        parameters=(Parameter("when"),),
        doc="The hour of the clock, 0 to 23, in the project's time zone.",
        example="count(email_open where hour(at) < 9 over last 30d)",
        sql=lambda call: call.dialect.integer_divide(
            call.dialect.modulo(
                call.dialect.local_time(call.args[0], call.binding, call.covered), DAY
            ),
            HOUR,
        ),
        python=python("local_hour(a, zone)"),
        solver=_local_hour,
    ),
    _part("year", "The year of a date or instant.", "year(birth_date) < 1990"),
    _part("month", "The month, 1 to 12.", "month(signed_up_at) == 12"),
    _part("day", "The day of the month, 1 to 31.", "day(today) == 1"),
    _part("weekday", "The day of the week: Monday is 1, Sunday 7.", "weekday(at) >= 6"),
    _civil("year"),
    _civil("month"),
    _civil("day"),
    Operator(
        name="weekday of date",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.DATE, Kind.INT),),
        doc="The ISO day of the week of a date.",
        sql=_weekday,
        python=python("(a + 3) % 7 + 1"),
        solver=lambda call: Term((call.args[0].value + 3) % 7 + 1),
    ),
    Operator(
        name="days_between",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(
            signature(Kind.DATE, Kind.DATE, Kind.INT),
            signature(Kind.TIMESTAMP, Kind.TIMESTAMP, Kind.INT),
            signature(Kind.DATE, Kind.TIMESTAMP, Kind.INT),
            signature(Kind.TIMESTAMP, Kind.DATE, Kind.INT),
        ),
        parameters=(Parameter("start"), Parameter("end")),
        doc="How many calendar days lie from one day to another: midnights of the project's zone.",
        example="days_between(signed_up_at, first(purchase.at)) <= 1",
        expand=lambda build, args: build.call(
            "days apart", build.as_date(args[0]), build.as_date(args[1])
        ),
    ),
    Operator(
        name="days apart",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.DATE, Kind.DATE, Kind.INT),),
        doc="Days from one date to another.",
        sql=lambda call: exp.Sub(
            this=exp.paren(call.args[1], copy=False),
            expression=exp.paren(call.args[0], copy=False),
        ),
        python=python("b - a"),
        solver=lambda call: Term(call.args[1].value - call.args[0].value),
    ),
    Operator(
        name="days as duration",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.INT, Kind.DURATION),),
        doc="Whole days of 24 hours.",
        sql=lambda call: exp.Mul(
            this=exp.paren(call.args[0], copy=False), expression=exp.Literal.number(DAY)
        ),
        python=python(f"a * {DAY}"),
        solver=lambda call: Term(call.args[0].value * DAY),
    ),
    Operator(
        name="anniversary within",
        family=FAMILY,
        form=Form.INFIX,
        signatures=(
            signature(Kind.DATE, Kind.DURATION, Kind.BOOL),
            signature(Kind.TIMESTAMP, Kind.DURATION, Kind.BOOL),
        ),
        parameters=(Parameter("date"), Parameter("days", constant=True)),
        missing=Missing.FALSE,
        doc=(
            "The date's day and month come round today or within that many days. A 29 February "
            "is kept on 28 February in the years that have none."
        ),
        example="birth_date anniversary within 7d",
        expand=lambda build, args: build.anniversary(*args),
    ),
    Operator(
        name="anniversary in days",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.DATE, Kind.BOOL),),
        missing=Missing.FALSE,
        doc="Whether an anniversary falls on one of the next days; its parameter is how many.",
        sql=_anniversary_sql,
        python=lambda call: python(
            "anniversary(a, p1, zone, p0)"
            if isinstance(call.expr.param, tuple)
            else "anniversary(a, as_of, zone, p0)"
        )(call),
        solver=_anniversary,
    ),
    Operator(
        name="period",
        family=FAMILY,
        form=Form.INTERNAL,
        signatures=(signature(Kind.TIMESTAMP, Kind.INT),),
        doc=(
            "Which slice of a window an instant is in: 0 for the first. Its parameters are the "
            "window and the length of a slice, in microseconds, or its calendar unit."
        ),
        sql=_period_sql,
        python=lambda call: python(
            "period(a, p0, p1, p2, zone)"
            if isinstance(call.expr.param, tuple) and len(call.expr.param) > 2
            else "period(a, p0, p1, as_of, zone)"
        )(call),
        solver=_period,
    ),
)
