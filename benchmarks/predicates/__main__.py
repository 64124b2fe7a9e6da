"""`python -m benchmarks.predicates`: how fast predicates over metric values are.

Interleaved rounds, so that a busy machine slows every contestant alike; medians are printed.
Needs the `bench` extra for the other engines; those not installed are left out.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.predicates import rules
from benchmarks.predicates.engines import ENGINES
from segue.compiler.python.predicates import compile_predicates

SLOW = 200
"""How many profiles the general engines are given: enough for a stable median."""

Contest = Mapping[str, tuple[Callable[[Any], Any], Sequence[Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--segments", type=int, nargs="*", default=[100, 150, 250, 1_000, 10_000])
    options = parser.parse_args()
    five(options.rounds)
    for count in options.segments:
        for general in (0.0, 0.3):
            large(count, general, options.rounds)


def five(rounds: int) -> None:
    """Five segments of three conditions: generated, by hand, and by general engines."""
    profiles = rules.five_profiles(1_000)
    predicates = compile_predicates(rules.compile_rules(rules.FIVE))
    contest: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "segue": (predicates.evaluate, profiles),
        "by hand": (rules.by_hand, profiles),
    }
    for title, prepare in ENGINES.items():
        try:
            convert, evaluate = prepare()
        except ImportError:
            print(f"{title}: not installed")
            continue
        contest[title] = (evaluate, [convert(values) for values in profiles[:SLOW]])
    for evaluate, values in contest.values():
        answers = [tuple(bool(answer) for answer in evaluate(v)) for v in values]
        assert answers == [rules.by_hand(v) for v in profiles[: len(values)]]
    times = measure(contest, rounds)
    print("5 segments of 3 conditions, nanoseconds a profile")
    for title, nanoseconds in times.items():
        print(f"  {title:24} {nanoseconds:10.0f}   {nanoseconds / times['segue']:8.2f} x segue")


def large(segments: int, general: float, rounds: int) -> None:
    """Many segments over 60 metrics: one function against tables."""
    plan = rules.compile_rules(rules.many(segments, 60, general))
    function = compile_predicates(plan, tables=False)
    tables = compile_predicates(plan, tables=True)
    profiles = rules.many_profiles(100, 60)
    for values in profiles:
        assert set(function.members(values)) == set(tables.members(values))
    times = measure(
        {
            "function, tuple": (function.evaluate, profiles),
            "tables, mask": (tables.mask, profiles),
            "tables, tuple": (tables.evaluate, profiles),
            "tables, names": (tables.members, profiles),
        },
        rounds,
    )
    print(f"{segments} segments over 60 metrics, {general:.0%} with or/not, microseconds a profile")
    for title, nanoseconds in times.items():
        print(f"  {title:16} {nanoseconds / 1000:8.1f}")


def measure(contest: Contest, rounds: int) -> dict[str, float]:
    """The median time of each contestant for one profile, in nanoseconds."""
    times: dict[str, list[float]] = {title: [] for title in contest}
    for _ in range(rounds):
        for title, (evaluate, profiles) in contest.items():
            # Whoever ran before has emptied the processor's caches: fill them again untimed.
            for values in profiles:
                evaluate(values)
            start = time.perf_counter_ns()
            for values in profiles:
                evaluate(values)
            times[title].append((time.perf_counter_ns() - start) / len(profiles))
    return {title: median(found) for title, found in times.items()}


if __name__ == "__main__":
    main()
