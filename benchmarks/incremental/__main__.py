"""`python -m benchmarks.incremental`: a daily refresh against a full one and separate queries.

The same segments and data as `benchmarks.sql`. The store is filled as of some days before the
last one; then each day is refreshed, in two stores: one refreshes what can have changed, the
other everything. The members of both are compared, entry by entry, on every day.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TypeVar

import psutil
from sqlglot import exp

from benchmarks.incremental.warehouses import ENGINES, opened
from benchmarks.sql import data, workload
from benchmarks.sql.workload import Segment as Written
from segue.compiler.catalog.model import TableEvent
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import DAY, Binding
from segue.compiler.types import Kind
from segue.runtime.incremental.increment import Incremental
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.warehouse import Warehouse

HOUR = DAY // 24
MEMBERS = ("segment", "key", "entered_at", "run_id")
HISTORY = ("segment", "key", "change", "reason", "at", "run_id")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=list(ENGINES), default="duckdb")
    parser.add_argument("--customers", type=int, default=40_000)
    parser.add_argument("--events", type=int, default=2_000_000, help="half are in the window")
    parser.add_argument("--segments", type=int, default=200)
    parser.add_argument("--days", type=int, default=3, help="refreshed one after the other")
    parser.add_argument("--late-hours", type=int, default=0, help="how late events may come")
    parser.add_argument("--separately", action="store_true", help="a query for each segment too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data in this DuckDB file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file: Path = options.data or Path(folder) / "events.duckdb"
        if not file.exists():
            data.generate(file, options.customers, options.events, options.seed)
        contest(file, options)


def contest(file: Path, options: argparse.Namespace) -> None:
    written = workload.segments(options.segments, options.seed)
    plan = with_lateness(workload.compiled_plan(written), options.late_hours * HOUR)
    with opened(options.engine, file) as warehouse:
        print(
            f"{warehouse.dialect}, {number(warehouse, 'SELECT COUNT(*) FROM customers'):,}", end=""
        )
        print(f" customers, {number(warehouse, 'SELECT COUNT(*) FROM events'):,} events,", end="")
        print(f" {len(written)} segments over {len(workload.measures_of(written))} aggregates")
        last = workload.BINDING.as_of
        first = last - options.days * DAY
        for schema, full in (("part", False), ("everything", True)):
            run(warehouse, plan, first, schema, full=full)
        times: dict[str, list[tuple[float, float]]] = {"part": [], "everything": []}
        for day in range(1, options.days + 1):
            as_of = first + day * DAY
            for schema, full in (("part", False), ("everything", True)):
                wall, busy, outcome = timed(
                    lambda s=schema, f=full, a=as_of: run(warehouse, plan, a, s, full=f)
                )
                times[schema].append((wall, busy))
                if not full:
                    assert outcome.extent.touched is not None, outcome.extent
                    print(f"  {outcome.extent.touched:,} touched, {outcome.entered:,} entries")
            same(warehouse)
        report(times)
        if options.separately:
            wall, busy, _ = timed(lambda: separately(warehouse, written))
            print(f"  a query for each segment      {wall:8.2f} s  {busy:8.2f} s of processor")


def with_lateness(plan: Plan, lateness: int) -> Plan:
    events = {
        name: replace(event, lateness=lateness) if isinstance(event, TableEvent) else event
        for name, event in plan.catalog.events.items()
    }
    return replace(plan, catalog=replace(plan.catalog, events=events))


def run(warehouse: Warehouse, plan: Plan, as_of: int, schema: str, *, full: bool) -> Outcome:
    binding = Binding(as_of, workload.BINDING.zone)
    request = Request(
        as_of=as_of,
        ruleset="benchmark",
        segments=[Segment(name, name) for name in plan.segments],
        entity=plan.catalog.entity.name,
        key=Kind.INT,
        schema=schema,
    )
    words = words_query(plan, binding, warehouse.dialect)
    wanted = None if full else Incremental(plan, binding)
    return refresh(warehouse, request, words, lambda: as_of, incremental=wanted)


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, float, T]:
    """Seconds on the clock, seconds of processors, and what came of it."""
    wall, busy = time.perf_counter(), processor()
    outcome = work()
    return time.perf_counter() - wall, processor() - busy, outcome


def processor() -> float:
    """Seconds of this process and of those that it started, and that still run."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(used.user + used.system for used in times)


def same(warehouse: Warehouse) -> None:
    """Compares the members and the history of both stores."""
    for table, columns in (("members", MEMBERS), ("history", HISTORY)):
        for one, other in (("part", "everything"), ("everything", "part")):
            here, there = (
                exp.select(*columns).from_(warehouse.store_table(schema, table))
                for schema in (one, other)
            )
            absent = exp.except_(here, there).subquery("t")
            assert warehouse.fetch(exp.select("COUNT(*)").from_(absent))[0][0] == 0, (table, one)


def number(warehouse: Warehouse, query: str) -> int:
    return int(warehouse.execute_text(query)[0][0])


def separately(warehouse: Warehouse, written: list[Written]) -> None:
    for segment in written:
        warehouse.execute_text("DROP TABLE IF EXISTS members_of_one")
        warehouse.execute_text(f"CREATE TEMPORARY TABLE members_of_one AS {segment.query}")


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    wall = {name: median(w for w, _ in found) for name, found in times.items()}
    busy = {name: median(b for _, b in found) for name, found in times.items()}
    for name, title in (("everything", "full"), ("part", "incremental")):
        print(f"  {title:28} {wall[name]:8.2f} s  {busy[name]:8.2f} s of processor")
    print(f"an incremental refresh takes {wall['part'] / wall['everything']:.0%} of a full one,")
    print(f"{busy['part'] / busy['everything']:.0%} of its processor time")


if __name__ == "__main__":
    main()
