"""SQLite, with the functions that `segue.runtime.warehouse.sqlite` registers.

Instants are text, `2024-03-20 12:00:00.000001` in UTC, the fraction complete or left out; dates
are text as well; truths are 0 and 1.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import frexp
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Field, TableName, TimeKind
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.numbers import MAX_FLOAT
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    call,
    cast,
    column,
    identifier,
    integer,
    multiply,
    named,
    string,
    subtract,
)
from segue.compiler.types import TEXTS, Type

DAY_SECONDS = 86_400
LONGEST_POWER = 56
"""2 to this is read exactly as a decimal with one place."""
MANY = 20
"""Members of fewer segments read better as a UNION of queries, and are as fast."""


class SQLite(Dialect):
    """SQLite, 3.35 and later."""

    name: ClassVar[str] = "sqlite"
    title: ClassVar[str] = "SQLite"
    sqlglot: ClassVar[str] = "sqlite"
    double: ClassVar[str] = "REAL"
    bigint: ClassVar[str] = "INTEGER"
    text: ClassVar[str] = "TEXT"
    limits: ClassVar[Limits] = Limits(
        size=Limit(1_000_000_000, "SQLITE_MAX_SQL_LENGTH, https://www.sqlite.org/limits.html"),
        columns=Limit(2_000, "SQLITE_MAX_COLUMN, https://www.sqlite.org/limits.html"),
        branches=Limit(500, "SQLITE_MAX_COMPOUND_SELECT, https://www.sqlite.org/limits.html"),
        tables=Limit(64, "https://www.sqlite.org/limits.html"),
        depth=Limit(1_000, "SQLITE_MAX_EXPR_DEPTH, https://www.sqlite.org/limits.html"),
    )
    largest_model: ClassVar[int] = 100_000
    repeats: ClassVar[bool] = True

    def float_literal(self, value: float) -> Tree:
        """A double, exactly: as a quotient where reading the decimal might round it wrongly.

        Until 3.43 a decimal is read in 64 bits of precision and then rounded to 53. With three
        places or fewer it is farther from the middle of two doubles than that can be wrong.
        """
        places = Decimal(repr(value)).as_tuple().exponent
        assert isinstance(places, int)
        if -3 <= places <= 0 or abs(value) == MAX_FLOAT:
            return super().float_literal(value)
        fraction, power = frexp(value)
        digits, power = int(fraction * 2**53), power - 53
        while digits % 2 == 0:
            digits, power = digits // 2, power + 1
        tree: Tree = exp.Literal.number(f"{digits}.0")
        while power:  # By powers of two: nothing is rounded.
            step = min(abs(power), LONGEST_POWER)
            by = exp.Literal.number(f"{2**step}.0")
            if power > 0:
                tree = exp.Mul(this=tree, expression=by)
            else:
                tree = exp.Div(this=tree, expression=by, typed=True, safe=False)
            power += -step if power > 0 else step
        return exp.Paren(this=tree)

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """A text of zeros and ones beside a table of names, where there are many: each query of a
        UNION has a copy of the whole step, which with 1,000 of them takes gigabytes."""
        if len(flags) <= MANY:
            return None
        rows = (
            exp.Tuple(expressions=[string(name), integer(place)])
            for place, name in enumerate(flags, start=1)
        )
        values = exp.Values(expressions=list(rows), alias=_named("pairs"))
        pairs = [named(column(f"column{n}"), name) for n, name in ((1, "segment"), (2, "place"))]
        names = exp.select(*pairs, copy=False).from_(values, copy=False)
        digits = named(_concatenated([column(flag) for flag in flags.values()]), "digits")
        source = exp.Table(this=identifier(step))
        texts = exp.select(column(key), digits, copy=False).from_(source, copy=False)
        digit = call("SUBSTR", column("digits", "texts"), column("place", "names"), integer(1))
        items = (column("segment", "names"), column(key, "texts"))
        return (
            exp.select(*items, copy=False)
            .from_(exp.Subquery(this=texts, alias=_named("texts")), copy=False)
            .join(exp.Subquery(this=names, alias=_named("names")), join_type="cross", copy=False)
            .where(exp.EQ(this=digit, expression=string("1")), copy=False)
        )

    def store_table(self, name: TableName) -> TableName:
        """There are no schemas: one is the beginning of the name."""
        return TableName(f"{name.schema}_{name.name}")

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """Text of fixed width: a time without its fraction sorts as the same second's start."""
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        day = kind is TimeKind.DATE
        return string(str(moment.date()) if day else moment.isoformat(" ", "microseconds"))

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """Seconds and fraction apart: `STRFTIME` alone rounds."""
        whole = call("STRFTIME", string("%s"), call("SUBSTR", column, integer(1), integer(19)))
        seconds = multiply(cast(whole, self.bigint), integer(1_000_000))
        if kind is TimeKind.DATE:
            return seconds
        digits = call("SUBSTR", column.copy(), integer(21), integer(6))
        padded = exp.DPipe(this=digits, expression=string("000000"))
        fraction = cast(call("SUBSTR", padded, integer(1), integer(6)), self.bigint)
        return exp.Add(this=seconds, expression=fraction)

    def leaf(self, column: Tree, field: Field) -> Tree:
        """Text by code point, also of a column that is `COLLATE NOCASE` or `RTRIM`."""
        leaf = super().leaf(column, field)
        return _by_code_point(leaf) if field.type.kind in TEXTS else leaf

    def key(self, value: Tree, type: Type) -> Tree:
        """The same for keys."""
        return _by_code_point(value) if type.kind in TEXTS else value

    def day_number(self, column: Tree) -> Tree:
        """The seconds of the day's start, divided."""
        start = call("STRFTIME", string("%s"), call("SUBSTR", column, integer(1), integer(10)))
        return self.integer_divide(cast(start, self.bigint), DAY_SECONDS)

    def finite(self, value: Tree) -> Tree:
        """NaN is NULL already; a literal too great is an infinity."""
        for text in ("9e999", "-9e999"):
            value = exp.Nullif(this=value, expression=exp.Literal.number(text))
        return value

    def extreme(self, which: str, left: Tree, right: Tree) -> Tree:
        """`MIN` and `MAX` of several values."""
        return call("MIN" if which == "least" else "MAX", left, right)

    def contains(self, value: Tree, part: str) -> Tree:
        """`INSTR`."""
        if not part:
            return super().contains(value, part)
        return exp.GT(this=call("INSTR", value, string(part)), expression=integer(0))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """A registered function."""
        translated = regex.translate(pattern, regex.Flavour.PYTHON)
        return call("REGEXP", string(translated), value)

    def lower(self, value: Tree) -> Tree:
        """`LOWER` knows A to Z only."""
        return call("LOWER", value)

    def upper(self, value: Tree) -> Tree:
        """`UPPER` knows a to z only."""
        return call("UPPER", value)

    def trim(self, value: Tree) -> Tree:
        """`TRIM` with the characters to take off."""
        blanks = call("CHAR", *(integer(code) for code in (32, *range(9, 14))))
        return call("TRIM", value, blanks)

    def hash32(self, value: Tree) -> Tree:
        """A registered function gives the digits; SQLite itself cannot read them as a number."""
        digits = call("MD5", value)
        total: Tree | None = None
        for place in range(8):
            digit = call("SUBSTR", digits.copy(), integer(place + 1), integer(1))
            worth = subtract(call("INSTR", string("0123456789abcdef"), digit), integer(1))
            term = multiply(worth, integer(16 ** (7 - place)))
            total = term if total is None else exp.Add(this=total, expression=term)
        assert total is not None
        return exp.Paren(this=total)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`STRFTIME` of the day's start."""
        letter = {"year": "%Y", "month": "%m", "day": "%d"}[part]
        seconds = multiply(days, integer(DAY_SECONDS))
        return cast(call("STRFTIME", string(letter), seconds, string("unixepoch")), self.bigint)


def _by_code_point(value: Tree) -> Tree:
    # Indexes of ordinary columns are used as without it.
    if isinstance(value, exp.Literal):
        return value
    return exp.Collate(this=value, expression=exp.var("BINARY"))


def _named(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=identifier(name))


def _concatenated(texts: Sequence[Tree]) -> Tree:
    """Texts one after the other, in halves of halves: a chain would be too deep."""
    if len(texts) == 1:
        return texts[0]
    middle = len(texts) // 2
    left, right = _concatenated(texts[:middle]), _concatenated(texts[middle:])
    return exp.DPipe(this=exp.Paren(this=left), expression=exp.Paren(this=right))
