"""Two processes that run at the same moment, again and again."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from membership import rounds
from membership.world import DAY, START
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.warehouse import Warehouse

ROUNDS = 15
REFUSED = "refused another run is writing to the schema `segue`"


def started(database: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, rounds.__file__, database],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(rounds.__file__).parents[1])},
    )
    assert answer(process) == "ready"
    return process


def answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def begin(process: "subprocess.Popen[str]", as_of: int) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{as_of}\n")
    process.stdin.flush()


def test_two_runs_at_once_leave_what_one_after_the_other_would(postgres: str) -> None:
    with PostgresWarehouse.open(postgres) as warehouse:
        warehouse.execute_text(
            "CREATE TABLE people AS "
            "SELECT i AS key, i AS n FROM generate_series(0, 19999, 10) AS t(i)"
        )
        contest(postgres, warehouse, ROUNDS)


def contest(database: str, warehouse: Warehouse, rounds: int) -> None:
    """Two processes begin a run at once, so many times, while `people` change."""
    pair = [started(database), started(database)]
    answers: Counter[str] = Counter()
    try:
        for number in range(rounds):
            warehouse.execute_text("UPDATE people SET n = (n * 7 + 1) % 20000")
            for process in pair:
                begin(process, START + number * DAY)
            given = [answer(process) for process in pair]
            assert "done" in given, given
            answers.update(given)
            check(warehouse)
    finally:
        for process in pair:
            process.kill()
            process.communicate()
    assert set(answers) <= {"done", REFUSED}
    runs = [row[0] for row in warehouse.execute_text("SELECT run_id FROM segue.runs ORDER BY 1")]
    assert runs == list(range(1, answers["done"] + 1))


def check(warehouse: Warehouse) -> None:
    """Members are those of the rules, and what the history adds up to; nobody enters twice."""
    expected = warehouse.execute_text(
        "SELECT 'half', key FROM people WHERE n < 10000 UNION ALL "
        "SELECT 'small', key FROM people WHERE n < 5000 UNION ALL "
        "SELECT 'late', key FROM people WHERE n > 19000"
    )
    members = warehouse.execute_text("SELECT segment, key FROM segue.members")
    assert Counter(members) == Counter(expected)
    told = warehouse.execute_text(
        "SELECT segment, key FROM segue.history GROUP BY 1, 2 "
        "HAVING SUM(CASE change WHEN 'enter' THEN 1 ELSE -1 END) = 1"
    )
    assert Counter(told) == Counter(expected)
    wrong = warehouse.execute_text(
        "SELECT * FROM (SELECT change, LAG(change, 1, 'exit') OVER "
        "(PARTITION BY segment, key ORDER BY run_id) AS before FROM segue.history) AS h "
        "WHERE change = before"
    )
    assert wrong == []
    stages = warehouse.execute_text(
        "SELECT key, COUNT(*) FROM segue.stages GROUP BY 1 HAVING COUNT(*) > 1"
    )
    assert stages == []
