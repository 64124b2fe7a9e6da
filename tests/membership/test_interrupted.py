"""Ctrl-C in a run: the statement stops where it runs, and the run before it stands."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import duckdb
import pytest

from membership import pressed
from membership.test_interruption import contents
from segue.runtime.warehouse.connect import connect, database_target
from segue.runtime.warehouse.postgres import PostgresWarehouse

CATALOG = (
    "entity: {name: person, table: people, key: {column: key, type: int}, attributes: {n: int}}"
)
RULES = """
segment half { when n < 10000 }
lifecycle person { stage first { enter when n < 5000 } stage second { enter when n >= 5000 } }
"""
# Without end, as far as anybody waits for it.
SLOW = {
    "duckdb": "SELECT key, n FROM few, range(10000000000) AS t(i) WHERE md5(i::VARCHAR) = ''",
    "postgres": "SELECT key, n FROM few WHERE pg_sleep(60) IS NULL",
    "sqlite": "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) "
    "SELECT key, n FROM few JOIN t ON i * n = -1",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG)
    (tmp_path / "rules.seg").write_text(RULES)
    return tmp_path


def run(project: Path, database: str, *more: str) -> "subprocess.Popen[str]":
    arguments = [str(project), "--database", database, *more]
    return subprocess.Popen(
        [sys.executable, pressed.__file__, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(pressed.__file__).parents[1])},
    )


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def database(request: pytest.FixtureRequest, project: Path) -> str:
    """One run, and then a table that takes forever to read."""
    if request.param == "duckdb":
        path = str(project / "people.duckdb")
        duckdb.connect(path).close()
    elif request.param == "sqlite":
        path = str(project / "people.sqlite")
        sqlite3.connect(path).close()
    else:
        path = request.getfixturevalue("postgres")
    with connect(database_target(path)) as warehouse:
        warehouse.execute_text("CREATE TABLE few (key BIGINT, n BIGINT)")
        warehouse.execute_text("INSERT INTO few VALUES (1, 1), (2, 12000)")
        warehouse.execute_text("CREATE VIEW people AS SELECT key, n FROM few")
    first = run(project, path)
    assert first.wait() == 0, first.communicate()
    first.communicate()
    with connect(database_target(path)) as warehouse:
        warehouse.execute_text("DROP VIEW people")
        warehouse.execute_text(f"CREATE VIEW people AS {SLOW[request.param]}")
    return path


def until_it_computes(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    patience = Timer(120, process.kill)
    patience.start()
    try:
        assert any(line.strip() == "computing segments" for line in process.stdout)
    finally:
        patience.cancel()
    time.sleep(0.3)


def running(database: str) -> list[tuple[object, ...]]:
    with PostgresWarehouse.open(database) as warehouse:
        return warehouse.execute_text(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state = 'active'"
        )


def test_ctrl_c_stops_the_statement_and_leaves_the_run_before(project: Path, database: str) -> None:
    before = contents(database)
    process = run(project, database)
    until_it_computes(process)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 130, errors
    assert "interrupted: the last complete run stands" in errors
    assert "Traceback" not in errors
    if database.startswith("postgres"):
        assert running(database) == []
    assert contents(database) == before


def test_a_statement_that_runs_too_long_is_cancelled(project: Path, database: str) -> None:
    before = contents(database)
    process = run(project, database, "--timeout", "300ms")
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2, errors
    assert "a statement ran longer than 300ms and was cancelled; nothing was written" in errors
    if database.startswith("postgres"):
        assert running(database) == []
    assert contents(database) == before
