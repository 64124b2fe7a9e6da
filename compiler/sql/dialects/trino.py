"""Trino, and Athena, which is Trino with a shorter statement.

Neither has run this SQL: it is parsed as theirs, and run in DuckDB, where what differs stands in
for it.
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
    add,
    call,
    cast,
    column,
    identifier,
    integer,
    multiply,
    string,
)

NAIVE = "TIMESTAMP(6)"
ZONED = "TIMESTAMP(6) WITH TIME ZONE"


class Trino(Dialect):
    """Trino, 400 and later."""

    name: ClassVar[str] = "trino"
    title: ClassVar[str] = "Trino"
    sqlglot: ClassVar[str] = "trino"
    limits: ClassVar[Limits] = Limits(
        size=Limit(
            1_000_000,
            "query.max-length, https://trino.io/docs/current/admin/properties-query-management.html",
        ),
    )
    # Of the queries around it, an EXISTS can read only the nearest.
    nested_exists: ClassVar[int | None] = 1

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """`UNNEST` of two arrays: a step is computed anew wherever it is read."""
        arrays = [
            exp.Array(expressions=[string(name) for name in flags]),
            exp.Array(expressions=[column(flag) for flag in flags.values()]),
        ]
        alias = exp.TableAlias(
            this=identifier("flag"), columns=[identifier("name"), identifier("truth")]
        )
        unnest = exp.Unnest(expressions=arrays, alias=alias)
        source = exp.Table(this=identifier(step), alias=exp.TableAlias(this=identifier("s")))
        query = exp.select(
            exp.alias_(column("name", "flag"), "segment", quoted=True), column(key, "s"), copy=False
        )
        query = query.from_(source, copy=False).join(unnest, join_type="cross", copy=False)
        return query.where(column("truth", "flag"), copy=False)

    def float_literal(self, value: float) -> Tree:
        """A text that is cast: a decimal of 17 digits would lose the last bit on its way."""
        return cast(string(repr(value)), self.double)

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """With all digits: a `TIMESTAMP` alone has milliseconds."""
        if kind is TimeKind.DATE:
            return super().time_literal(microseconds, kind)
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        spelled = moment.isoformat(" ", "microseconds")
        if kind is TimeKind.INSTANT:
            return cast(string(f"{spelled} UTC"), ZONED)
        return cast(string(spelled), NAIVE)

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """Whole seconds, and the digits after them: `TO_UNIXTIME` is a double, which has not
        room enough for the microseconds of distant times."""
        if kind is TimeKind.DATE:
            return multiply(self.day_number(column), integer(DAY))
        if kind is TimeKind.INSTANT:
            column = exp.AtTimeZone(this=column, zone=string("UTC"))
        start = cast(string("1970-01-01 00:00:00"), NAIVE)
        naive = cast(column, NAIVE)
        second = call("DATE_TRUNC", string("second"), naive)
        seconds = call("DATE_DIFF", string("second"), start, second)
        digits = call("SUBSTR", cast(naive.copy(), self.text), integer(-6))
        return add(multiply(seconds, integer(1_000_000)), cast(digits, self.bigint))

    def day_number(self, column: Tree) -> Tree:
        """`DATE_DIFF`."""
        start = cast(string("1970-01-01"), "DATE")
        return call("DATE_DIFF", string("day"), start, column)

    def date_of(self, days: Tree) -> Tree:
        """`DATE_ADD`."""
        if isinstance(days, exp.Anonymous) and days.this == "DATE_DIFF":
            column: Tree = days.expressions[-1]
            return column
        return call("DATE_ADD", string("day"), days, cast(string("1970-01-01"), "DATE"))

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`YEAR`, `MONTH` or `DAY` of a date."""
        return call(part.upper(), self.date_of(days))

    def finite(self, value: Tree) -> Tree:
        """Without infinities; NaN, which `NULLIF` would not find, cannot come of finite numbers."""
        for infinity in (call("INFINITY"), exp.Neg(this=call("INFINITY"))):
            value = exp.Nullif(this=value, expression=infinity)
        return value

    def matches(self, value: Tree, pattern: str) -> Tree:
        """The expressions of Java."""
        translated = regex.translate(pattern, regex.Flavour.JAVA)
        return call("REGEXP_LIKE", value, string(translated))

    def trim(self, value: Tree) -> Tree:
        """`TRIM` with the characters to take off."""
        return exp.Trim(this=value, expression=self.blanks(), position="BOTH")

    def hash32(self, value: Tree) -> Tree:
        """The digits read in base 16."""
        digits = call("TO_HEX", call("MD5", call("TO_UTF8", value)))
        return call("FROM_BASE", call("SUBSTR", digits, integer(1), integer(8)), integer(16))


class Athena(Trino):
    """Athena, engine version 3."""

    name: ClassVar[str] = "athena"
    title: ClassVar[str] = "Athena"
    sqlglot: ClassVar[str] = "athena"
    limits: ClassVar[Limits] = Limits(
        size=Limit(262_144, "https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"),
    )
