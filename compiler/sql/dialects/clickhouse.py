"""ClickHouse.

Every type must say that it is `Nullable`, and a cast is computed also for the rows that a `CASE`
leaves out: where a value might not fit, `accurateCastOrNull` takes the place of `CAST`.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.moments import Moment
from segue.compiler.plan.nodes import Kernel
from segue.compiler.plan.windows import Bounds, from_microseconds, merged
from segue.compiler.sql import regex
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.folds import Fold, select_members
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    add,
    all_of,
    bracket,
    call,
    cast,
    column,
    identifier,
    integer,
    not_null,
    string,
)
from segue.compiler.types import FLOATS, Type

SETTINGS = (
    "aggregate_functions_null_for_empty",
    "join_use_nulls",
    "prefer_column_name_to_alias",
)
"""Without them the maximum of nothing and a row that joins nothing are zeros, and an alias hides
the column of its name."""


UNSIGNED_FROM = 2**32
SETTINGS_PAGE = "https://clickhouse.com/docs/reference/settings/session-settings"


class ClickHouse(Dialect):
    """ClickHouse, 24.8 and later."""

    name: ClassVar[str] = "clickhouse"
    title: ClassVar[str] = "ClickHouse"
    sqlglot: ClassVar[str] = "clickhouse"
    double: ClassVar[str] = "Float64"
    bigint: ClassVar[str] = "Int64"
    text: ClassVar[str] = "String"
    limits: ClassVar[Limits] = Limits(
        size=Limit(262_144, f"max_query_size, which the server may raise, {SETTINGS_PAGE}/max"),
        depth=Limit(1_000, f"max_ast_depth, which the server may raise, {SETTINGS_PAGE}/max-ast"),
    )
    inline_latest: ClassVar[bool] = True
    nested_exists: ClassVar[int | None] = 0

    def finish(self, query: exp.Query) -> exp.Query:
        """The query with the settings it relies on."""
        query.set(
            "settings",
            [exp.EQ(this=exp.var(name), expression=integer(1)) for name in SETTINGS],
        )
        return query

    def stretches(self, intervals: Iterable[Bounds]) -> tuple[Bounds, ...]:
        """One: tables are in the order of entities as often as in that of time."""
        apart = merged(intervals)
        return (Bounds(apart[0].after, apart[-1].until),) if apart else ()

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """`arrayJoin`: a step is computed anew wherever it is read."""
        pairs = (call("tuple", string(name), column(flag)) for name, flag in flags.items())
        joined = exp.alias_(call("arrayJoin", call("array", *pairs)), f"{key}_flag", quoted=True)
        name, truth = (
            call("tupleElement", column(f"{key}_flag"), integer(place)) for place in (1, 2)
        )
        source = exp.Table(this=identifier(step))
        inner = exp.select(column(key), joined, copy=False).from_(source, copy=False)
        return select_members(name, key, inner, truth)

    def literal(self, value: object, type: Type) -> Tree:
        """A great number would be unsigned, and fit no signed one beside it."""
        literal = super().literal(value, type)
        signed = isinstance(value, Moment) or (isinstance(value, int) and value >= UNSIGNED_FROM)
        return call("toInt64", literal) if signed else literal

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """A `DateTime64` with all its digits, or a `Date32`."""
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        if kind is TimeKind.DATE:
            return call("toDate32", string(moment.date().isoformat()))
        spelled = moment.isoformat(" ", "microseconds")
        return call("toDateTime64", string(spelled), integer(6), string("UTC"))

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """Microseconds, which is what a `DateTime64(6)` holds."""
        if kind is TimeKind.DATE:
            column = call("toDateTime64", column, integer(6), string("UTC"))
        return call("toUnixTimestamp64Micro", column)

    def day_number(self, column: Tree) -> Tree:
        """What a `Date32` holds."""
        return call("toInt32", column)

    def date_of(self, days: Tree) -> Tree:
        """The date of a day number."""
        return call("addDays", call("toDate32", string("1970-01-01")), days)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`toYear`, `toMonth`, `toDayOfMonth`."""
        function = {"year": "toYear", "month": "toMonth", "day": "toDayOfMonth"}[part]
        return cast(call(function, self.date_of(days)), self.bigint)

    def half(self) -> Tree:
        """A decimal: `0.5` alone would make doubles of all it is added to."""
        return cast(string("0.5"), "Decimal(38, 1)")

    def whole(self, value: Tree) -> Tree:
        """A number without fraction as 64 bits, missing where it does not fit."""
        return call("accurateCastOrNull", value, string("Int64"))

    def finite(self, value: Tree) -> Tree:
        """`ifNotFinite`."""
        return call("ifNotFinite", value, cast(exp.Null(), self.double))

    def finite_leaf(self, column: Tree) -> Tree:
        """The same for a column."""
        return self.finite(cast(column, self.double))

    def absolute(self, value: Tree, type: Type) -> Tree:
        """Of whole numbers too, which would have no sign afterwards."""
        size = super().absolute(value, type)
        return size if type.kind in FLOATS else cast(size, self.bigint)

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """`intDiv`."""
        return call("intDiv", left, integer(right))

    def starts_with(self, value: Tree, prefix: str) -> Tree:
        """A function of its own."""
        return call("startsWith", value, string(prefix))

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """A function of its own."""
        return call("endsWith", value, string(suffix))

    def contains(self, value: Tree, part: str) -> Tree:
        """`position`."""
        if not part:
            return not_null(value)
        return exp.GT(this=call("position", value, string(part)), expression=integer(0))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """RE2; `(?-s)` since `.` would match a newline here."""
        translated = regex.translate(pattern, regex.Flavour.RE2)
        return call("match", value, string(f"(?-s){translated}"))

    def lower(self, value: Tree) -> Tree:
        """`lower` knows A to Z only."""
        return call("lower", value)

    def upper(self, value: Tree) -> Tree:
        """`upper` knows a to z only."""
        return call("upper", value)

    def trim(self, value: Tree) -> Tree:
        """`TRIM` with the characters to take off."""
        blanks = string(" " + "".join(map(chr, range(9, 14))))
        return exp.Trim(this=value, expression=blanks, position="BOTH")

    def length(self, value: Tree) -> Tree:
        """Code points, not bytes."""
        return cast(call("lengthUTF8", value), self.bigint)

    def hash32(self, value: Tree) -> Tree:
        """The first four bytes of the digest, read as a number."""
        start = call("substring", call("MD5", value), integer(1), integer(4))
        return cast(call("reinterpretAsUInt32", call("reverse", start)), self.bigint)

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """`arrayFold` over an array in order."""
        names = (*walks.ORDER, walks.KEEPS)
        rows = call("groupArray", call("tuple", *(column(name) for name in names)))
        change, keeps = (
            call("tupleElement", column("x"), integer(names.index(name) + 1))
            for name in (walks.VALUE, walks.KEEPS)
        )
        body = cast(walk.moved(self.extreme, column("s"), change, keeps), self.bigint)
        fold = exp.Lambda(this=body, expressions=[identifier("s"), identifier("x")])
        start = cast(integer(walk.start), self.bigint)
        folded = call("arrayFold", fold, call("arraySort", rows), start)
        return walks.grouped([exp.alias_(folded, label, quoted=True)], changes)

    def counted(self, count: Tree) -> Tree:
        """Counts have no sign here."""
        return cast(count, self.bigint)

    def distinct_value(self, value: Tree, type: Type) -> Tree:
        """Zeros of both signs are equal, but two values to GROUP BY, DISTINCT and IN."""
        value = super().distinct_value(value, type)
        return add(bracket(value), self.float_literal(0.0)) if type.kind in FLOATS else value

    def in_constants(self, value: Tree, type: Type, items: Iterable[object]) -> Tree:
        """Of zeros there is only one to be found."""
        items = tuple(items)
        if type.kind in FLOATS and 0.0 in items:
            value = self.distinct_value(value, type)
            items = tuple(0.0 if item == 0.0 else item for item in items)
        return super().in_constants(value, type, items)

    def latest(self, fold: Fold) -> Tree:
        """The extreme of pairs, which are ordered by time and then by value."""
        assert fold.value is not None
        pair = call("tuple", fold.time, fold.value.copy())
        condition = all_of([*fold.conditions, self.present(fold.value)])
        assert condition is not None
        function = "argMaxIf" if fold.kernel is Kernel.LAST else "argMinIf"
        return call(function, fold.value.copy(), pair, condition)
