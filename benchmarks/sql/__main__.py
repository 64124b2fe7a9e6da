"""`python -m benchmarks.sql`: one query for all segments against a query for each.

The contestants: the compiler's words of all segments, a query for each segment as one writes it
by hand (a sub-query for each condition), and one hand-written scan with CASE. Every segment's
members are compared, customer by customer, before anything is timed; rounds are interleaved.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.sql import data, workload
from benchmarks.sql.engines import Engine, started
from benchmarks.sql.workload import Segment
from segue.compiler.sql.statements import WORD_BITS, compile_words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument("--customers", type=int, default=40_000)
    parser.add_argument("--events", type=int, default=2_000_000, help="half are in the window")
    parser.add_argument("--segments", type=int, default=200)
    parser.add_argument("--more", type=int, default=1_000, help="segments of the second text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the data in this DuckDB file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file: Path = options.data or Path(folder) / "events.duckdb"
        if not file.exists():
            data.generate(file, options.customers, options.events, options.seed)
        with started(options.engine, file) as engine:
            contest(engine, options)


def contest(engine: Engine, options: argparse.Namespace) -> None:
    few = workload.segments(options.segments, options.seed)
    many = workload.segments(options.more, options.seed)
    measures = len(workload.measures_of(few)), len(workload.measures_of(many))
    print(f"{engine.version}, {engine.number('SELECT COUNT(*) FROM customers'):,} customers,")
    counted = f"SELECT COUNT(*) FROM events WHERE {workload.IN_REACH}"
    print(f"{engine.number(counted):,} events in the last 90 days")
    print(f"{len(few)} segments over {measures[0]} aggregates, {len(many)} over {measures[1]}")
    words, more_words = (compiled(found, engine.dialect) for found in (few, many))
    members = verify(engine, few, words)
    print(f"{members:,} memberships, the same from each segment's own query")
    contestants: dict[str, Callable[[], None]] = {
        "a query for each segment": lambda: separately(engine, few),
        "one scan with CASE, by hand": lambda: keep(engine, "flags", workload.one_scan(few)),
        f"segue, {len(few)} segments": lambda: keep(engine, "words", words),
        f"segue, {len(many)} segments": lambda: keep(engine, "words", more_words),
    }
    report(measure(contestants, options.rounds))


def compiled(found: list[Segment], dialect: str) -> str:
    plan = workload.compiled_plan(found)
    start = time.perf_counter()
    text = compile_words(plan, workload.BINDING, dialect, tuple(plan.segments)).sql()
    print(f"{len(found)} segments: SQL written in {time.perf_counter() - start:.2f} s")
    return text


def keep(engine: Engine, table: str, query: str) -> None:
    """Computes a query to the end, without sending its rows anywhere."""
    engine.run(f"DROP TABLE IF EXISTS {table}")
    engine.run(f"CREATE TEMPORARY TABLE {table} AS {query}")


def separately(engine: Engine, found: list[Segment]) -> None:
    for segment in found:
        keep(engine, "members", segment.query)


def verify(engine: Engine, found: list[Segment], words: str) -> int:
    """Compares the members of every segment; how many memberships there are."""
    keep(engine, "words", words)
    total = 0
    for i, segment in enumerate(found):
        keep(engine, "members", segment.query)
        flag = f"(word_{i // WORD_BITS} & {1 << i % WORD_BITS}) <> 0"
        expected = engine.number("SELECT COUNT(*) FROM members")
        ours = engine.number(f"SELECT COUNT(*) FROM words WHERE {flag}")
        both = engine.number(
            f"SELECT COUNT(*) FROM members JOIN words USING (customer_id) WHERE {flag}"
        )
        assert expected == ours == both, (i, segment, expected, ours, both)
        total += ours
    return total


def measure(contestants: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """The median time of each contestant, in seconds."""
    times: dict[str, list[float]] = {title: [] for title in contestants}
    for _ in range(rounds):
        for title, work in contestants.items():
            start = time.perf_counter()
            work()
            times[title].append(time.perf_counter() - start)
    return {title: median(found) for title, found in times.items()}


def report(times: dict[str, float]) -> None:
    separate, by_hand, few, many = times.values()
    for title, seconds in times.items():
        print(f"  {title:30} {seconds:8.2f} s")
    print(f"{separate / few:.2f}x as fast as a query for each segment")
    print(f"{by_hand / few:.2f}x as fast as one scan by hand")
    print(f"{many / few:.2f}x the time for more segments")


if __name__ == "__main__":
    main()
