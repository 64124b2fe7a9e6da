"""How instants, days and durations are spelled: as whole numbers, by no arithmetic of dates.

Only a raw column of times is compared as it is, with a literal of its kind.
"""

from abc import abstractmethod
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import PARTITION_KINDS, TimeKind, Unit
from segue.compiler.catalog.partition import STARTS, Holds, Partition, Period, written
from segue.compiler.plan.moments import Moment, UnknownMoment, latest
from segue.compiler.plan.windows import (
    DAY,
    FIRST_DAY,
    LAST_DAY,
    Binding,
    Bounds,
    Calendar,
    Sliding,
    bounds,
    from_microseconds,
    period_edges,
    to_days,
    to_microseconds,
)
from segue.compiler.sql import zones
from segue.compiler.sql.dialects.numbers import MAX_UNITS, Numbers
from segue.compiler.sql.trees import (
    Tree,
    add,
    call,
    case,
    cast,
    integer,
    multiply,
    string,
    subtract,
)

HOUR = 3_600_000_000
BEGINNING = to_days(FIRST_DAY) * DAY
# Some instant with all its digits, so that its text is found in a literal.
EXAMPLE = 1_234_567_890_123_456
END = (to_days(LAST_DAY) + 2) * DAY - 1
"""The last instant of the calendar."""
_LENGTHS = {Period.HOUR: HOUR, Period.DAY: DAY, Period.MONTH: 31 * DAY}
"""How long a period is at the most."""


class Times(Numbers):
    """Constants and columns of times, the wall clock of a zone, and periods."""

    title: ClassVar[str]

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
        return self._marked(literal, spellings[style], instant.mark(style))

    def _marked(self, literal: Tree, spelled: str, mark: str) -> Tree:
        """A literal with a mark in place of how an instant is spelled in it."""
        found = [n for n in literal.find_all(exp.Literal) if spelled in n.this]
        if len(found) != 1:
            raise UnknownMoment(f"{self.title} has no text for an instant")
        found[0].set("this", found[0].this.replace(spelled, mark))
        return literal

    def partitions(self, column: Tree, partition: Partition, covered: Bounds) -> list[Tree]:
        """The conditions on a partition column for `(after, until]`.

        The column is compared as it is, with constants: otherwise no engine skips anything.
        """
        first = _first(covered.after, partition.lead)
        last = _before_end(_in_calendar(covered.until) + partition.lag)
        kind = PARTITION_KINDS.get(partition.holds)
        if kind in (TimeKind.UTC, TimeKind.INSTANT):
            starts = _starts(first, last, partition.by)
            return self.within(self.raw_time(column, kind), kind, starts)
        conditions: list[Tree] = []
        if first is not None:
            literal = self._partition(first, partition)
            conditions.append(exp.GTE(this=column.copy(), expression=literal))
        literal = self._partition(last, partition)
        conditions.append(exp.LTE(this=column.copy(), expression=literal))
        return conditions

    def _partition(self, instant: int, partition: Partition) -> Tree:
        """The value of the partition of an instant, as the column holds it."""
        shown = _written(instant, partition.written)
        match partition.holds:
            case Holds.STRING:
                return string(shown)
            case Holds.INT:
                return exp.Literal.number(shown)
            case _ if isinstance(instant, Moment):
                day = from_microseconds(EXAMPLE).date().isoformat()
                return self._marked(self.time_literal(EXAMPLE, TimeKind.DATE), day, shown)
            case _:
                return self.time_literal(_microseconds(shown), TimeKind.DATE)

    def raw_time(self, column: Tree, kind: TimeKind) -> Tree:
        """A time column as what is compared with a `time_literal` and what extremes are taken
        of: the column itself, unless the session's zone has a say in that."""
        return column

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

    def date_of(self, days: Tree) -> Tree:
        """The date of a day number, for engines where a date plus a number is a date."""
        start = cast(string("1970-01-01"), "DATE")
        inner: Tree = days.this if isinstance(days, exp.Paren) else days
        if isinstance(inner, exp.Sub) and inner.expression == start:
            date: Tree = inner.this  # A column that is a date itself.
            return date
        return add(start, cast(days, "INTEGER"))

    @abstractmethod
    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """A `raw_time` as microseconds since 1970-01-01T00:00:00Z."""

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

    @abstractmethod
    def civil_part(self, part: str, days: Tree) -> Tree:
        """The year, month or day of a day number."""

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


def _in_calendar(instant: int) -> int:
    near = isinstance(instant, Moment) and instant.is_near
    return instant if near else latest(instant, BEGINNING)


def _first(after: int | None, lead: int) -> int | None:
    """The first instant whose partition may hold rows later than another instant; None for any."""
    if after is None:
        return None
    first = after + 1 - lead
    if isinstance(first, Moment):
        return first if first.is_near else None
    return first if first > BEGINNING + _LENGTHS[Period.MONTH] else None


def _before_end(instant: int) -> int:
    return instant if isinstance(instant, Moment) else min(instant, END)


def _starts(first: int | None, last: int, by: Period) -> Bounds:
    """The interval with the starts of the periods of two instants and of those in between."""
    if first is None or not isinstance(first, Moment):
        after = None if first is None else _start(first, by) - 1
        return Bounds(after, last)
    # What is later than a period before an instant has begun no earlier than the instant's own.
    return Bounds(first - _LENGTHS[by], last)


def _start(instant: int, by: Period) -> int:
    return _microseconds(written(instant, STARTS[by]))


def _written(instant: int, format: str) -> str:
    return instant.written(format) if isinstance(instant, Moment) else written(instant, format)


def _microseconds(start: str) -> int:
    return to_microseconds(datetime.fromisoformat(start).replace(tzinfo=UTC))


def _day_start(instant: int) -> int:
    return instant.day_start() if isinstance(instant, Moment) else instant // DAY * DAY
