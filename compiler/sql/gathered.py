"""Rows of events in a table of their own, from which queries are read instead.

Several queries of a refresh look for rows in the same few stretches of time. Where a table of
events is in another order than that of time, each of them would read nearly all of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from segue.compiler.plan.windows import Bounds, covers
from segue.compiler.sql.rows import Place, Rows, reading
from segue.compiler.sql.trees import all_of, any_of, bracket, column, identifier


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rows of a place of events that lie in some intervals, which have no instant in common."""

    place: Place
    intervals: tuple[Bounds, ...]
    table: exp.Table

    def has(self, intervals: Iterable[Bounds]) -> bool:
        """Whether all rows in other intervals are among these."""
        return all(any(covers(mine, other) for mine in self.intervals) for other in intervals)


def rows_within(rows: Rows, intervals: Collection[Bounds], columns: Collection[str]) -> exp.Query:
    """Columns of the rows that lie in some intervals, a select for each stretch of time."""
    queries: list[exp.Query] = []
    for stretch in rows.dialect.stretches(intervals):
        inside = [interval for interval in intervals if covers(stretch, interval)]
        conditions = rows.scanned(stretch)
        if inside != [stretch]:
            within = (all_of(rows.within(interval)) or exp.true() for interval in inside)
            anywhere = any_of(bracket(condition) for condition in within)
            assert anywhere is not None
            conditions.append(bracket(anywhere))
        query = exp.select(*map(column, columns), copy=False).from_(rows.source, copy=False)
        queries.append(query.where(*conditions, copy=False))
    return reduce(_union_all, queries)


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)


def read_from(
    query: exp.Query, gathered: Iterable[Gathered], intervals: Iterable[Bounds] | None = None
) -> exp.Query:
    """A query that reads what was gathered, wherever that is all it can find.

    `intervals` are those in which its rows lie, where it does not itself know that.
    """
    by_place = {found.place: found for found in gathered}
    known = None if intervals is None else tuple(intervals)
    for source in list(query.find_all(exp.Table)) if by_place else ():
        read = reading(source)
        if read is None or read[0] not in by_place:
            continue
        found, wanted = by_place[read[0]], known
        if wanted is None and read[1] is not None:
            wanted = (read[1],)
        if wanted is not None and found.has(wanted):
            instead = found.table.copy()
            name = source.args.get("alias") or exp.TableAlias(this=identifier(source.name))
            instead.set("alias", name)
            source.replace(instead)
    return query
