"""BigQuery.

Instants without zone are `DATETIME`. Arithmetic that overflows is an error here, so that the
`SAFE_` functions take the place of operators on doubles.
"""

from collections.abc import Mapping
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.windows import DAY, from_microseconds
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    call,
    cast,
    column,
    identifier,
    integer,
    multiply,
    string,
)
from segue.compiler.types import FLOATS, Type

SAFE: Mapping[type[Tree], str] = {
    exp.Add: "SAFE_ADD",
    exp.Sub: "SAFE_SUBTRACT",
    exp.Mul: "SAFE_MULTIPLY",
}


class BigQuery(Dialect):
    """BigQuery (GoogleSQL)."""

    name: ClassVar[str] = "bigquery"
    title: ClassVar[str] = "BigQuery"
    sqlglot: ClassVar[str] = "bigquery"
    double: ClassVar[str] = "FLOAT64"
    bigint: ClassVar[str] = "INT64"
    text: ClassVar[str] = "STRING"
    max_identifier: ClassVar[int] = 300
    limits: ClassVar[Limits] = Limits(
        size=Limit(1_000_000, "https://cloud.google.com/bigquery/quotas#query_jobs"),
        columns=Limit(10_000, "https://cloud.google.com/bigquery/quotas#query_jobs"),
    )

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """`UNNEST` of an array of structs: a step is computed anew wherever it is read."""
        structs = (
            exp.Struct(
                expressions=[
                    exp.PropertyEQ(this=identifier("name"), expression=string(name)),
                    exp.PropertyEQ(this=identifier("truth"), expression=column(flag)),
                ]
            )
            for name, flag in flags.items()
        )
        flag = exp.TableAlias(columns=[identifier("flag")])
        unnest = exp.Unnest(expressions=[exp.Array(expressions=list(structs))], alias=flag)
        source = exp.Table(this=identifier(step), alias=exp.TableAlias(this=identifier("s")))
        query = exp.select(
            exp.alias_(column("name", "flag"), "segment", quoted=True), column(key, "s"), copy=False
        )
        query = query.from_(source, copy=False).join(unnest, join_type="cross", copy=False)
        return query.where(column("truth", "flag"), copy=False)

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """`DATETIME` where there is no zone."""
        if kind is not TimeKind.UTC:
            return super().time_literal(microseconds, kind)
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        return cast(string(moment.isoformat(" ", "microseconds")), "DATETIME")

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """The difference to the epoch, by the type of the column."""
        match kind:
            case TimeKind.UTC:
                start = cast(string("1970-01-01 00:00:00"), "DATETIME")
                return call("DATETIME_DIFF", column, start, exp.var("MICROSECOND"))
            case TimeKind.INSTANT:
                return call("UNIX_MICROS", column)
            case TimeKind.DATE:
                return multiply(call("UNIX_DATE", column), integer(DAY))

    def half(self) -> Tree:
        """A `NUMERIC`: `0.5` alone would make doubles of all it is added to."""
        return cast(string("0.5"), "NUMERIC")

    def day_number(self, column: Tree) -> Tree:
        """`UNIX_DATE`."""
        return call("UNIX_DATE", column)

    def date_of(self, days: Tree) -> Tree:
        """`DATE_FROM_UNIX_DATE`, asked also for rows that a `CASE` leaves out."""
        return call("SAFE.DATE_FROM_UNIX_DATE", days)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`EXTRACT` from a date."""
        return exp.Extract(this=exp.Var(this=part.upper()), expression=self.date_of(days))

    def finite(self, value: Tree) -> Tree:
        """Missing where it overflows; NaN cannot come of finite operands."""
        safe = SAFE.get(type(value))
        return value if safe is None else call(safe, value.this, value.expression)

    def divide(self, left: Tree, right: Tree) -> Tree:
        """`SAFE_DIVIDE`, missing where the divisor is 0 or the quotient overflows."""
        return call("SAFE_DIVIDE", left, right)

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """`DIV`."""
        return call("DIV", left, integer(right))

    def remainder(self, left: Tree, right: int) -> Tree:
        """`MOD`."""
        return call("MOD", left, integer(right))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """RE2."""
        translated = regex.translate(pattern, regex.Flavour.RE2)
        return call("REGEXP_CONTAINS", value, string(translated))

    def partition_value(self, value: Tree, type: Type) -> Tree:
        """Doubles as text, of which there is one for each; -0 becomes 0 before."""
        if type.kind not in FLOATS:
            return super().partition_value(value, type)
        return cast(exp.Add(this=value, expression=self.float_literal(0.0)), self.text)

    def hash32(self, value: Tree) -> Tree:
        """The digits read as a hexadecimal number."""
        digits = call("SUBSTR", call("TO_HEX", call("MD5", value)), integer(1), integer(8))
        return cast(exp.DPipe(this=string("0x"), expression=digits), self.bigint)
