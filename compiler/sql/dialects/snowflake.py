"""Snowflake.

A name in small letters is what Snowflake keeps in capitals, as it does with every name that is
not quoted; other names stand as they are. No Snowflake has run this SQL: it is parsed as
Snowflake's, and run in an imitation over DuckDB.
"""

import re
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.windows import DAY, from_microseconds
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    bracket,
    call,
    cast,
    integer,
    multiply,
    string,
    subtract,
)

EPOCH_DAY = "1970-01-01"
PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


class Snowflake(Dialect):
    """Snowflake."""

    name: ClassVar[str] = "snowflake"
    title: ClassVar[str] = "Snowflake"
    sqlglot: ClassVar[str] = "snowflake"
    max_identifier: ClassVar[int] = 255
    limits: ClassVar[Limits] = Limits(
        size=Limit(1_000_000, "https://docs.snowflake.com/en/user-guide/query-size-limits"),
    )
    # Of the queries around it, an EXISTS can read only the nearest.
    nested_exists: ClassVar[int | None] = 1

    def finish(self, query: exp.Query) -> exp.Query:
        """The query with its names as they are stored."""
        for name in query.find_all(exp.Identifier):
            name.set("this", self.stored(name.this))
        return query

    def stored(self, name: str) -> str:
        """In capitals, unless it could not stand without quotes."""
        return name.upper() if PLAIN.fullmatch(name) else name

    def float_literal(self, value: float) -> Tree:
        """A text that is cast, not a decimal of at most 38 digits."""
        return cast(string(repr(value)), self.double)

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """`TIMESTAMP_NTZ`, or `TIMESTAMP_TZ` with its offset."""
        if kind is TimeKind.DATE:
            return super().time_literal(microseconds, kind)
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        spelled = moment.isoformat(" ", "microseconds")
        if kind is TimeKind.INSTANT:
            return cast(string(f"{spelled} +00:00"), "TIMESTAMP_TZ")
        return cast(string(spelled), "TIMESTAMP_NTZ")

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`EPOCH_MICROSECOND`, of timestamps with and without a zone."""
        if kind is TimeKind.DATE:
            return multiply(self.day_number(column), integer(DAY))
        return call("DATE_PART", exp.var("EPOCH_MICROSECOND"), column)

    def day_number(self, column: Tree) -> Tree:
        """`DATEDIFF`."""
        return call("DATEDIFF", exp.var("DAY"), cast(string(EPOCH_DAY), "DATE"), column)

    def date_of(self, days: Tree) -> Tree:
        """`DATEADD`."""
        if isinstance(days, exp.Anonymous) and days.this == "DATEDIFF":
            column: Tree = days.expressions[-1]
            return column
        return call("DATEADD", exp.var("DAY"), days, cast(string(EPOCH_DAY), "DATE"))

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`YEAR`, `MONTH` or `DAY` of a date."""
        return call(part.upper(), self.date_of(days))

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """Without a remainder: `/` gives six digits after the point, and rounds the last."""
        whole = subtract(left, self.remainder(left.copy(), right))
        quotient = exp.Div(this=bracket(whole), expression=integer(right), typed=True, safe=False)
        return cast(quotient, self.bigint)

    def remainder(self, left: Tree, right: int) -> Tree:
        """`MOD`."""
        return call("MOD", left, integer(right))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """`REGEXP_INSTR`: `REGEXP_LIKE` would have to match the whole text."""
        translated = regex.translate(pattern, regex.Flavour.RE2_POSIX)
        place = call("REGEXP_INSTR", value, string(translated))
        return exp.GT(this=place, expression=integer(0))

    def hash32(self, value: Tree) -> Tree:
        """The upper half of the upper half of the digest."""
        return self.integer_divide(call("MD5_NUMBER_UPPER64", value), 2**32)

    def starts_with(self, value: Tree, prefix: str) -> Tree:
        """A function of its own."""
        return call("STARTSWITH", value, string(prefix))

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """A function of its own."""
        return call("ENDSWITH", value, string(suffix))

    def contains(self, value: Tree, part: str) -> Tree:
        """A function of its own."""
        return call("CONTAINS", value, string(part))
