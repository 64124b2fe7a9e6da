"""MySQL and MariaDB: one dialect, spelled in what both understand.

Where they differ (MySQL's `REGEXP_LIKE`, its `NO PAD` collations, time zones in literals), what
is written is what both have. Text is compared as its bytes in UTF-8, since a collation takes
`'Ann'`, `'ann'` and `'Ann '` for one; the connection speaks utf8mb4, as drivers do by themselves.

A column of kind `instant` is a `TIMESTAMP`, which the session shows in its own zone: it is read
by `UNIX_TIMESTAMP`, whatever that zone is. Neither engine can hold NaN or infinity.
"""

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Field, TimeKind
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import DAY, from_microseconds
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.doubles import divided, guarded_above
from segue.compiler.sql.dialects.texts import UPPER
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import Tree, add, call, cast, integer, multiply, not_null, string
from segue.compiler.types import TEXTS, Type

UTF8 = "utf8mb4"
BEGINNING_OF_DAYS = 719_528
"""1970-01-01 in the days of `FROM_DAYS`."""
MICROSECONDS = 1_000_000


class MySQL(Dialect):
    """MySQL, 8.0.17 and later, and MariaDB, 10.6 and later."""

    name: ClassVar[str] = "mysql"
    title: ClassVar[str] = "MySQL"
    sqlglot: ClassVar[str] = "mysql"
    bigint: ClassVar[str] = "SIGNED"
    text: ClassVar[str] = "CHAR"
    text_key: ClassVar[str] = "BINARY"
    guards: ClassVar[int] = 2
    reopens: ClassVar[bool] = False
    max_identifier: ClassVar[int] = 64
    limits: ClassVar[Limits] = Limits(
        size=Limit(16_777_216, "max_allowed_packet of MariaDB, which the server may raise"),
        columns=Limit(4_096, "https://dev.mysql.com/doc/refman/8.4/en/column-count-limit.html"),
        steps=Limit(64, "MariaDB (`Too many WITH elements in WITH clause`), as 10.11 has it"),
        tables=Limit(61, "https://dev.mysql.com/doc/refman/8.4/en/joins-limits.html"),
    )
    # MariaDB numbers rows wrongly where a window over all rows stands beside two others.
    windows_apart: ClassVar[bool] = True

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """A `DATETIME(6)`; an instant is its seconds since 1970, an exact decimal."""
        if kind is TimeKind.INSTANT:
            seconds, rest = divmod(abs(microseconds), MICROSECONDS)
            number: Tree = exp.Literal.number(f"{seconds}.{rest:06}")
            return exp.Neg(this=number) if microseconds < 0 else number
        if kind is TimeKind.DATE:
            return super().time_literal(microseconds, kind)
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        return cast(string(moment.isoformat(" ", "microseconds")), "DATETIME(6)")

    def raw_time(self, column: Tree, kind: TimeKind) -> Tree:
        """The seconds of an instant, which unlike its hour in the session's zone come once."""
        return call("UNIX_TIMESTAMP", column) if kind is TimeKind.INSTANT else column

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`TIMESTAMPDIFF` from the epoch."""
        match kind:
            case TimeKind.UTC:
                start = self.time_literal(0, kind)
                return call("TIMESTAMPDIFF", exp.var("MICROSECOND"), start, column)
            case TimeKind.INSTANT:
                return cast(multiply(column, integer(MICROSECONDS)), self.bigint)
            case TimeKind.DATE:
                return multiply(self.day_number(column), integer(DAY))

    def day_number(self, column: Tree) -> Tree:
        """`DATEDIFF`."""
        return call("DATEDIFF", column, string("1970-01-01"))

    def date_of(self, days: Tree) -> Tree:
        """`FROM_DAYS`."""
        if isinstance(days, exp.Anonymous) and days.this == "DATEDIFF":
            column: Tree = days.expressions[0]
            return column
        return call("FROM_DAYS", add(days, integer(BEGINNING_OF_DAYS)))

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`YEAR`, `MONTH` or `DAY` of a date."""
        return call(part.upper(), self.date_of(days))

    def doubles(self, node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr) -> Tree:
        """What is not finite stops the query: it is never computed."""
        return guarded_above(node, left, right, expr, self.float_literal)

    def double_quotient(self, left: Tree, right: Tree, expr: Expr) -> Tree:
        """The same for a quotient."""
        return guarded_above(divided, left, self.divisor(right), expr, self.float_literal)

    def finite_leaf(self, column: Tree) -> Tree:
        """Nor in a column."""
        return cast(column, self.double)

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """`DIV`."""
        return exp.IntDiv(this=exp.Paren(this=left), expression=integer(right))

    def counted(self, count: Tree) -> Tree:
        """MySQL's places have no sign, and what is subtracted from one must not be greater."""
        place = isinstance(count, exp.Window) and not isinstance(count.this, exp.Count)
        return cast(count, self.bigint) if place else count

    # -------------------------------------------------------------------- text

    def leaf(self, column: Tree, field: Field) -> Tree:
        """Text in one character set, whatever that of its column is."""
        leaf = super().leaf(column, field)
        return _utf8(leaf) if field.type.kind in TEXTS else leaf

    def key(self, value: Tree, type: Type) -> Tree:
        """Text as its bytes."""
        return self.ordered_value(value, type)

    def binary_text(self, value: Tree) -> Tree:
        """The bytes in UTF-8, whose order is that of code points."""
        if isinstance(value, exp.Literal):
            return exp.Introducer(this=exp.var("_binary"), expression=value)
        return cast(value if _is_utf8(value) else _utf8(value), "BINARY")

    def unordered(self, value: Tree, type: Type) -> Tree:
        """Text of bytes."""
        return _utf8(value) if type.kind in TEXTS else value

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """`RIGHT`, which of a shorter text is all of it."""
        if not suffix:
            return not_null(value)
        end = call("RIGHT", value, integer(len(suffix)))
        return exp.EQ(this=self.binary_text(end), expression=self.binary_text(string(suffix)))

    def contains(self, value: Tree, part: str) -> Tree:
        """`LOCATE`."""
        if not part:
            return not_null(value)
        place = call("LOCATE", self.binary_text(string(part)), self.binary_text(value))
        return exp.GT(this=place, expression=integer(0))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """`REGEXP_INSTR`, of ICU in MySQL and of PCRE in MariaDB."""
        translated = regex.translate(pattern, regex.Flavour.JAVA)
        place = call("REGEXP_INSTR", _exact(value), string(translated))
        return exp.GT(this=place, expression=integer(0))

    def lower(self, value: Tree) -> Tree:
        """Letter by letter: `LOWER` knows more letters than A to Z."""
        for letter in UPPER:
            value = call("REPLACE", value, string(letter), string(letter.lower()))
        return value

    def upper(self, value: Tree) -> Tree:
        """Letter by letter."""
        for letter in UPPER:
            value = call("REPLACE", value, string(letter.lower()), string(letter))
        return value

    def trim(self, value: Tree) -> Tree:
        """A replacement: `TRIM` takes off a text, not any of some characters."""
        blanks = r"[ \t\n\r\f\x0b]+"
        return call("REGEXP_REPLACE", _exact(value), string(rf"^{blanks}|{blanks}\z"), string(""))

    def length(self, value: Tree) -> Tree:
        """Code points, not bytes."""
        return call("CHAR_LENGTH", value)

    def bucket(self, key: Tree, type: Type, salt: object, count: object) -> Tree:
        """`CONCAT`: `||` means `or`."""
        assert isinstance(count, int)
        salted = call("CONCAT", string(f"{salt}:"), self.ordered_value(key, type))
        return self.remainder(self.hash32(salted), count)

    def hash32(self, value: Tree) -> Tree:
        """The digits brought from base 16 to 10."""
        digits = call("SUBSTR", call("MD5", value), integer(1), integer(8))
        return cast(call("CONV", digits, integer(16), integer(10)), self.bigint)


def _utf8(value: Tree) -> Tree:
    """`CAST(… AS CHAR CHARACTER SET utf8mb4)`."""
    type = exp.DataType(this=exp.DType.CHARACTER_SET, kind=exp.var(UTF8))
    return exp.Cast(this=value, to=type)


def _is_utf8(value: Tree) -> bool:
    return isinstance(value, exp.Cast) and value.to.this is exp.DType.CHARACTER_SET


def _exact(value: Tree) -> Tree:
    """Text whose letters are told apart by their case."""
    value = value if _is_utf8(value) else _utf8(value)
    return exp.Collate(this=value, expression=exp.var(f"{UTF8}_bin"))
