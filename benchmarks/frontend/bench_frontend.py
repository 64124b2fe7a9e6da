"""How fast people get an answer: cold `segue check`, and check and fmt of 10,000 segments.

    python benchmarks/frontend/bench_frontend.py [--segments 10000] [--rounds 5]

Peers, in the same run: an empty Python process for the cold start, and sqlglot parsing the same
rules written as one SELECT each for the throughput.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import sqlglot

from segue.grammar.format import format_source
from segue.runtime.cli.collector import without_collector
from segue.runtime.ruleset import check_project

CATALOG = """
timezone: Europe/Paris
entity: {name: customer, table: customers, key: customer_id,
         attributes: {country: string, signed_up_at: timestamp}}
events:
  email_open: {table: email_opens, at: opened_at}
  purchase: {table: purchases, at: purchased_at, properties: {amount: decimal(2), sku: string}}
"""


def segment(i: int) -> str:
    return f"""segment segment_{i} "Number {i}" {{
  when count(email_open over last {i % 60 + 1}d) >= {i % 20}
   and sum(purchase.amount where sku != "x{i % 50}" over last 90d) > {i % 300}.50
   and country in ["FR", "DE"]
  priority high
  actions  action_{i % 9}, other
}}
"""


def select(i: int) -> str:
    return f"""SELECT c.customer_id FROM customers AS c WHERE (SELECT COUNT(*) FROM email_opens AS e
WHERE e.customer_id = c.customer_id AND e.opened_at > TIMESTAMP '2025-01-01' - INTERVAL {i % 60 + 1}
DAY) >= {i % 20} AND (SELECT SUM(p.amount) FROM purchases AS p WHERE p.customer_id = c.customer_id
AND p.sku <> 'x{i % 50}' AND p.purchased_at > TIMESTAMP '2025-01-01' - INTERVAL 90 DAY)
> {i % 300}.50 AND c.country IN ('FR', 'DE')"""


def write_project(root: Path, segments: int, files: int) -> None:
    root.mkdir(parents=True)
    (root / "catalog.yml").write_text(CATALOG, "utf-8")
    for number in range(files):
        rules = "\n".join(segment(i) for i in range(number, segments, files))
        (root / f"rules_{number}.seg").write_text(rules, "utf-8")


def seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def row(name: str, time_taken: float, peer: str, peer_time: float) -> None:
    ratio = time_taken / peer_time
    print(f"{name:44} {time_taken:8.3f} s   {ratio:6.2f}x {peer} ({peer_time:.3f} s)")


def cold_start(root: Path, rounds: int) -> None:
    """What a hook takes: nothing kept of an earlier check, then all of it."""
    check = [sys.executable, "-m", "segue", "check", "--no-solver", "--exit-zero", str(root)]
    empty = [sys.executable, "-c", "pass"]

    def cold() -> None:
        shutil.rmtree(root / ".segue_cache", ignore_errors=True)
        subprocess.run(check, check=True, capture_output=True)

    cold()  # So that byte code is there.
    theirs = seconds(lambda: subprocess.run(empty, check=True), rounds)
    row(
        "cold `segue check`, 20 files, 100 segments",
        seconds(cold, rounds),
        "an empty Python",
        theirs,
    )
    again = seconds(lambda: subprocess.run(check, check=True, capture_output=True), rounds)
    row("the same again, nothing changed", again, "an empty Python", theirs)


def throughput(root: Path, segments: int, rounds: int) -> None:
    selects = [select(i) for i in range(segments)]
    text = "\n".join(segment(i) for i in range(segments))
    peer = seconds(lambda: [sqlglot.parse_one(s, read="duckdb") for s in selects], 1)
    with without_collector():  # As the commands do.
        checked = seconds(lambda: check_project(root), rounds)
        formatted = seconds(lambda: format_source(text, "rules.seg"), rounds)
    row(f"check {segments:,} segments (parse, types, plan)", checked, "sqlglot's parse", peer)
    row(f"fmt {segments:,} segments (parsed twice)", formatted, "sqlglot's parse", peer)
    rates = f"{segments / checked:,.0f} segments checked, {segments / formatted:,.0f} formatted"
    print(f"{rates} a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder) / "small", 100, 20)
        cold_start(Path(folder) / "small", arguments.rounds)
        write_project(Path(folder) / "large", arguments.segments, 20)
        throughput(Path(folder) / "large", arguments.segments, min(3, arguments.rounds))


if __name__ == "__main__":
    main()
