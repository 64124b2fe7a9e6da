"""A refresh of a lifecycle and back-tests of a year, against the bare scan of the same data.

python -m benchmarks.lifecycle --customers 1000000 --events 20000000
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.lifecycle.rules import write_data, write_project
from segue.compiler.plan.windows import to_microseconds
from segue.runtime.backtest.replay import BATCH, replay
from segue.runtime.backtest.subject import find_subject
from segue.runtime.membership.run import run_ruleset
from segue.runtime.ruleset import load_ruleset
from segue.runtime.warehouse.duckdb import DuckDBWarehouse

END = datetime(2025, 11, 24, tzinfo=UTC)
SCANS = (
    "SELECT count(customer_id), max(opened_at) FROM opens",
    "SELECT count(customer_id), max(bought_at), sum(amount) FROM purchases",
    "SELECT count(customer_id), max(signed_up_at) FROM customers",
)
GROUPED = (
    "SELECT count(*) FROM (SELECT customer_id, max(opened_at) FROM opens GROUP BY ALL)",
    "SELECT count(*) FROM (SELECT customer_id, sum(amount) FROM purchases GROUP BY ALL)",
)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--weeks", type=int, default=52)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.customers, options.events, options.weeks)


def measure(folder: Path, customers: int, events: int, weeks: int) -> None:
    write_project(folder / "project")
    write_data(folder / "shop.duckdb", customers, events)
    ruleset = load_ruleset(folder / "project")
    connection = duckdb.connect(str(folder / "shop.duckdb"))
    connection.execute("SET enable_progress_bar = false; SET threads = 2")
    warehouse = DuckDBWarehouse(connection)

    def all_of(queries: tuple[str, ...]) -> None:
        for query in queries:
            connection.execute(query).fetchall()

    all_of(SCANS)
    scan = min(timed(lambda: all_of(SCANS)) for _ in range(3))
    print(f"bare scan of the columns that are read: {scan:.2f} s", flush=True)

    def told(what: str, seconds: float) -> None:
        print(f"{what}: {seconds:.2f} s, {seconds / scan:.1f}x of the scan", flush=True)

    told("scan and GROUP BY customer", min(timed(lambda: all_of(GROUPED)) for _ in range(3)))
    for what, day in (("first refresh", END - timedelta(days=7)), ("refresh a week later", END)):
        moment = to_microseconds(day)
        told(what, timed(lambda moment=moment: run_ruleset(ruleset, warehouse, moment)))  # type: ignore[misc]  # mypy cannot infer it
    dates = [to_microseconds(END - timedelta(weeks=weeks - 1 - n)) for n in range(weeks)]
    for name in ("keen_readers", "customer"):
        subject = find_subject(ruleset.plan, name)
        for batch in (BATCH, 1):
            seconds = timed(lambda b=batch, s=subject: replay(warehouse, ruleset.plan, s, dates, b))  # type: ignore[misc]  # as above
            told(f"{name} over {weeks} weeks, {batch} to a scan", seconds)


if __name__ == "__main__":
    main()
