"""A run in a process of its own, to be killed: `python refresher.py ENGINE DATABASE AS_OF`.

Says each step on a line of its own before it begins, and waits a moment, so that the one who
kills it can choose where.
"""

import sys
import time

from sqlglot import exp, parse_one

from segue.compiler.types import Kind
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Layout, Segment
from segue.runtime.warehouse.connect import connect, database_target

SEGMENTS = [Segment("even", "1"), Segment("small", "2"), Segment("late", "3")]


def words(layout: Layout) -> exp.Query:
    query = parse_one(
        "SELECT key, CASE WHEN n % 2 = 0 THEN 1 ELSE 0 END + CASE WHEN n < 5000 THEN 2 ELSE 0 END"
        " + CASE WHEN n > 19000 THEN 4 ELSE 0 END AS word_0 FROM people"
    )
    assert isinstance(query, exp.Query)
    return query


def report(step: str) -> None:
    print(step, flush=True)
    time.sleep(0.02)


def main(database: str, as_of: int) -> None:
    request = Request(as_of=as_of, ruleset="r", segments=SEGMENTS, entity="person", key=Kind.INT)
    with connect(database_target(database)) as warehouse:
        refresh(warehouse, request, words, lambda: as_of, report)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
