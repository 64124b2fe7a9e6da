"""`python -m benchmarks.lake`: runs over Parquet files, on Spark and on DuckDB.

The segments and data of `benchmarks.refresh`, as a lake: events in a folder for each month. Each
engine makes a full run into a new store; the members of both are compared. What Spark did (tasks,
rows and bytes read, shuffled and spilled) is what its own status store counted.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.refresh import data
from benchmarks.refresh.ours import Full
from benchmarks.refresh.workload import AS_OF, compiled_plan, measures_of, segments
from segue.runtime.warehouse.warehouse import Warehouse

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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake: Path = options.lake or Path(folder) / "lake"
        if not lake.exists():
            write_lake(lake, options)
        contest(lake, Path(folder), options)


def write_lake(lake: Path, options: argparse.Namespace) -> None:
    """The tables as Parquet: one file of customers, a folder of events for each month."""
    lake.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.duckdb"
        data.generate(file, options.customers, options.events, options.seed)
        with duckdb.connect(str(file), read_only=True) as source:
            source.execute(f"COPY customers TO '{lake}/customers.parquet'")
            months = "SELECT *, strftime(happened_at, '%Y-%m') AS month FROM events"
            how = "FORMAT parquet, PARTITION_BY (month)"
            source.execute(f"COPY ({months}) TO '{lake}/events' ({how})")


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

    with SparkWarehouse.open(str(lake), str(folder / "store"), f"local[{cores}]") as warehouse:
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
