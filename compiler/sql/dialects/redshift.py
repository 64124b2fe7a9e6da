"""Amazon Redshift.

It takes blanks at the end of a text for nothing when it compares: text is compared with a
character after it, the smallest there is, so that the order stays that of code points. No Redshift
has run this SQL: it is parsed as Redshift's, and run in Postgres, from which it descends, where
what differs stands in for it.
"""

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import DAY
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.doubles import divided, guarded
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    bracket,
    call,
    cast,
    integer,
    is_null,
    multiply,
    not_null,
    string,
    subtract,
)
from segue.compiler.types import TEXTS, Type


class Redshift(Dialect):
    """Amazon Redshift."""

    name: ClassVar[str] = "redshift"
    title: ClassVar[str] = "Redshift"
    sqlglot: ClassVar[str] = "redshift"
    guards: ClassVar[int] = 4
    double: ClassVar[str] = "DOUBLE PRECISION"
    # By itself it is one of 256 bytes.
    text: ClassVar[str] = "VARCHAR(MAX)"
    max_identifier: ClassVar[int] = 127
    limits: ClassVar[Limits] = Limits(
        size=Limit(
            16_000_000, "https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html"
        ),
        columns=Limit(
            1_600, "https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_usage.html"
        ),
    )
    # A reference that skips a query around it is not supported.
    nested_exists: ClassVar[int | None] = 1

    def float_literal(self, value: float) -> Tree:
        """A text that is cast, not a decimal of at most 38 digits."""
        return cast(string(repr(value)), self.double)

    def decimal_factor(self, factor: int) -> Tree:
        """`100.`, a decimal: times 100, a column of whole numbers would overflow its own type."""
        return exp.Literal.number(f"{factor}.")

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`DATEDIFF` from the epoch."""
        if kind is TimeKind.DATE:
            return multiply(self.day_number(column), integer(DAY))
        if kind is TimeKind.INSTANT:
            column = exp.AtTimeZone(this=column, zone=string("UTC"))
        start = cast(string("1970-01-01 00:00:00"), "TIMESTAMP")
        return call("DATEDIFF", exp.var("MICROSECOND"), start, column)

    def doubles(self, node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr) -> Tree:
        """What is not finite stops the query: it is never computed."""
        return guarded(node, left, right, expr, self.float_literal)

    def double_quotient(self, left: Tree, right: Tree, expr: Expr) -> Tree:
        """The same for a quotient."""
        return guarded(divided, left, self.divisor(right), expr, self.float_literal)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`EXTRACT` from a date."""
        extracted = exp.Extract(this=exp.Var(this=part.upper()), expression=self.date_of(days))
        return cast(extracted, self.bigint)

    def differ(self, left: Tree, right: Tree, type: Type) -> Tree:
        """There is no `IS DISTINCT FROM`."""
        sides = (self.ordered_value(side.copy(), type) for side in (left, right))
        values = exp.NEQ(this=next(sides), expression=next(sides))
        came = all_of([is_null(left), not_null(right)])
        went = all_of([not_null(left.copy()), is_null(right.copy())])
        return exp.or_(values, came, went, copy=False)

    # -------------------------------------------------------------------- text

    def binary_text(self, value: Tree) -> Tree:
        """The text and the sentinel."""
        return exp.DPipe(this=bracket(value), expression=call("CHR", integer(1)))

    def unordered(self, value: Tree, type: Type) -> Tree:
        """The text without the sentinel."""
        if type.kind not in TEXTS:
            return value
        size = subtract(call("LEN", value.copy()), integer(1))
        return call("SUBSTRING", value, integer(1), size)

    def key(self, value: Tree, type: Type) -> Tree:
        """Text with the sentinel."""
        return self.ordered_value(value, type)

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """`RIGHT`, which of a shorter text is all of it."""
        if not suffix:
            return not_null(value)
        end = call("RIGHT", value, integer(len(suffix)))
        return exp.EQ(this=self.binary_text(end), expression=self.binary_text(string(suffix)))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """`REGEXP_INSTR` with `p`, for the expressions of Perl."""
        translated = regex.translate(pattern, regex.Flavour.JAVA)
        options = (integer(1), integer(1), integer(0), string("p"))
        place = call("REGEXP_INSTR", value, string(translated), *options)
        return exp.GT(this=place, expression=integer(0))

    def trim(self, value: Tree) -> Tree:
        """`BTRIM`."""
        return call("BTRIM", value, self.blanks())

    def length(self, value: Tree) -> Tree:
        """`LEN`."""
        return call("LEN", value)

    def hash32(self, value: Tree) -> Tree:
        """The digits read in base 16."""
        digits = call("SUBSTRING", call("MD5", value), integer(1), integer(8))
        return call("STRTOL", digits, integer(16))
