"""Which rows of events a run has seen, and whether those of the last run are still the same.

Rows are counted by day. Where a day has another number than it had, a row came later than the
catalog says, or was deleted: then only a run over everybody is right.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from segue.compiler.incremental.sources import Mark, Source
from segue.compiler.incremental.touched import (
    count_of_rows,
    latest_arrival,
    newly_seen,
    rows_by_day,
    seen,
)
from segue.compiler.plan.windows import DAY, Bounds, to_date
from segue.compiler.sql.gathered import Gathered, read_from
from segue.compiler.sql.rows import table
from segue.runtime.incremental.kept import Kept, add_rows
from segue.runtime.membership.store import Store

MOST_DAYS = 3
"""Days named in a reason."""


def marks_at(
    store: Store, sources: Iterable[Source], kept: Kept | None, as_of: int
) -> dict[str, Mark]:
    """Which rows of each source are there now; what was there at a mark before it still is."""
    marks = {}
    for source in sources:
        before = None if kept is None else kept.marks.get(source.name)
        arrived = None
        if source.arrived is not None:
            row = store.fetch(latest_arrival(source, before, store.warehouse.dialect))[0]
            found = [] if row[0] is None else [int(row[0])]
            if before is not None and before.arrived is not None:
                found.append(before.arrived)
            arrived = max(found, default=None)
        marks[source.name] = Mark(as_of - source.lateness, arrived)
    return marks


def reach(source: Source, by_event: Mapping[str, int | None]) -> int | None:
    """The instant after which rules read rows of a source; None where they read all."""
    afters = [by_event[member.name] for member in source.members if member.name in by_event]
    earliest = [after for after in afters if after is not None]
    return None if not earliest or len(earliest) < len(afters) else min(earliest)


def changed_days(
    store: Store, source: Source, mark: Mark, after: int | None, kept: Mapping[int, int]
) -> list[tuple[int, int, int]]:
    """Days with another number of rows than at a mark: the day, how many then, how many now.

    `kept` is how many each day had then. Only days later than `after` are compared. Of the one
    that `after` cuts in two, fewer rows are no change: those that nothing reads any more may go.
    """
    first = None if after is None else (after + 1) // DAY
    then = {day: rows for day, rows in kept.items() if first is None or day >= first}
    if after is not None and after >= mark.closed:
        return []
    start = None if first is None else first * DAY - 1
    dialect = store.warehouse.dialect
    if _as_many(store, source, mark, start, then):
        return []
    condition = seen(source, mark, dialect, start)
    query = rows_by_day(source, condition, dialect)
    now = {int(day): int(rows) for day, rows in store.fetch(query)}
    changed = [
        (day, then.get(day, 0), now.get(day, 0))
        for day in sorted({*then, *now})
        if then.get(day, 0) != now.get(day, 0)
    ]
    cut = None if start == after else first
    return [(day, before, rows) for day, before, rows in changed if day != cut or rows > before]


def _as_many(
    store: Store, source: Source, mark: Mark, start: int | None, then: Mapping[int, int]
) -> bool:
    """Whether there are as many rows later than `start` as there were, without looking at days."""
    known = _known_days(store, source)
    if known is None:
        # One number tells nearly always, and is faster to come by.
        return _count(store, source, mark, start) == sum(then.values())
    last = (mark.closed + 1) // DAY
    first = min((*known, *then), default=last) if start is None else start // DAY + 1
    if any(known.get(day, 0) != then.get(day, 0) for day in range(first, last)):
        return False
    # Of these days none has to be read, only what is left of the last one.
    rest = last * DAY - 1 if start is None else max(start, last * DAY - 1)
    left = sum(rows for day, rows in then.items() if day >= last)
    return rest >= mark.closed or _count(store, source, mark, rest) == left


def _known_days(store: Store, source: Source) -> Mapping[int, int] | None:
    """How many rows there are of each day, where the engine knows by itself."""
    if source.arrived is not None or source.counted:
        return None
    return store.warehouse.counted_days(table(source.place.table), source.place.at)


def _count(store: Store, source: Source, mark: Mark, start: int | None) -> int:
    condition = seen(source, mark, store.warehouse.dialect, start)
    return int(store.fetch(count_of_rows(source, condition, store.warehouse.dialect))[0][0])


def kept_days(store: Store) -> dict[str, dict[int, int]]:
    """How many rows each day of each source had, by the source's name."""
    query = store("SELECT source, day, SUM(amount) FROM segue.kept_rows GROUP BY source, day")
    found: dict[str, dict[int, int]] = {}
    for source, day, rows in store.fetch(query):
        found.setdefault(source, {})[int(day)] = int(rows)
    return found


def why_changed(source: Source, days: list[tuple[int, int, int]]) -> str:
    """What was found, as the reason for a run over everybody."""
    shown = [
        f"{to_date(day).isoformat()} has {now:,} and had {then:,}"
        for day, then, now in days[:MOST_DAYS]
    ]
    more = ", …" if len(days) > MOST_DAYS else ""
    return f"older rows of `{source.place.table}` are others: {', '.join(shown)}{more}"


def keep_rows(
    store: Store,
    marks: Iterable[tuple[Source, Mark | None, Mark]],
    gathered: Iterable[Gathered] = (),
) -> None:
    """Counts the rows of each source that are there at the second of its marks.

    Of one that has a first mark, only those that were added since.
    """
    dialect = store.warehouse.dialect
    anew: list[str] = []
    found: dict[str, exp.Query] = {}
    for source, before, now in marks:
        if before is None:
            anew.append(source.name)
            condition = seen(source, now, dialect)
        else:
            condition = newly_seen(source, before, now, dialect)
        query: exp.Query = rows_by_day(source, condition, dialect)
        if before is not None and source.arrived is None:
            query = read_from(query, gathered, [Bounds(before.closed, now.closed)])
        found[source.name] = query
    if anew:
        these = exp.column("source").isin(*anew)
        store.warehouse.execute(exp.delete(store.table("kept_rows")).where(these))
    add_rows(store, found)
