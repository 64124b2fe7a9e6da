import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from membership import refresher
from membership.world import DAY, START
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.connect import connect, database_target
from segue.runtime.warehouse.postgres import PostgresWarehouse

STEPS = (
    "opening the store",
    "computing segments",
    "comparing with the last run",
    "writing entries and exits",
    "advancing lifecycles",
    "writing the run",
)
TABLES = (
    "runs",
    "counts",
    "segments",
    "state",
    "members",
    "history",
    "stages",
    "stage_history",
    "stage_rules",
    "stage_counts",
    "kept_run",
    "kept_rules",
    "kept_columns",
    "kept_places",
    "kept_traits_0",
)


@pytest.fixture(params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Twenty thousand people after one run, and then moved."""
    if request.param == "duckdb":
        path = str(tmp_path / "people.duckdb")
        duckdb.connect(path).close()
    else:
        path = request.getfixturevalue("postgres")
    rows = {"duckdb": "range(20000) AS t(i)", "postgres": "generate_series(0, 19999) AS t(i)"}
    with connect(database_target(path)) as warehouse:
        warehouse.execute_text(
            f"CREATE TABLE people AS SELECT i AS key, i AS n FROM {rows[request.param]}"
        )
    refresher.main(path, START)
    with connect(database_target(path)) as warehouse:
        warehouse.execute_text("UPDATE people SET n = (n * 7 + 1) % 20000")
    return path


def contents(database: str) -> dict[str, list[tuple[object, ...]]]:
    with connect(database_target(database)) as warehouse:
        store = Store(warehouse)
        return {
            table: sorted(store.fetch(exp.select("*").from_(store.table(table))), key=repr)
            for table in TABLES
            if warehouse.has_table(warehouse.store_table("segue", table))
        }


def killed_at(database: str, step: str, delay: float) -> None:
    """Starts a run and kills it a moment after it began a step."""
    process = subprocess.Popen(
        [sys.executable, refresher.__file__, database, str(START + DAY)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == step:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()


def wait_for_server(database: str) -> None:
    """A server notices the end of its client when it next has something to say to it."""
    if not database.startswith("postgres"):
        return
    with PostgresWarehouse.open(database) as warehouse:
        for _ in range(500):
            others = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
            if not warehouse.execute_text(others):
                return
            time.sleep(0.01)


def test_a_killed_run_leaves_the_run_before_it_whole(database: str) -> None:
    before = contents(database)
    chance = random.Random(7)

    for step in STEPS:
        killed_at(database, step, delay=chance.uniform(0, 0.03))
        wait_for_server(database)
        assert contents(database) == before, step

    refresher.main(database, START + DAY)
    after = contents(database)
    assert len(after["runs"]) == 2
    # What an undisturbed run finds: the same as computing memberships anew.
    with connect(database_target(database)) as warehouse:
        expected = warehouse.execute_text(
            "SELECT 'half', key FROM people WHERE n < 10000 UNION ALL "
            "SELECT 'small', key FROM people WHERE n < 5000 UNION ALL "
            "SELECT 'late', key FROM people WHERE n > 19000"
        )
    assert {row[:2] for row in after["members"]} == set(expected)
    assert len(after["members"]) == len(expected)
    with connect(database_target(database)) as warehouse:
        stages = warehouse.execute_text(
            # `key` was the number before the people moved.
            "SELECT key, CASE WHEN n >= 5000 AND n < 15000 THEN 'second' ELSE 'first' END "
            "FROM people WHERE key < 5000 UNION ALL "
            "SELECT key, 'second' FROM people WHERE key >= 5000 AND key < 15000 AND n <= 19000 "
            "UNION ALL SELECT key, CASE WHEN n < 5000 THEN 'first' ELSE 'second' END "
            "FROM people WHERE key >= 15000 AND n < 15000"
        )
    assert sorted((row[1], row[2]) for row in after["stages"]) == sorted(stages)


def test_a_second_run_is_refused_while_one_is_at_work(database: str) -> None:
    process = subprocess.Popen(
        [sys.executable, refresher.__file__, database, str(START + DAY)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == STEPS[0]
        assert process.stdout.readline().strip() == STEPS[1]
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Refusal, match=r"another (run|process)"):
            refresher.main(database, START + DAY)
    finally:
        process.send_signal(signal.SIGCONT)
        process.stdout.read()
        process.wait()
        process.stdout.close()
    assert len(contents(database)["runs"]) == 2


def test_runs_of_two_threads_on_postgres_exclude_each_other(postgres: str) -> None:
    with PostgresWarehouse.open(postgres) as first, PostgresWarehouse.open(postgres) as second:
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with first.transaction():
                first.lock("segue")
                held.set()
                done.wait(5)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(5)
        with pytest.raises(Refusal, match="another run is writing"), second.transaction():
            second.lock("segue")
        with second.transaction():
            second.lock("another_schema")
        done.set()
        thread.join()
