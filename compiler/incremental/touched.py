"""SQL of what a sweep found: the keys of rows in its strips, rows by day, values to be kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from sqlglot import exp

from segue.compiler.catalog.model import TableEvent, TimeColumn
from segue.compiler.incremental.columns import column_type
from segue.compiler.incremental.sources import Mark, Source
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import DAY, Binding, Bounds, covers
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.dialects.times import BEGINNING
from segue.compiler.sql.query import header, prepare
from segue.compiler.sql.rows import Rows, table
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    any_of,
    bracket,
    cast,
    column,
    is_null,
    named,
    not_null,
)

KEY, DAY_NUMBER, ROWS = "key", "day", "rows"


def touched_keys(
    source: Source,
    strips: Mapping[str, Sequence[Bounds]],
    mark: Mark,
    reach: int | None,
    binding: Binding,
    dialect_name: str,
) -> exp.Query:
    """The keys of rows of a source that lie in a strip, or were not there at a mark.

    As the table holds them. `reach` is the instant after which its rows are read at all. A key
    may come several times.
    """
    target = dialect(dialect_name)
    by_strip: dict[Bounds, list[TableEvent]] = {}
    for member in source.members:
        for strip in strips.get(member.name, ()):
            by_strip.setdefault(strip, []).append(member)
    rows = _rows(target, source)
    queries: list[exp.Query] = []
    if source.arrived is None:
        by_strip.setdefault(Bounds(mark.closed, binding.as_of), []).extend(source.members)
    else:
        # Apart from the strips, so that an engine can skip what arrived before.
        late = [*rows.scanned(Bounds(reach, binding.as_of)), *_which(rows)]
        queries.append(_keys(rows, [*late, _arrived_since(source.arrived, mark, target)]))
    for hull in target.stretches(by_strip):
        inside: list[Tree] = []
        for strip, members in by_strip.items():
            if covers(hull, strip):
                part = _rows(target, replace(source, members=tuple(members)))
                inside.append(_all([*part.within(strip), *_which(part)]))
        found = any_of(bracket(condition) for condition in inside)
        assert found is not None
        # The bounds of all of them first: an engine can skip what lies outside of these.
        queries.append(_keys(rows, [*rows.scanned(hull), found]))
    return reduce(_union_all, queries)


def _keys(rows: Rows, conditions: Iterable[Tree]) -> exp.Select:
    """The keys of the rows that fulfil some conditions."""
    query = exp.select(named(rows.raw_key, KEY), copy=False).from_(rows.source)
    return query.where(not_null(rows.raw_key), *conditions, copy=False)


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)


def _all(conditions: Iterable[Tree]) -> Tree:
    found = all_of(conditions)
    assert found is not None
    return found


def rows_by_day(source: Source, condition: Tree, dialect_name: str) -> exp.Select:
    """How many counted rows fulfil a condition, by their day since 1970-01-01 (UTC)."""
    rows = _rows(dialect(dialect_name), source)
    day = rows.dialect.floor_divide(rows.moment, DAY)
    items = [
        exp.alias_(day, DAY_NUMBER, quoted=True),
        exp.alias_(exp.Count(this=exp.Star()), ROWS, quoted=True),
    ]
    query = exp.select(*items, copy=False).from_(rows.source)
    query = query.where(condition, *_counted(source, dialect_name), copy=False)
    return query.group_by(day.copy(), copy=False)


def seen(source: Source, mark: Mark, dialect_name: str, after: int | None = None) -> Tree:
    """Whether a row later than `after` was there at a mark; a row without a time never was."""
    rows = _rows(dialect(dialect_name), source)
    covered = Bounds(after, mark.closed)
    return _all([*_there(rows, source, mark, covered), *rows.partitions(covered)])


def _there(rows: Rows, source: Source, mark: Mark, covered: Bounds) -> list[Tree]:
    """The conditions that a row of an interval was there at a mark."""
    arrived = source.arrived
    had = [] if arrived is None else [bracket(_had_arrived(arrived, mark, rows.dialect))]
    return [*rows.within(covered), *had]


def count_of_rows(source: Source, condition: Tree, dialect_name: str) -> exp.Select:
    """How many counted rows of a source fulfil a condition."""
    query = exp.select(exp.Count(this=exp.Star()), copy=False).from_(table(source.place.table))
    return query.where(condition, *_counted(source, dialect_name), copy=False)


def _counted(source: Source, dialect_name: str) -> list[Tree]:
    """Which rows are counted, where that is not all of the table."""
    if not source.counted:
        return []
    return _which(_rows(dialect(dialect_name), replace(source, members=source.counted)))


def earliest_time(source: Source, condition: Tree, dialect_name: str) -> exp.Select:
    """The first time of the rows of a source that fulfil a condition, in microseconds."""
    rows = _rows(dialect(dialect_name), source)
    first = rows.epoch(exp.Min(this=rows.time))
    return exp.select(first, copy=False).from_(rows.source).where(condition, copy=False)


def newly_seen(source: Source, before: Mark, now: Mark, dialect_name: str) -> Tree:
    """Whether a row was there at a mark, and not at the one before it."""
    rows = _rows(dialect(dialect_name), source)
    if source.arrived is None:
        return _all(rows.scanned(Bounds(before.closed, now.closed)))
    unseen = exp.Not(this=bracket(_all(_there(rows, source, before, Bounds(None, before.closed)))))
    return exp.and_(bracket(seen(source, now, dialect_name)), unseen, copy=False)


def open_keys(source: Source, mark: Mark, until: int, dialect_name: str) -> exp.Select:
    """The keys of rows up to an instant that may still be corrected. One may come repeatedly."""
    rows = _rows(dialect(dialect_name), source)
    return _keys(rows, [*rows.scanned(Bounds(mark.closed, until)), *_which(rows)])


def latest_arrival(source: Source, before: Mark | None, dialect_name: str) -> exp.Select:
    """The greatest value of the column that says when a row arrived, in microseconds.

    Of the rows that have arrived since a mark, where there was one.
    """
    assert source.arrived is not None
    target = dialect(dialect_name)
    times = _raw_time(source.arrived, target)
    latest = target.epoch(exp.Max(this=times), source.arrived.kind)
    query = exp.select(latest, copy=False).from_(table(source.place.table))
    if before is not None:
        query = query.where(_arrived_since(source.arrived, before, target), copy=False)
    return query


def values_query(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    values: Mapping[str, Expr],
    chosen: Chosen | None = None,
    given: Given | None = None,
) -> exp.Query:
    """Values of all entities, or of those chosen, as columns of these names after `key`."""
    target = dialect(dialect_name)
    prepared = prepare(plan, binding, target, list(values.values()), chosen=chosen, given=given)
    items = [named(column(prepared.key), KEY)]
    items += [
        named(cast(prepared.value(value), column_type(value.type, target)), name)
        for name, value in values.items()
    ]
    query = prepared.select(*items).where(not_null(column(prepared.key)), copy=False)
    return prepared.finish(query, header(binding))


def _rows(target: Dialect, source: Source) -> Rows:
    return Rows(target, "", source.members, source.key_type)


def _which(rows: Rows) -> list[Tree]:
    condition = rows.condition()
    return [] if condition is None else [condition]


def _had_arrived(arrived: TimeColumn, mark: Mark, target: Dialect) -> Tree:
    """Whether a row had arrived by then; one that does not say counts as one that had."""
    unsaid = is_null(column(arrived.name))
    if mark.arrived is None:
        return unsaid
    return exp.or_(unsaid, *_by_then(arrived, Bounds(None, mark.arrived), target), copy=False)


def _arrived_since(arrived: TimeColumn, mark: Mark, target: Dialect) -> Tree:
    """Whether a row has arrived since, as a comparison by which an engine can skip rows."""
    if mark.arrived is None:
        return not_null(column(arrived.name))
    return _by_then(arrived, Bounds(mark.arrived, mark.arrived), target)[0]


def _by_then(arrived: TimeColumn, interval: Bounds, target: Dialect) -> list[Tree]:
    after, until = interval
    near = Bounds(None if after is None else max(after, BEGINNING), max(until, BEGINNING))
    return target.within(_raw_time(arrived, target), arrived.kind, near)


def _raw_time(arrived: TimeColumn, target: Dialect) -> Tree:
    return target.raw_time(column(arrived.name), arrived.kind)
