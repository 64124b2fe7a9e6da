"""What the warehouse counts for a profile: no row of an entity leaves it.

The values of all subjects are computed once, in a working table; the rest are aggregates of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlglot
from sqlglot import exp

from segue.compiler.plan.windows import Binding
from segue.compiler.scores.units import divisor
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import in_parts
from segue.compiler.sql.query import check_size, prepare
from segue.compiler.sql.trees import case, column, identifier, integer, named, string
from segue.compiler.types import Kind
from segue.runtime.membership.store import Store
from segue.runtime.profile.subjects import Family, Question, Subject
from segue.runtime.warehouse.warehouse import Warehouse

TABLE = "segue_profile"
ROOM = 200
"""Bytes that are written around the query that fills it."""
MOST_VALUES = 50
"""The most frequent values of a text that are looked at."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many have a number, and the least that a quarter, half and three quarters do not exceed.

    In the units of a model: amounts in units, durations in days.
    """

    count: int
    missing: int
    quarter: float | None
    median: float | None
    three_quarters: float | None


@dataclass(frozen=True, slots=True)
class NumberCounts:
    """A number among members and among everybody; `rank_sum` is that of the members' ranks.

    Ranks are those among all who have the number, from 1; equal ones share their mean.
    """

    subject: Subject
    members: Spread
    everybody: Spread
    rank_sum: float


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many members, and how many of everybody, have a value; None are those without."""

    subject: Subject
    value: str | None
    members: int
    everybody: int


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was counted. `hours` are events of members and of everybody by hour of the day."""

    members: int
    everybody: int
    numbers: tuple[NumberCounts, ...]
    values: tuple[ValueCount, ...]
    hours_of_members: tuple[int, ...]
    hours_of_everybody: tuple[int, ...]


def survey(warehouse: Warehouse, question: Question, as_of: int, fewest: int) -> Survey:
    """Counts what a profile needs as of an instant in microseconds.

    A value that fewer than `fewest` entities have is not looked at.
    """
    table = warehouse.temporary_table(TABLE)
    _fill(warehouse, question, as_of, table)
    try:
        return _Counting(warehouse, question, table, fewest).run()
    finally:
        warehouse.execute(exp.Drop(tables=[table.copy()], kind="TABLE"))


def _fill(warehouse: Warehouse, question: Question, as_of: int, table: exp.Table) -> None:
    """Makes the working table: `m`, 1 for members, and `v0` to the last the values of subjects.

    Where one statement would be too large for the engine, the values come from several.
    """
    binding = Binding(as_of, ZoneInfo(question.plan.catalog.timezone))
    store, target = Store(warehouse), dialect(warehouse.dialect)

    def write(places: Sequence[int]) -> exp.Query:
        query = _values(question, binding, target, places)
        check_size(query, warehouse.dialect, ROOM)
        return query

    parts = in_parts(range(len(question.subjects)), write)
    if len(parts) == 1:
        store.create_temporary(table, parts[0])
        return
    tables = [warehouse.temporary_table(f"{TABLE}_{number}") for number in range(len(parts))]
    for part, query in zip(tables, parts, strict=True):
        store.create_temporary(part.copy(), query)
    store.create_temporary(table, _side_by_side(tables, parts))
    for part in tables:
        warehouse.execute(exp.Drop(tables=[part.copy()], kind="TABLE"))


def _values(
    question: Question, binding: Binding, target: Dialect, places: Sequence[int]
) -> exp.Query:
    """The entities with the values of some subjects."""
    subjects = {place: question.subjects[place] for place in places}
    exprs = [question.condition, *(subject.expr for subject in subjects.values())]
    prepared = prepare(question.plan, binding, target, exprs)
    member = case((prepared.condition(question.condition), integer(1)), default=integer(0))
    items = [named(column(prepared.key), "k"), named(member, "m")]
    for place, subject in subjects.items():
        value = prepared.value(subject.expr)
        if subject.expr.type.kind is Kind.BOOL:
            truth = prepared.condition(subject.expr)
            value = case((truth, string("true")), default=string("false"))
        items.append(named(value, f"v{place}"))
    query = prepared.finish(prepared.select_everybody(*items), "")
    query.comments = None
    return query


def _side_by_side(tables: Sequence[exp.Table], parts: Sequence[exp.Query]) -> exp.Query:
    """The rows of the first table, with the values of all."""
    query = exp.select(*(column(name, "p0") for name in parts[0].named_selects if name != "k"))
    query = query.from_(exp.alias_(tables[0].copy(), "p0", table=True, quoted=True))
    for number, (table, part) in enumerate(zip(tables[1:], parts[1:], strict=True), start=1):
        names = [name for name in part.named_selects if name not in ("k", "m")]
        # A key in several rows would otherwise become more of them.
        values = [named(exp.Max(this=column(name)), name) for name in names]
        once = exp.select(column("k"), *values).from_(table.copy()).group_by(column("k"))
        alias = f"p{number}"
        same = exp.EQ(this=column("k", alias), expression=column("k", "p0"))
        other = exp.Subquery(this=once, alias=exp.TableAlias(this=identifier(alias)))
        query = query.select(*(column(name, alias) for name in names))
        query = query.join(other, on=same, join_type="left")
    return query


_NUMBER = """
    SELECT :n AS n, m, COUNT(*) AS rows, SUM(2 * lowest + equal - 1) AS ranks,
        MAX(CASE WHEN 4 * place >= among AND 4 * (place - 1) < among THEN v END) AS a,
        MAX(CASE WHEN 4 * place >= 2 * among AND 4 * (place - 1) < 2 * among THEN v END) AS b,
        MAX(CASE WHEN 4 * place >= 3 * among AND 4 * (place - 1) < 3 * among THEN v END) AS c,
        MAX(CASE WHEN 4 * at_all >= all_n AND 4 * (at_all - 1) < all_n THEN v END) AS d,
        MAX(CASE WHEN 4 * at_all >= 2 * all_n AND 4 * (at_all - 1) < 2 * all_n THEN v END) AS e,
        MAX(CASE WHEN 4 * at_all >= 3 * all_n AND 4 * (at_all - 1) < 3 * all_n THEN v END) AS f
    FROM (
        SELECT m, :v AS v,
            RANK() OVER (ORDER BY :v) AS lowest,
            COUNT(*) OVER (PARTITION BY :v) AS equal,
            ROW_NUMBER() OVER (PARTITION BY m ORDER BY :v) AS place,
            COUNT(*) OVER (PARTITION BY m) AS among,
            ROW_NUMBER() OVER (ORDER BY :v) AS at_all,
            COUNT(*) OVER () AS all_n
        FROM t WHERE NOT :v IS NULL
    ) AS ranked GROUP BY m
"""
_VALUES = """
    SELECT :n AS n, v, rows, members FROM (
        SELECT :v AS v, COUNT(*) AS rows, SUM(m) AS members
        FROM t GROUP BY :v HAVING COUNT(*) >= :fewest OR :v IS NULL
        ORDER BY rows DESC, v LIMIT :most
    ) AS counted
"""


class _Counting:
    """The aggregates of one working table."""

    def __init__(
        self, warehouse: Warehouse, question: Question, table: exp.Table, fewest: int
    ) -> None:
        self.warehouse = warehouse
        self.table = table
        self.fewest = fewest
        self.subjects = question.subjects

    def run(self) -> Survey:
        """All of them."""
        totals = self._totals()
        members, others = totals.get(1, {}), totals.get(0, {})
        hours = [n for n, subject in enumerate(self.subjects) if subject.family is Family.HOUR]
        return Survey(
            members=members.get("rows", 0),
            everybody=members.get("rows", 0) + others.get("rows", 0),
            numbers=tuple(self._numbers(members, others)),
            values=tuple(self._values()),
            hours_of_members=tuple(members.get(f"v{n}", 0) for n in hours),
            hours_of_everybody=tuple(
                members.get(f"v{n}", 0) + others.get(f"v{n}", 0) for n in hours
            ),
        )

    def _totals(self) -> dict[int, dict[str, int]]:
        """For members and others: rows, how many have each number, and the sums of hours."""
        names, items = ["rows"], [exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)]
        for n, subject in enumerate(self.subjects):
            if subject.is_text:
                continue
            function = exp.Sum if subject.family is Family.HOUR else exp.Count
            names.append(f"v{n}")
            items.append(exp.alias_(function(this=column(f"v{n}")), f"v{n}", quoted=True))
        query = exp.select(column("m"), *items).from_(self.table.copy()).group_by(column("m"))
        return {
            int(row[0]): {name: int(value or 0) for name, value in zip(names, row[1:], strict=True)}
            for row in self.warehouse.fetch(query)
        }

    def _numbers(self, members: Mapping[str, int], others: Mapping[str, int]) -> list[NumberCounts]:
        wanted = [
            n
            for n, subject in enumerate(self.subjects)
            if not subject.is_text and subject.family is not Family.HOUR
        ]
        rows: dict[int, dict[int, tuple[Any, ...]]] = {n: {} for n in wanted}
        for n, m, *rest in self._each(_NUMBER, wanted):
            rows[int(n)][int(m)] = tuple(rest)
        found = []
        for n in wanted:
            subject, by_side = self.subjects[n], rows[n]
            unit = divisor(subject.expr.type)
            have = members.get(f"v{n}", 0), others.get(f"v{n}", 0)
            total = members.get("rows", 0), others.get("rows", 0)
            mine = by_side.get(1)
            whole = [_either(by_side, place, unit) for place in (5, 6, 7)]
            parts = [None if mine is None else _in_units(mine[p], unit) for p in (2, 3, 4)]
            found.append(
                NumberCounts(
                    subject,
                    Spread(have[0], total[0] - have[0], *parts),
                    Spread(sum(have), sum(total) - sum(have), *whole),
                    0.0 if mine is None else float(mine[1]) / 2,
                )
            )
        return found

    def _values(self) -> list[ValueCount]:
        wanted = [n for n, subject in enumerate(self.subjects) if subject.is_text]
        return [
            ValueCount(self.subjects[int(n)], value, int(members or 0), int(rows))
            for n, value, rows, members in self._each(_VALUES, wanted)
        ]

    def _each(self, text: str, wanted: Sequence[int]) -> list[tuple[Any, ...]]:
        """The rows of a query for each subject."""
        rows: list[tuple[Any, ...]] = []
        for n in wanted:
            rows += self.warehouse.fetch(self._placed(text, n))
        return rows

    def _placed(self, text: str, n: int) -> exp.Expr:
        places: dict[str, exp.Expr] = {
            "n": integer(n),
            "v": column(f"v{n}"),
            "fewest": integer(self.fewest),
            "most": integer(MOST_VALUES),
        }

        def place(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder):
                return places[node.name].copy()
            if isinstance(node, exp.Table) and node.name == "t":
                return self.table.copy()
            return node

        return sqlglot.parse_one(text).transform(place, copy=False)


def _in_units(value: Any, unit: float) -> float | None:
    return None if value is None else float(value) / unit


def _either(by_side: Mapping[int, tuple[Any, ...]], place: int, unit: float) -> float | None:
    """A quantile of everybody, which is the value of a member or of another."""
    for row in by_side.values():
        if row[place] is not None:
            return _in_units(row[place], unit)
    return None
