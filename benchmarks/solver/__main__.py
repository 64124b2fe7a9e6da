"""The solver over random segments: what `segue check` takes cold, and after one segment changed.

    python -m benchmarks.solver [--segments 200] [--seed 1]

Times are of whole processes, those that they start included. The counts are of a second run of the
same, which asks z3 in its own process: how many questions there were of each kind, how often z3 was
asked, and how many customers were replayed.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest.mock import patch

from benchmarks.solver.rules import change_one, write_rules
from segue.compiler.solver import decide
from segue.compiler.solver.survey import Survey
from segue.runtime.lint.checking import check_and_lint
from segue.runtime.lint.outcome import Wishes
from segue.runtime.solver import process, replay, session

Counts = Counter[str]


def main() -> None:
    """Prints times and counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        timed, counted = Path(folder, "timed"), Path(folder, "counted")
        for root in (timed, counted):
            write_rules(root, arguments.segments, arguments.seed)
        _check(timed, "--no-solver")  # byte code
        shutil.rmtree(timed / ".segue_cache")
        _report("cold", timed, counted)
        for root in (timed, counted):
            change_one(root)
        _report("one segment changed", timed, counted)
        _report("nothing changed", timed, counted)
        _check(timed, "--no-solver")
        change_one(timed)
        print("one segment changed, --no-solver", _times(timed, "--no-solver"))


def _report(title: str, timed: Path, counted: Path) -> None:
    print(title, _times(timed, "--solver"))
    for name, count in sorted(counts(counted).items()):
        print(f"  {name:44} {count:8,}")


def _check(root: Path, *more: str) -> None:
    command = [sys.executable, "-m", "segue", "check", str(root), "--exit-zero", *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _times(root: Path, *more: str) -> str:
    cpu, wall = _cpu(), time.perf_counter()
    _check(root, *more)
    return f"{_cpu() - cpu:6.2f} s of CPU, {time.perf_counter() - wall:6.2f} s"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def counts(root: Path) -> Counts:
    """What one check asks, in this process."""
    found = Counts()
    answers = {"decide": decide.decide, "explore": decide.explore, "prove": decide.prove}

    def decide_all(
        catalog: object,
        claims: Mapping[str, object],
        _effort: object,
        question: str = "decide",
        *_: object,
    ) -> Mapping[str, object]:
        found[f"claims to {question}"] += len(claims)
        verdicts = {n: answers[question](catalog, c.contradiction) for n, c in claims.items()}
        for verdict in verdicts.values():
            found[f"verdict {type(verdict).__name__}, of {question}"] += 1
        return verdicts

    patches = (
        patch.object(session, "decide_all", decide_all),
        patch.object(process, "decide_all", decide_all),
        patch.object(decide, "_check", _counting(decide._check, found, "questions to z3")),
        patch.object(decide, "confirms", _counting(decide.confirms, found, "replays in Python")),
        patch.object(replay, "confirmed", _sizing(replay.confirmed, found, "replays in DuckDB")),
        patch.object(Survey, "_candidates", _listing(Survey._candidates, found)),
    )
    for one in patches:
        one.start()
    try:
        check_and_lint(root, Wishes(solver=True))
    finally:
        for one in patches:
            one.stop()
    return found


def _counting(function: Callable[..., object], found: Counts, name: str) -> Callable[..., object]:
    def counted(*args: object) -> object:
        found[name] += 1
        return function(*args)

    return counted


def _sizing(function: Callable[..., object], found: Counts, name: str) -> Callable[..., object]:
    def sized(plan: object, witnesses: Mapping[str, object]) -> object:
        found[name] += len(witnesses)
        return function(plan, witnesses)

    return sized


def _listing(function: Callable[..., object], found: Counts) -> Callable[..., object]:
    def listed(survey: Survey) -> list[object]:
        pairs = list(function(survey))
        every = len(survey.plan.segments) * (len(survey.plan.segments) - 1)
        found["pairs of segments asked about"] += len(pairs)
        found["pairs of segments skipped"] += every - len(pairs)
        return pairs

    return listed


if __name__ == "__main__":
    main()
