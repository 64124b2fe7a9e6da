"""Spark SQL and Databricks.

Instants without zone are `TIMESTAMP_NTZ`. In Spark NaN equals NaN, so that `NULLIF` finds it.
"""

from collections.abc import Mapping
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.nodes import Kernel
from segue.compiler.plan.windows import DAY, from_microseconds
from segue.compiler.sql import regex
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.folds import Fold, select_members
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    call,
    case,
    cast,
    column,
    identifier,
    integer,
    multiply,
    not_null,
    string,
)


class Spark(Dialect):
    """Spark, 3.5 and later, ANSI mode or not."""

    name: ClassVar[str] = "spark"
    title: ClassVar[str] = "Spark"
    sqlglot: ClassVar[str] = "spark"
    text: ClassVar[str] = "STRING"
    inline_latest: ClassVar[bool] = True
    # Of the queries around it, an EXISTS can read only the nearest.
    nested_exists: ClassVar[int | None] = 1

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """`EXPLODE`: a step is computed anew wherever it is read."""
        pairs = (
            call("NAMED_STRUCT", string("name"), string(name), string("truth"), column(flag))
            for name, flag in flags.items()
        )
        both = column(f"{key}_flag")
        exploded = exp.alias_(call("EXPLODE", call("ARRAY", *pairs)), both.name, quoted=True)
        name, truth = (
            exp.Dot(this=both.copy(), expression=identifier(part)) for part in ("name", "truth")
        )
        source = exp.Table(this=identifier(step))
        inner = exp.select(column(key), exploded, copy=False).from_(source, copy=False)
        return select_members(name, key, inner, truth)

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """A text that is cast, its zone spelled in full."""
        spelled = from_microseconds(microseconds).replace(tzinfo=None)
        match kind:
            case TimeKind.UTC:
                return cast(string(spelled.isoformat(" ", "microseconds")), "TIMESTAMP_NTZ")
            case TimeKind.INSTANT:
                text = spelled.isoformat(" ", "microseconds") + "+00:00"
                return cast(string(text), "TIMESTAMP")
            case TimeKind.DATE:
                return cast(string(spelled.date().isoformat()), "DATE")

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`UNIX_MICROS`, which takes instants only: a timestamp without zone is counted."""
        match kind:
            case TimeKind.UTC:
                start = cast(string("1970-01-01 00:00:00"), "TIMESTAMP_NTZ")
                return call("TIMESTAMPDIFF", exp.var("MICROSECOND"), start, column)
            case TimeKind.INSTANT:
                return call("UNIX_MICROS", column)
            case TimeKind.DATE:
                return multiply(cast(call("UNIX_DATE", column), self.bigint), integer(DAY))

    def day_number(self, column: Tree) -> Tree:
        """`UNIX_DATE`."""
        return call("UNIX_DATE", column)

    def date_of(self, days: Tree) -> Tree:
        """`DATE_FROM_UNIX_DATE`."""
        return call("DATE_FROM_UNIX_DATE", cast(days, "INT"))

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`YEAR`, `MONTH` or `DAY` of a date."""
        return cast(call(part.upper(), self.date_of(days)), self.bigint)

    def finite(self, value: Tree) -> Tree:
        """The remainder by infinity: a finite number is its own, and all else has none.

        `NULLIF` becomes a condition that holds its operand twice, so that what is computed of three
        of them would be eight times as large, and 64 times after two steps of arithmetic.
        """
        rest = exp.Mod(this=exp.paren(value), expression=cast(string("inf"), self.double))
        return call("NANVL", rest, cast(exp.Null(), self.double))

    def divide(self, left: Tree, right: Tree) -> Tree:
        """`TRY_DIVIDE`, missing where the divisor is 0; it holds that once."""
        if isinstance(self.divisor(right.copy()), exp.Nullif):
            return call("TRY_DIVIDE", left, right)
        return super().divide(left, right)

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """`DIV`."""
        return call("DIV", left, integer(right))

    def contains(self, value: Tree, part: str) -> Tree:
        """`INSTR`."""
        if not part:
            return not_null(value)
        return exp.GT(this=call("INSTR", value, string(part)), expression=integer(0))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """The expressions of Java."""
        translated = regex.translate(pattern, regex.Flavour.JAVA)
        return call("REGEXP_LIKE", value, string(translated))

    def trim(self, value: Tree) -> Tree:
        """`BTRIM`."""
        trimmed = super().trim(value)
        trimmed.set("this", "BTRIM")
        return trimmed

    def hash32(self, value: Tree) -> Tree:
        """The digits brought from base 16 to 10."""
        digits = call("SUBSTR", call("MD5", value), integer(1), integer(8))
        return cast(call("CONV", digits, integer(16), integer(10)), self.bigint)

    def latest(self, fold: Fold) -> Tree:
        """The value of the extreme pair; pairs are ordered by time and then by value."""
        assert fold.value is not None
        pair = call("STRUCT", fold.time, fold.value.copy())
        condition = all_of([*fold.conditions, self.present(fold.value)])
        assert condition is not None
        function = "MAX_BY" if fold.kernel is Kernel.LAST else "MIN_BY"
        return call(function, fold.value.copy(), case((condition, pair)))

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """`AGGREGATE` over an array in order."""
        names = (*walks.ORDER, walks.KEEPS)
        rows = call("COLLECT_LIST", call("STRUCT", *(column(name) for name in names)))
        change, keeps = (
            exp.Dot(this=column("x"), expression=identifier(name))
            for name in (walks.VALUE, walks.KEEPS)
        )
        body = cast(walk.moved(self.extreme, column("s"), change, keeps), self.bigint)
        fold = exp.Lambda(this=body, expressions=[identifier("s"), identifier("x")])
        start = cast(integer(walk.start), self.bigint)
        folded = call("AGGREGATE", call("ARRAY_SORT", rows), start, fold)
        return walks.grouped([exp.alias_(folded, label, quoted=True)], changes)
