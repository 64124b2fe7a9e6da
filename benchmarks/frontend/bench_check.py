"""`segue check` with its lint rules, cold and warm, beside sqlfluff and `dbt parse`.

    pip install '.[bench]'
    python benchmarks/frontend/bench_check.py [--segments 10000] [--bin FOLDER]

All programs read the same segments in one run: as rules, and as one SELECT each. `--bin` is the
folder with `sqlfluff` and `dbt`, where they live in an environment of their own. A peer that is
not installed is left out; none of them proves anything, so Segue's first row does without its
solver. Beside the clock stands the processor time of the programs, which matters where a machine
does other work. Linters of SQL get as many statements as the small project has segments: 10,000
would take them minutes.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench_frontend import select, write_project

FILES = 20
SMALL = 100

Cost = tuple[float, float]
"""Seconds by the clock, and of processor time."""

DBT_PROJECT = """\
name: shop
version: "1.0"
profile: shop
model-paths: [models]
"""
DBT_PROFILE = """\
shop:
  target: dev
  outputs: {dev: {type: duckdb, path: ":memory:"}}
"""


def run(*command: object, cwd: Path | None = None) -> Callable[[], object]:
    """Runs a program whose findings are of no interest."""
    words = [str(word) for word in command]
    return lambda: subprocess.run(words, cwd=cwd, capture_output=True, check=False)


def write_statements(root: Path, count: int, files: int) -> None:
    root.mkdir(parents=True)
    for number in range(files):
        text = ";\n".join(select(i) for i in range(number, count, files))
        (root / f"select_{number}.sql").write_text(text + "\n", "utf-8")


def write_dbt(root: Path, count: int) -> None:
    models = root / "models"
    models.mkdir(parents=True)
    (root / "dbt_project.yml").write_text(DBT_PROJECT, "utf-8")
    (root / "profiles.yml").write_text(DBT_PROFILE, "utf-8")
    for i in range(count):
        (models / f"segment_{i}.sql").write_text(select(i) + "\n", "utf-8")


def segue(root: Path, *more: str) -> Callable[[], object]:
    return run(sys.executable, "-m", "segue", "check", root, "--exit-zero", *more)


def clear(root: Path) -> None:
    shutil.rmtree(root / ".segue_cache", ignore_errors=True)


def cold(root: Path, *more: str) -> Callable[[], object]:
    check = segue(root, *more)

    def work() -> None:
        clear(root)
        check()

    return work


def peers(folder: Path, bin: str) -> list[tuple[str, Callable[[], object]]]:
    found: list[tuple[str, Callable[[], object]]] = [
        ("an empty Python", run(sys.executable, "-c", "pass"))
    ]
    sqlfluff, dbt = shutil.which("sqlfluff", path=bin), shutil.which("dbt", path=bin)
    if sqlfluff is not None:
        write_statements(folder / "sql", SMALL, FILES)
        found.append(
            (
                f"sqlfluff lint, {SMALL} statements",
                run(sqlfluff, "lint", "--dialect", "duckdb", folder / "sql"),
            )
        )
    if dbt is not None:
        write_dbt(folder / "dbt", SMALL)
        parse = run(dbt, "parse", "--no-partial-parse", "--profiles-dir", ".", cwd=folder / "dbt")
        found.append((f"dbt parse, {SMALL} models", parse))
    return found


def spent(work: Callable[[], object], rounds: int) -> Cost:
    """Seconds by the clock and of processor time that programs take, medians."""
    clock, processor = [], []
    for _ in range(rounds):
        start, busy = time.perf_counter(), processor_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(processor_time() - busy)
    return median(clock), median(processor)


def processor_time() -> float:
    """Seconds of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(rows: Sequence[tuple[str, Cost]]) -> None:
    (_, (first, first_busy)), *_ = rows
    print(f"{'':52} {'s':>8} {'':>8} {'of processor':>12}")
    for name, (clock, busy) in rows:
        ratios = f"{clock / first:7.2f}x {busy:12.2f} {busy / first_busy:7.2f}x"
        print(f"{name:52} {clock:8.2f} {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bin", default=str(Path(sys.executable).parent))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = folder / "small", folder / "large"
        write_project(small, SMALL, FILES)
        write_project(large, arguments.segments, FILES)
        segue(small)()  # byte code
        what = f"segue check, {SMALL} segments in {FILES} files"
        works = [
            (f"{what}, cold", cold(small, "--no-solver")),
            ("the same with proofs", cold(small)),
            ("again, with proofs", segue(small)),
        ]
        works += peers(folder, arguments.bin)
        report([(title, spent(work, arguments.rounds)) for title, work in works])
        large_title = f"segue check, {arguments.segments:,} segments"
        report(
            [
                (f"{large_title}, cold", spent(cold(large, "--no-solver"), 1)),
                (f"{large_title}, again", spent(segue(large, "--no-solver"), 3)),
            ]
        )


if __name__ == "__main__":
    main()
