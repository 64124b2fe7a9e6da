"""`python -m benchmarks.refresh`: Segue beside SQL by hand and a query for each segment.

On each engine, over the same data and the same segments, two things are measured. `computed`: who
is in which segment, into a working table. `refreshed`: a day later, computed, compared with the
members of the day before, entries and exits written; each contestant has a store of its own, filled
as of some days before the last one. Segue's own runs are a full and an incremental one. After each
day all stores are compared, member by member and entry by entry, and then the engines.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Protocol

from sqlglot import exp

from benchmarks.refresh import data, workload
from benchmarks.refresh.ours import Full, Part
from benchmarks.refresh.peers.peer import IDIOMS, PEERS, ByTiles
from benchmarks.refresh.warehouses import ENGINES, Opened, opened
from benchmarks.refresh.workload import Segment
from segue.compiler.plan.plan import Plan
from segue.runtime.cli.collector import without_collector
from segue.runtime.warehouse.warehouse import Warehouse

COMPARED = ["duckdb", "clickhouse", "postgres"]
"""The engines that SQL is written for by hand; on the others Segue is compared with itself."""

Cost = tuple[float, float]
"""Seconds by the clock, and of processor time."""
Members = dict[str, tuple[int, int]]
"""How many members each segment has, and the sum of their keys."""


class Contestant(Protocol):
    """Something that knows who is in which segment."""

    title: str
    key: str

    def table(self, name: str) -> exp.Table: ...

    def prepare(self, first: datetime) -> None: ...

    def compute(self, as_of: datetime) -> None: ...

    def refresh(self, as_of: datetime) -> object: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, nargs="*", default=COMPARED)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=1_000_000, help="half are in the window")
    parser.add_argument("--segments", type=int, default=100)
    parser.add_argument("--days", type=int, default=3, help="refreshes, one after the other")
    parser.add_argument(
        "--hours", type=int, default=24, help="between two refreshes; daily tiles need whole days"
    )
    parser.add_argument("--late-hours", type=int, default=1, help="how late events may come")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data in this DuckDB file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file: Path = options.data or Path(folder) / "events.duckdb"
        if not file.exists():
            data.generate(file, options.customers, options.events, options.seed)
        segments = workload.segments(options.segments, options.seed)
        plan = workload.compiled_plan(segments, options.late_hours)
        measures = len(workload.measures_of(segments))
        print(f"{len(segments)} segments over {measures} aggregates, ", end="")
        print(f"medians of {options.days} refreshes")
        found: dict[str, Members] = {}
        for name in options.engine:
            with opened(name, file) as engine, without_collector():  # As `segue run` does.
                found[name] = contest(engine, segments, plan, options)
    first, *others = found.values()
    assert all(other == first for other in others), "the engines differ"
    total = sum(count for count, _ in first.values())
    print(f"\n{total:,} memberships, the same from every contestant on {', '.join(found)}")


def contest(
    engine: Opened, segments: Sequence[Segment], plan: Plan, options: argparse.Namespace
) -> Members:
    """Prints what each contestant took; the members that all of them found."""
    times, apart = options.days, timedelta(hours=options.hours)
    warehouse = engine.warehouse
    print(f"\n{warehouse.dialect}: {number(warehouse, 'SELECT COUNT(*) FROM customers'):,}", end="")
    print(f" customers, {number(warehouse, 'SELECT COUNT(*) FROM events'):,} events")
    by_hand = PEERS if warehouse.dialect in IDIOMS else ()
    if apart % timedelta(days=1):
        by_hand = tuple(peer for peer in by_hand if peer is not ByTiles)
    contestants: list[Contestant] = [peer(engine.others, segments) for peer in by_hand]
    contestants.append(Full(warehouse, segments, plan))
    if warehouse.incremental:
        contestants.append(Part(warehouse, segments, plan))
    else:
        print("  Segue is not incremental there")
    first = workload.AS_OF - times * apart
    for contestant in contestants:
        contestant.prepare(first)
        contestant.refresh(first)
    computed: dict[str, list[Cost]] = {c.title: [] for c in contestants if c.title != Part.title}
    refreshed: dict[str, list[Cost]] = {c.title: [] for c in contestants}
    for past in range(times):
        as_of = first + (past + 1) * apart
        for contestant in contestants:
            cost = timed(engine, lambda c=contestant, a=as_of: c.refresh(a))
            refreshed[contestant.title].append(cost)
            if contestant.title in computed:
                cost = timed(engine, lambda c=contestant, a=as_of: c.compute(a))
                computed[contestant.title].append(cost)
        same(warehouse, contestants)
    report("computed", computed)
    report("refreshed", refreshed)
    return members(warehouse)


def timed(engine: Opened, work: Callable[[], object]) -> Cost:
    wall, busy = time.perf_counter(), engine.processor()
    work()
    return time.perf_counter() - wall, engine.processor() - busy


def same(warehouse: Warehouse, contestants: Sequence[Contestant]) -> None:
    """Compares the members and the history of all stores."""
    for table, columns in (("members", ("entered_at",)), ("history", ("change", "at"))):
        ours, *others = (
            exp.select("segment", one.key, *columns).from_(one.table(table))
            for one in reversed(contestants)
        )
        for other in others:
            for here, there in ((ours, other), (other, ours)):
                absent = exp.except_(here, there).subquery("t")
                found = warehouse.fetch(exp.select("COUNT(*)").from_(absent))
                assert found[0][0] == 0, (found, here.sql(), there.sql())


def members(warehouse: Warehouse) -> Members:
    """What there is in the store of the full runs."""
    there = warehouse.store_table(Full.schema, "members")
    query = exp.select("segment", "COUNT(*)", "SUM(key)").from_(there).group_by("segment")
    rows = warehouse.fetch(query)
    return {str(segment): (int(count), int(keys)) for segment, count, keys in rows}


def number(warehouse: Warehouse, query: str) -> int:
    return int(warehouse.execute_text(query)[0][0])


def report(what: str, costs: dict[str, list[Cost]]) -> None:
    """A line for each contestant, with how many times as long it takes as a full run of Segue."""
    seconds = {
        title: (median(wall for wall, _ in found), median(busy for _, busy in found))
        for title, found in costs.items()
    }
    wall, busy = seconds[Full.title]
    print(f"  {what:30} {'s':>8} {'of processor':>14} {'of Segue, full':>20}")
    for title, (clock, processor) in seconds.items():
        ratios = f"{clock / wall:.2f}x, {processor / busy:.2f}x"
        print(f"    {title:28} {clock:8.2f} {processor:14.2f} {ratios:>20}")


if __name__ == "__main__":
    main()
