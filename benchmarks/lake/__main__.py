"""`python -m benchmarks.lake`: runs over Parquet files, on Spark and on DuckDB.

The segments and data of `benchmarks.refresh`, as a lake: events in a folder for each month. Each
engine makes a full run into a new store; the members of both are compared. What Spark did (tasks,
rows and bytes read, shuffled and spilled) is what its own status store counted.

With `--roll`, a day passes after the first run: what a full run takes on Spark then, and one that
computes what can have changed, each in a process of its own, as is a run every night. The catalog
names the column of the folders, unless `--unnamed`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import psutil

from benchmarks.refresh import data
from benchmarks.refresh.ours import Full, Part
from benchmarks.refresh.workload import AS_OF, before, compiled_plan, measures_of, segments
from segue.compiler.catalog.model import TableEvent
from segue.compiler.catalog.partition import Partition, Period
from segue.compiler.plan.plan import Plan
from segue.runtime.warehouse.warehouse import Warehouse

FOLDERS = {"month": "%Y-%m", "day": "%Y-%m-%d"}
"""The columns of folders, and how their names are made."""
STEPS = ("first", "full", "part")
MEGABYTE = 1_000_000
MEASURES = (
    "inputRecords",
    "inputBytes",
    "shuffleWriteRecords",
    "shuffleWriteBytes",
    "memoryBytesSpilled",
    "executorCpuTime",
)


@dataclass(frozen=True)
class Took:
    """Seconds on the clock and of processors, and how many members there are."""

    wall: float
    busy: float
    members: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=40_000)
    parser.add_argument("--events", type=int, default=2_000_000, help="half are in the window")
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lake", type=Path, help="keep the files in this folder")
    parser.add_argument("--folders", choices=FOLDERS, default="month", help="of events")
    parser.add_argument("--roll", action="store_true", help="measure the run a day later")
    parser.add_argument("--unnamed", action="store_true", help="a catalog without partitions")
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        roll(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        lake: Path = options.lake or Path(folder) / "lake"
        if not lake.exists():
            write_lake(lake, options)
        if options.roll:
            for step in STEPS:
                words = ["--step", step, "--lake", str(lake), "--store", f"{folder}/store"]
                # The last of an option counts.
                command = [sys.executable, "-m", "benchmarks.lake", *sys.argv[1:], *words]
                subprocess.run(command, check=True)
        else:
            contest(lake, Path(folder), options)


def write_lake(lake: Path, options: argparse.Namespace) -> None:
    """The tables as Parquet: one file of customers, a folder of events for each month."""
    lake.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.duckdb"
        data.generate(file, options.customers, options.events, options.seed)
        with duckdb.connect(str(file), read_only=True) as source:
            source.execute(f"COPY customers TO '{lake}/customers.parquet'")
            column, format = options.folders, FOLDERS[options.folders]
            parted = f"SELECT *, strftime(happened_at, '{format}') AS {column} FROM events"
            how = f"FORMAT parquet, PARTITION_BY ({column})"
            source.execute(f"COPY ({parted}) TO '{lake}/events' ({how})")


def contest(lake: Path, folder: Path, options: argparse.Namespace) -> None:
    written = segments(options.segments, options.seed)
    print(f"{len(written)} segments over {len(measures_of(written))} aggregates")
    plan = compiled_plan(written)
    with duckdb_over(lake, options.cores) as warehouse:
        found = timed(Full(warehouse, written, plan), AS_OF, psutil.Process())
        print(f"DuckDB: {found}")
    with spark_over(lake, folder, options.cores) as warehouse:
        (java,) = psutil.Process().children()
        on_spark = timed(Full(warehouse, written, plan), AS_OF, java)
        print(f"Spark:  {on_spark}")
        assert on_spark.members == found.members
        for line in counted(warehouse.session.sparkContext, java):
            print(f"  {line}")


def roll(options: argparse.Namespace) -> None:
    """One of the runs of a day that passes, and what it took."""
    written = segments(options.segments, options.seed)
    plan = compiled_plan(written)
    if not options.unnamed:
        plan = in_folders(plan, Partition(column=options.folders, by=Period(options.folders)))
    with spark_over(options.lake, options.store, options.cores) as warehouse:
        (java,) = psutil.Process().children()
        if options.step == "first":
            for contestant in (Full, Part):
                contestant(warehouse, written, plan).refresh(before(AS_OF, 1))
            return
        contestant = Full if options.step == "full" else Part
        own = psutil.Process().cpu_times().user
        run = contestant(warehouse, written, plan)
        took = timed(run, AS_OF, java)
        own = round(psutil.Process().cpu_times().user - own, 1)
        print(f"Spark, a day later, {options.step}: {took}, of Python {own}")
        for line in counted(warehouse.session.sparkContext, java):
            print(f"  {line}")


def in_folders(plan: Plan, partition: Partition) -> Plan:
    """The plan over tables of events that are in partitions."""
    events = {
        name: replace(event, partition=partition) if isinstance(event, TableEvent) else event
        for name, event in plan.catalog.events.items()
    }
    return replace(plan, catalog=replace(plan.catalog, events=events))


@contextmanager
def duckdb_over(lake: Path, cores: int) -> Iterator[Warehouse]:
    from segue.runtime.warehouse.duckdb import DuckDBWarehouse

    with DuckDBWarehouse.open(":memory:") as warehouse:
        warehouse.execute_text(f"SET threads = {cores}")
        for name, files in (("customers", "customers.parquet"), ("events", "events/*/*.parquet")):
            warehouse.execute_text(f"CREATE VIEW {name} AS FROM read_parquet('{lake}/{files}')")
        yield warehouse


@contextmanager
def spark_over(lake: Path, folder: Path, cores: int) -> Iterator[Any]:
    from segue.runtime.warehouse.spark import SparkWarehouse

    class Incremental(SparkWarehouse):
        """Whatever it would do by itself."""

        incremental: ClassVar[bool] = True

    with Incremental.open(str(lake), str(folder / "store"), f"local[{cores}]") as warehouse:
        yield warehouse


def timed(run: Full, as_of: datetime, process: psutil.Process) -> Took:
    wall, busy = time.perf_counter(), sum(process.cpu_times()[:2])
    run.prepare(as_of)
    outcome = run.refresh(as_of)
    return Took(
        round(time.perf_counter() - wall, 1),
        round(sum(process.cpu_times()[:2]) - busy, 1),
        outcome.entered,
    )


def counted(context: Any, java: psutil.Process) -> Iterator[str]:
    """What Spark did where events were read, and in all."""
    stages = completed(context)
    jobs = context._jsc.sc().statusStore().jobsList(None).size()
    yield f"{jobs} jobs, {len(stages)} stages, {sum(stage.numTasks() for stage in stages)} tasks"
    widest = max(stages, key=lambda stage: stage.inputRecords())
    for title, some in (("reading the events", [widest]), ("all", stages)):
        rows, read, out, shuffled, spilled, nanoseconds = (
            sum(getattr(stage, name)() for stage in some) for name in MEASURES
        )
        seconds = nanoseconds / 1e9
        yield f"{title}: {seconds:.1f} s of processor in tasks, {rows / seconds:,.0f} rows/s"
        yield f"  in {rows:,} rows, {read / MEGABYTE:,.1f} MB"
        yield f"  shuffled {out:,} rows, {shuffled / MEGABYTE:,.1f} MB; spilled {spilled:,} bytes"
    yield f"Java: {java.memory_info().rss / MEGABYTE:,.0f} MB resident"


def completed(context: Any) -> list[Any]:
    """The stages that were run; others were not needed."""
    store = context._jsc.sc().statusStore()
    none = context._gateway.new_array(context._jvm.double, 0)
    found = store.stageList(None, False, False, none, None)
    stages = [found.apply(place) for place in range(found.size())]
    return [stage for stage in stages if str(stage.status()) == "COMPLETE"]


if __name__ == "__main__":
    main()
