"""Instants, days and calendars; days and hours are those of the project's time zone."""

from segue.compiler.operators.declaration import (
    Form,
    Missing,
    Operator,
    Parameter,
    SqlCall,
    signature,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.sql_trees import exp
from segue.compiler.plan.windows import DAY
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
    )


def _weekday(call: SqlCall) -> exp.Expr:
    shifted = exp.Add(this=exp.paren(call.args[0], copy=False), expression=exp.Literal.number(3))
    days = call.dialect.modulo(exp.paren(shifted, copy=False), 7)
    return exp.Add(this=days, expression=exp.Literal.number(1))


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
        sql=lambda call: call.dialect.anniversary(
            call.args[0], call.binding.today, call.expr.param
        ),
        python=python("anniversary(a, as_of, zone, p0)"),
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
        sql=lambda call: call.dialect.period(call.args[0], call.expr.param, call.binding),
        python=python("period(a, p0, p1, as_of, zone)"),
    ),
)
