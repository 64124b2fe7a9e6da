"""What a dialect of SQL must say: some thirty primitives, most of them alike everywhere.

Every value is in the representation of `segue.compiler.types`. Nothing is transpiled: each
dialect builds, for each primitive, the expression that was tested on its engine. A new dialect
is one file that overrides what differs.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Field, TableName, TimeKind, Unit
from segue.compiler.plan.moments import Moment, UnknownMoment, latest
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import (
    DAY,
    FIRST_DAY,
    Binding,
    Bounds,
    Calendar,
    Sliding,
    bounds,
    from_microseconds,
    period_edges,
    to_days,
)
from segue.compiler.sql import zones
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.folds import Folds
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.limits import Limits
from segue.compiler.sql.trees import (
    Tree,
    add,
    bracket,
    call,
    case,
    cast,
    coalesce,
    integer,
    multiply,
    not_null,
    string,
    subtract,
)
from segue.compiler.types import TEXTS, Kind, Type

BEGINNING = to_days(FIRST_DAY) * DAY
MAX_FLOAT = 1.7976931348623157e308
MAX_WHOLE = 2**53
MAX_UNITS = 9 * 10**18
# Added before a division that truncates, so that it rounds down for negative numbers too.
LIFT = 2**62
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


# Some instant with all its digits, so that its text is found in a literal.
EXAMPLE = 1_234_567_890_123_456


def _in_calendar(instant: int) -> int:
    near = isinstance(instant, Moment) and instant.is_near
    return instant if near else latest(instant, BEGINNING)


def _day_start(instant: int) -> int:
    return instant.day_start() if isinstance(instant, Moment) else instant // DAY * DAY


class Dialect(Folds):
    """The primitives, spelled in the way most engines understand."""

    name: ClassVar[str]
    title: ClassVar[str]
    """What the engine is called."""
    sqlglot: ClassVar[str]
    """The name of sqlglot's generator."""
    double: ClassVar[str] = "DOUBLE"
    bigint: ClassVar[str] = "BIGINT"
    text: ClassVar[str] = "VARCHAR"
    max_identifier: ClassVar[int] = 120
    materialize: ClassVar[bool | None] = None
    """Whether shared steps of the query must be marked to be computed only once."""
    packed: ClassVar[str | None] = None
    """The integer of 128 bits in which counts may be packed, where that is faster."""
    byte: ClassVar[str | None] = None
    """The unsigned integer of 8 bits for masks, where these are faster than booleans."""
    timelines: ClassVar[bool] = True
    """Whether a sequence is better written as a timeline than as EXISTS."""
    nested_exists: ClassVar[int | None] = None
    """How deep one EXISTS inside another may read the rows of the query around; None is any."""
    largest_model: ClassVar[int] = 5_000
    """Of how many nodes or products a model may be that a query computes."""
    walks_lists: ClassVar[bool] = False
    """Whether the trees of a model are better walked as lists of nodes than written as CASE."""
    repeats: ClassVar[bool] = False
    """Whether an expression of a step is computed again at each place that uses it, unless the
    step is marked to be computed once; what is used a hundred times is marked then."""
    limits: ClassVar[Limits] = Limits()
    """How large a statement may be."""
    windows_apart: ClassVar[bool] = False
    """Whether each comparison with everybody needs a step of its own."""

    # --------------------------------------------------------------- statements

    def finish(self, query: exp.Query) -> exp.Query:
        """The whole query, ready to be written."""
        return query

    def stored(self, name: str) -> str:
        """A name of the catalog as the engine keeps it."""
        return name

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """A row for each flag of a step that is true: its name as `segment`, and the key.

        `flags` are names, each with its column. None where a UNION of a query for each flag does
        as well, since the engine computes the step once.
        """
        return None

    # ---------------------------------------------------------------- literals

    def literal(self, value: object, type: Type) -> Tree:
        """A constant in the representation of its type."""
        match value:
            case bool():
                return exp.Boolean(this=value)
            case str():
                return string(value)
            case float():
                return self.float_literal(value)
            case int():
                return integer(value)
            case _:
                raise TypeError(f"no literal for {value!r}")

    def float_literal(self, value: float) -> Tree:
        """A double, exactly. A bare 0.1 would be a decimal on half of the engines."""
        return cast(exp.Literal.number(repr(value)), self.double)

    def compared_float(self, value: float) -> Tree:
        """A double, exactly, beside one that is known to be a double; shorter where possible."""
        return self.float_literal(value)

    def time_literal(self, microseconds: int, kind: TimeKind) -> Tree:
        """An instant in the kind of a time column, so that the raw column can be compared."""
        moment = from_microseconds(microseconds).replace(tzinfo=None)
        spelled = moment.isoformat(" ", "microseconds")
        match kind:
            case TimeKind.UTC:
                return cast(string(spelled), "TIMESTAMP")
            case TimeKind.INSTANT:
                return cast(string(spelled + "+00"), "TIMESTAMPTZ")
            case TimeKind.DATE:
                return cast(string(moment.date().isoformat()), "DATE")

    def within(self, column: Tree, kind: TimeKind, covered: Bounds) -> list[Tree]:
        """The conditions on a raw time column for `(after, until]`."""
        after, until = covered
        # No table holds times before the calendar begins, nor could a literal.
        after = None if after is None else _in_calendar(after)
        until = _in_calendar(until)
        if kind is TimeKind.DATE:
            # Midnight is after `after` exactly when the day is after the day of `after`.
            after = None if after is None else _day_start(after)
            until = _day_start(until)
        conditions: list[Tree] = []
        if after is not None:
            literal = self._instant(after, kind)
            conditions.append(exp.GT(this=column.copy(), expression=literal))
        literal = self._instant(until, kind)
        conditions.append(exp.LTE(this=column.copy(), expression=literal))
        return conditions

    def _instant(self, instant: int, kind: TimeKind) -> Tree:
        """`time_literal`, also of a moment: the literal of another instant with its mark in it."""
        if not isinstance(instant, Moment):
            return self.time_literal(instant, kind)
        literal = self.time_literal(EXAMPLE, kind)
        example = from_microseconds(EXAMPLE).replace(tzinfo=None)
        spellings = {"t": example.isoformat(" ", "microseconds"), "d": str(example.date())}
        style = "d" if kind is TimeKind.DATE else "t"
        found = [n for n in literal.find_all(exp.Literal) if spellings[style] in n.this]
        if len(found) != 1:
            raise UnknownMoment(f"{self.title} has no text for an instant")
        found[0].set("this", found[0].this.replace(spellings[style], instant.mark(style)))
        return literal

    # ------------------------------------------------------------------ leaves

    def leaf(self, column: Tree, field: Field) -> Tree:
        """A column of a table in the representation of its type."""
        match field.type.kind:
            case Kind.FLOAT | Kind.RATIO | Kind.PROBABILITY:
                return self.finite_leaf(column)
            case Kind.DECIMAL:
                return self.units(column, 10**field.type.scale, half=True)
            case Kind.DURATION:
                return self.duration(column, field.unit or Unit.MICROSECOND)
            case Kind.DATE:
                return self.day_number(column)
            case Kind.TIMESTAMP:
                time = field.time or TimeKind.UTC
                return self.epoch(self.raw_time(column, time), time)
            case _:
                return column

    def key(self, value: Tree, type: Type) -> Tree:
        """A key of an entity, or what tells events of one table apart, to be compared."""
        return value

    def raw_time(self, column: Tree, kind: TimeKind) -> Tree:
        """A time column as what is compared with a `time_literal` and what extremes are taken
        of: the column itself, unless the session's zone has a say in that."""
        return column

    def finite_leaf(self, column: Tree) -> Tree:
        """A column of doubles, NaN and infinity missing."""
        limit = self.float_literal(MAX_FLOAT)
        condition = exp.LTE(this=exp.Abs(this=column.copy()), expression=limit)
        return case((condition, cast(column, self.double)))

    def units(self, column: Tree, factor: int, *, half: bool) -> Tree:
        """A numeric column times a factor, as a whole number, halves upwards.

        Missing where it does not fit 64 bits, or is NaN.
        """
        limit = integer(MAX_UNITS // factor)
        fits = exp.LTE(this=exp.Abs(this=column.copy()), expression=limit)
        scaled = multiply(column, self.decimal_factor(factor)) if factor != 1 else column
        rounded = call("FLOOR", add(scaled, self.half()) if half else scaled)
        return case((fits, self.whole(rounded)))

    def half(self) -> Tree:
        """0.5 as an exact number."""
        return exp.Literal.number("0.5")

    def decimal_factor(self, factor: int) -> Tree:
        """What a numeric column of any kind is multiplied by."""
        return integer(factor)

    def duration(self, column: Tree, unit: Unit) -> Tree:
        """A number of units as microseconds."""
        if unit is Unit.MICROSECOND:
            return cast(column, self.bigint)
        limit = integer(MAX_UNITS // unit.microseconds)
        fits = exp.LTE(this=exp.Abs(this=column.copy()), expression=limit)
        exact = multiply(cast(column, self.double), self.float_literal(float(unit.microseconds)))
        rounded = call("FLOOR", add(exact, self.float_literal(0.5)))
        return case((fits, self.whole(rounded)))

    def day_number(self, column: Tree) -> Tree:
        """A date column as days since 1970-01-01."""
        return subtract(column, cast(string("1970-01-01"), "DATE"))

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """A `raw_time` as microseconds since 1970-01-01T00:00:00Z."""
        raise NotImplementedError

    def whole(self, value: Tree) -> Tree:
        """A number without a fraction, known to fit, as a whole number of 64 bits."""
        return cast(value, self.bigint)

    def wide(self, value: Tree) -> Tree:
        """A whole number of any width as one of 64 bits, before arithmetic."""
        return cast(value, self.bigint)

    # ------------------------------------------------------------------- truth

    def is_true(self, value: Tree) -> Tree:
        """A truth that is never unknown."""
        return coalesce(value, exp.false())

    # ----------------------------------------------------------------- numbers

    def finite(self, value: Tree) -> Tree:
        """A computed double, NaN and infinity missing; says `value` once."""
        for name in ("nan", "inf", "-inf"):
            value = exp.Nullif(this=value, expression=cast(string(name), self.double))
        return value

    def doubles(self, node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr) -> Tree:
        """A sum, difference or product of doubles, missing where it is not finite."""
        return self.finite(node(this=left, expression=right))

    def double_quotient(self, left: Tree, right: Tree, expr: Expr) -> Tree:
        """A quotient of doubles, missing where it is not finite or the divisor is 0."""
        return self.finite(self.divide(left, right))

    def divide(self, left: Tree, right: Tree) -> Tree:
        """IEEE division of doubles, missing where the divisor is 0."""
        right = self.divisor(right)
        return exp.Div(this=bracket(left), expression=right, typed=True, safe=False)

    def divisor(self, value: Tree) -> Tree:
        """A double to divide by, missing where it is 0."""
        constant = isinstance(value, exp.Cast) and isinstance(value.this, exp.Literal)
        if constant and float(value.this.this) != 0.0:
            return value
        return exp.Nullif(this=value, expression=self.float_literal(0.0))

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """Division of whole numbers that are not negative, rounding down."""
        return exp.Div(this=bracket(left), expression=integer(right), typed=True, safe=False)

    def remainder(self, left: Tree, right: int) -> Tree:
        """The remainder of a whole number that is not negative."""
        return exp.Mod(this=bracket(left), expression=integer(right))

    def floor(self, value: Tree) -> Tree:
        """A double rounded down to a whole number; missing beyond 2^53."""
        size = exp.Abs(this=value.copy())
        fits = exp.LTE(this=size, expression=self.float_literal(float(MAX_WHOLE)))
        return case((fits, self.whole(call("FLOOR", value))))

    def floor_divide(self, value: Tree, divisor: int) -> Tree:
        """A whole number divided by a positive one, rounding down."""
        if divisor == 1:
            return value
        lift = LIFT // divisor
        lifted = add(value, integer(lift * divisor))
        return subtract(self.integer_divide(lifted, divisor), integer(lift))

    def modulo(self, value: Tree, divisor: int) -> Tree:
        """The remainder of the division that rounds down: from 0 to divisor - 1."""
        return self.remainder(add(value, integer(LIFT // divisor * divisor)), divisor)

    def square_root(self, value: Tree) -> Tree:
        """The square root, missing for a negative number."""
        negative = exp.GTE(this=value.copy(), expression=self.float_literal(0.0))
        return case((negative, call("SQRT", value)))

    def to_double(self, value: Tree, scale: int) -> Tree:
        """An exact number of `scale` places as a double, by one division."""
        double = cast(value, self.double)
        if scale == 0:
            return double
        divisor = self.float_literal(float(10**scale))
        return exp.Div(this=double, expression=divisor, typed=True, safe=False)

    def fixed_point(self, value: Tree, places: int) -> Tree:
        """A double in fixed point, missing where that does not fit 64 bits."""
        limit = self.float_literal(float(MAX_UNITS // 10**places))
        fits = exp.LTE(this=exp.Abs(this=value.copy()), expression=limit)
        scaled = multiply(value, self.float_literal(float(10**places)))
        rounded = call("FLOOR", add(scaled, self.float_literal(0.5)))
        return case((fits, self.whole(rounded)))

    def absolute(self, value: Tree, type: Type) -> Tree:
        """A number without its sign."""
        return exp.Abs(this=value)

    def extreme(self, which: str, left: Tree, right: Tree) -> Tree:
        """`LEAST` or `GREATEST` of two values that are there."""
        return call(which.upper(), left, right)

    # ------------------------------------------------------------------- states

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """A row for each entity with its state after all changes."""
        return walks.reflected(walk, changes, label, step, self.extreme, self.bigint)

    # ------------------------------------------------------------------- scores

    def store_table(self, name: TableName) -> TableName:
        """A table of a store, as the engine addresses it."""
        return name

    def list_of(self, items: Iterable[Tree]) -> Tree:
        """A list of some values; this and the next three only where the engine `walks_lists`."""
        raise NotImplementedError

    def list_literal(self, items: Iterable[int | float]) -> Tree:
        """A list of constants, exactly, as one literal: there may be hundreds of thousands."""
        raise NotImplementedError

    def walk_lists(self, roots: Iterable[int], depth: int, row: Tree, trees: str) -> Tree:
        """The leaf of each tree in which a row ends that is a list of columns.

        `trees` is the step with the lists of nodes, `feature`, `threshold` and `below`.
        """
        raise NotImplementedError

    def sum_of_leaves(self, start: float, leaves: Tree, values: Tree) -> Tree:
        """A start, and the values of all leaves added to it in order."""
        raise NotImplementedError

    # -------------------------------------------------------------------- text

    def binary_text(self, value: Tree) -> Tree:
        """Text to be compared or ordered by code point."""
        return value

    def in_constants(self, value: Tree, type: Type, items: Iterable[object]) -> Tree:
        """Whether a value is one of the constants."""
        literals = [self.literal(item, type) for item in items if item is not None]
        if not literals:
            return exp.false()
        if type.kind in TEXTS:
            value = self.binary_text(value)
            literals = [self.binary_text(literal) for literal in literals]
        return exp.In(this=bracket(value), expressions=literals)

    def starts_with(self, value: Tree, prefix: str) -> Tree:
        """Whether a text begins so."""
        start = call("SUBSTR", value, integer(1), integer(len(prefix)))
        same = self.binary_text(string(prefix))
        return exp.EQ(this=self.binary_text(start), expression=same)

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """Whether a text ends so."""
        if not suffix:
            return not_null(value)
        size = self.length(value.copy())
        long_enough = exp.GTE(this=size, expression=integer(len(suffix)))
        start = subtract(size.copy(), integer(len(suffix) - 1))
        end = call("SUBSTR", value, start, integer(len(suffix)))
        wanted = self.binary_text(string(suffix))
        same = exp.EQ(this=self.binary_text(end), expression=wanted)
        return exp.and_(long_enough, same, copy=False)

    def contains(self, value: Tree, part: str) -> Tree:
        """Whether a text holds these characters."""
        if not part:
            return not_null(value)
        return exp.GT(this=call("STRPOS", value, string(part)), expression=integer(0))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """Whether some part of a text matches a portable regular expression."""
        raise NotImplementedError

    def lower(self, value: Tree) -> Tree:
        """A to Z as a to z."""
        return call("TRANSLATE", value, string(UPPER), string(UPPER.lower()))

    def upper(self, value: Tree) -> Tree:
        """Characters a to z as A to Z."""
        return call("TRANSLATE", value, string(UPPER.lower()), string(UPPER))

    def trim(self, value: Tree) -> Tree:
        """Text without blanks at its ends."""
        return call("TRIM", value, self.blanks())

    def blanks(self) -> Tree:
        """The characters that are blank."""
        blanks: Tree = string(" ")
        for code in range(9, 14):
            blanks = exp.DPipe(this=blanks, expression=call("CHR", integer(code)))
        return blanks

    def length(self, value: Tree) -> Tree:
        """How many code points."""
        return call("LENGTH", value)

    def bucket(self, key: Tree, type: Type, salt: object, count: object) -> Tree:
        """The first 32 bits of md5(`salt:key`), modulo a count."""
        assert isinstance(count, int)
        if type.kind not in TEXTS:
            key = cast(key, self.text)
        salted = exp.DPipe(this=string(f"{salt}:"), expression=bracket(key))
        return self.remainder(self.hash32(salted), count)

    def hash32(self, value: Tree) -> Tree:
        """The first 32 bits of the md5 of a text, as a whole number."""
        raise NotImplementedError

    # -------------------------------------------------------------------- time

    def local_time(self, value: Tree, binding: Binding, covered: Bounds | None = None) -> Tree:
        """Microseconds of the zone's wall clock; `covered` is what the instant can be.

        Offsets are a ladder of the zone's own transitions: engines' zone data differ.
        """
        ladder = zones.offsets(binding, covered)
        if len(ladder) == 1:
            return add(value, integer(ladder[0].offset)) if ladder[0].offset else value
        branches = [
            (exp.GTE(this=value.copy(), expression=integer(step.start)), integer(step.offset))
            for step in reversed(ladder[1:])
        ]
        return add(value, case(*branches, default=integer(ladder[0].offset)))

    def civil_part(self, part: str, days: Tree) -> Tree:
        """The year, month or day of a day number."""
        raise NotImplementedError

    def anniversary(self, days: Tree, today: date, ahead: object) -> Tree:
        """Whether a day's month and day come round within `ahead` days from today."""
        assert isinstance(ahead, int)
        wanted: dict[int, None] = {}
        for n in range(min(ahead, 366) + 1):
            day = today + timedelta(days=n)
            wanted[day.month * 100 + day.day] = None
            tomorrow = day + timedelta(days=1)
            if (day.month, day.day, tomorrow.day) == (2, 28, 1):
                wanted[229] = None
        hundreds = multiply(self.civil_part("month", days.copy()), integer(100))
        place = add(hundreds, self.civil_part("day", days))
        return exp.In(this=exp.Paren(this=place), expressions=[integer(d) for d in wanted])

    def period(self, value: Tree, param: object, binding: Binding) -> Tree:
        """Which slice of a window an instant inside it is in."""
        assert isinstance(param, tuple)
        window, unit = param
        covered = bounds(window, binding)
        if isinstance(window, Sliding) and isinstance(unit, int):
            assert covered.after is not None
            return self.integer_divide(subtract(value, integer(covered.after + 1)), unit)
        assert isinstance(window, Calendar)
        if unit in ("day", "week"):
            # Any number that differs from period to period will do.
            day = self.integer_divide(self.local_time(value, binding, covered), DAY)
            return day if unit == "day" else self.integer_divide(add(day, integer(3)), 7)
        edges = period_edges(window, binding)
        branches = [
            (exp.GTE(this=value.copy(), expression=integer(edge)), integer(i))
            for i, edge in reversed(list(enumerate(edges[:-1])))
        ]
        return case(*branches)

    # ------------------------------------------------------------------ helpers

    def date_of(self, days: Tree) -> Tree:
        """The date of a day number, for engines where a date plus a number is a date."""
        start = cast(string("1970-01-01"), "DATE")
        inner: Tree = days.this if isinstance(days, exp.Paren) else days
        if isinstance(inner, exp.Sub) and inner.expression == start:
            date: Tree = inner.this  # A column that is a date itself.
            return date
        return add(start, cast(days, "INTEGER"))

    def discriminator(self, column: Tree, values: Iterable[str | int | bool]) -> Tree:
        """Whether a column that tells events apart holds one of these values."""
        type = Type(Kind.STRING)
        literals = [self.literal(value, type) for value in values]
        if literals[0].is_string:
            column, *literals = (self.key(tree, type) for tree in (column, *literals))
        if len(literals) == 1:
            return exp.EQ(this=column, expression=literals[0])
        return exp.In(this=column, expressions=literals)

    def ordered_value(self, value: Tree, type: Type) -> Tree:
        """A value to be sorted or grouped by."""
        return self.binary_text(value) if type.kind in TEXTS else value

    def partition_value(self, value: Tree, type: Type) -> Tree:
        """A value such that rows with equal ones are one partition of a window."""
        return self.ordered_value(value, type)
