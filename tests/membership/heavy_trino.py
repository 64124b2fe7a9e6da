"""Runs on Trino: the real client, and a server of the tests that speaks as Trino's does.

Not among the ordinary tests, by its name: see `heavy.py` beside it. Needs `pip install trino`;
what executes the statements is DuckDB, see `trino_server.py`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from lifecycles.shop import Shop
from lifecycles.test_runs import *  # noqa: F403  # the same tests, elsewhere
from scores.conftest import few_replicates  # noqa: F401  # a fixture
from scores.test_score_table import *  # noqa: F403  # the same tests, elsewhere

from membership import pressed
from membership.halves import segue, what_is_missing_is_told, write_project
from membership.heavy import TrinoWorld
from membership.world import World
from segue.runtime.cli import main
from segue.runtime.demo import create_shop
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal

pytest.importorskip("trino")

from trino_server import TrinoServer

from segue.runtime.warehouse.failures import StatementFailed
from segue.runtime.warehouse.trino import TrinoWarehouse

BEHAVIORAL = Path(__file__).parents[2] / "rulesets" / "behavioral"
SCORES = """
metric opens  = count(email_open over last 30d) tags features
metric orders = count(purchase over last 90d) tags features

score will_buy "An order in the next 30 days": probability {
  predict exists(purchase over next 30d)
  from    all metrics tagged features
  with    random_forest(trees = 5, depth = 3)
  train   every 30d over last 180d
}
"""
SLOW = "SELECT key, n FROM few, range(10000000000) AS t(i) WHERE md5(i::VARCHAR) = ''"
STORE = ("runs", "counts", "segments", "state", "members", "history")


class TrinoShop(Shop):
    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


@pytest.fixture
def server() -> Iterator[TrinoServer]:
    with TrinoServer() as server:
        yield server


@pytest.fixture
def warehouse(server: TrinoServer) -> Iterator[TrinoWarehouse]:
    with TrinoWarehouse.open(server.settings) as warehouse:
        yield warehouse


@pytest.fixture
def world(warehouse: TrinoWarehouse) -> World:
    return TrinoWorld(warehouse)


@pytest.fixture
def shop(warehouse: TrinoWarehouse) -> Shop:
    return TrinoShop(warehouse)


@pytest.fixture
def project(tmp_path: Path, server: TrinoServer) -> Path:
    return write_project(tmp_path, server.target)


def with_people(server: TrinoServer, count: int) -> None:
    server.cursor().execute(
        f"CREATE TABLE people AS SELECT i AS key, i AS n FROM range({count}) t(i)"
    )


def contents(server: TrinoServer) -> dict[str, list[tuple[Any, ...]]]:
    cursor = server.cursor()
    return {
        table: sorted(cursor.execute(f"FROM segue.{table}").fetchall(), key=repr) for table in STORE
    }


def left(server: TrinoServer) -> list[str]:
    """The working tables that there are."""
    query = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'scratch%'"
    return [row[0] for row in server.cursor().execute(query).fetchall()]


def test_a_run_leaves_no_working_table(server: TrinoServer, project: Path) -> None:
    with_people(server, 10)
    assert segue("run", project).exit_code == 0
    assert segue("run", project, "--dry-run").exit_code == 0
    assert left(server) == []


def test_working_tables_of_a_connection_that_was_killed_are_swept_away_days_later(
    server: TrinoServer, project: Path
) -> None:
    with_people(server, 10)
    assert segue("run", project).exit_code == 0
    cursor = server.cursor()
    with TrinoWarehouse.open(server.settings) as warehouse:
        today = warehouse.part("", "words__0_aa1").name
        old = today.replace(today.split("_")[1], "20000")
        for name in (today, old, "scratch_paper"):
            cursor.execute(f"CREATE TABLE segue.{name} AS SELECT 1 AS key")
    assert segue("run", project).exit_code == 0
    assert sorted(left(server)) == sorted([today, "scratch_paper"])


def test_a_store_is_kept_in_another_catalog_than_the_tables(
    server: TrinoServer, project: Path
) -> None:
    with_people(server, 10)
    server.database.execute("ATTACH ':memory:' AS kept")
    settings = server.target.replace(
        '"trino"', '"trino", "store_catalog": "kept", "schema": "mine"'
    )
    (project / "segue.yml").write_text(f"targets:\n  prod: {settings}\n")
    for command in (["run", "--as-of", "2025-01-01"], ["run", "--as-of", "2025-01-02"]):
        assert segue(*command[:1], project, "--target", "prod", *command[1:]).exit_code == 0
    assert server.cursor().execute("SELECT COUNT(*) FROM kept.mine.runs").fetchall() == [(2,)]


def test_of_two_runs_at_once_one_counts_and_the_other_has_written_nothing(
    server: TrinoServer, world: World
) -> None:
    world.people(ann="reader", bob="reader buyer", cas="")
    world.run("reader buyer")
    answers: Counter[str] = Counter()
    for day in range(1, 6):
        world.people(**({"bob": "buyer", "cas": "reader"} if day % 2 else {"ann": "buyer"}))
        together = threading.Barrier(2)
        threads = [
            threading.Thread(target=run_once, args=(server, world, together, answers))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.day += 1
        members = {row[:2] for row in contents(server)["members"]}
        assert members == ({("buyer", "bob"), ("reader", "cas")} if day % 2 else {("buyer", "ann")})
    assert answers["done"] + answers["another run has finished"] == 10, answers
    assert answers["done"] >= 5
    runs = [row[0] for row in contents(server)["runs"]]
    assert sorted(runs) == list(range(1, answers["done"] + 2))


def run_once(
    server: TrinoServer, world: World, together: threading.Barrier, answers: "Counter[str]"
) -> None:
    with TrinoWarehouse.open(server.settings) as warehouse:
        another = copy(world)
        another.warehouse = warehouse
        together.wait()
        try:
            another.run("reader buyer")
            answers["done"] += 1
        except Refusal as refusal:
            answers[refusal.message.partition(" while")[0]] += 1


def test_a_run_that_is_killed_anywhere_leaves_the_run_before_it_whole(
    server: TrinoServer, project: Path
) -> None:
    with_people(server, 100)
    assert segue("run", project, "--as-of", "2025-01-01").exit_code == 0
    before = contents(server)
    server.cursor().execute("UPDATE people SET n = n + 9950")
    for statement in (5, 12, 17, 21, 25):
        process = started(project, "--as-of", "2025-01-02")
        server.call_at(len(server.sent) + statement, process.kill)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, statement
        assert contents(server) == before, statement
    assert segue("run", project, "--as-of", "2025-01-02").exit_code == 0
    after = contents(server)
    assert len(after["runs"]) == 2
    assert Counter(row[0] for row in after["members"]) == {"half": 50, "square": 100}


def started(project: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, pressed.__file__, str(project), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(pressed.__file__).parents[1])},
    )


def with_slow_people(server: TrinoServer) -> None:
    server.cursor().execute("CREATE TABLE few AS SELECT 1 AS key, 1 AS n")
    server.cursor().execute(f"CREATE VIEW people AS {SLOW}")


def test_ctrl_c_cancels_the_statement_on_the_server(server: TrinoServer, project: Path) -> None:
    with_slow_people(server)
    process = started(project)
    # A moment later, for who has no answer yet does not know what to cancel.
    press = threading.Timer(0.5, lambda: process.send_signal(signal.SIGINT))
    server.call_at(lambda text: 'FROM "people"' in text, press.start)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert len(server.cancelled) == 1
    assert left(server) == []


def test_a_statement_that_takes_too_long_is_cancelled(server: TrinoServer, project: Path) -> None:
    with_slow_people(server)
    result = segue("run", project, "--timeout", "300ms")
    assert result.exit_code == 2
    assert "a statement ran longer than 300ms and was cancelled" in result.output
    assert "SET SESSION query_max_run_time = '300ms'" in server.sent


def test_an_estimate_is_given_and_nothing_written(server: TrinoServer, project: Path) -> None:
    with_people(server, 1_000)
    result = segue("run", project, "--estimate")
    assert result.exit_code == 0, result.output
    assert "about 1,000 rows read (EXPLAIN of Trino)" in result.output
    assert not any("CREATE" in text for text in server.sent)


def test_a_dry_run_writes_no_run(server: TrinoServer, project: Path) -> None:
    with_people(server, 10)
    assert segue("run", project, "--dry-run").exit_code == 0
    with TrinoWarehouse.open(server.settings) as warehouse:
        assert warehouse.names("segue") == []


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(
    server: TrinoServer, project: Path
) -> None:
    with_people(server, 10)
    server.cursor().execute("UPDATE people SET n = 9000000000000000000 WHERE key = 7")
    result = segue("run", project)
    assert result.exit_code == 1, result.output
    assert "1 person not evaluated" in result.output
    assert ("half", 8) in [row[:2] for row in contents(server)["members"]]


def test_what_is_missing_is_told_with_the_line_of_the_catalog(
    server: TrinoServer, project: Path
) -> None:
    what_is_missing_is_told(
        "trino",
        lambda: segue("run", project),
        lambda: server.cursor().execute("CREATE TABLE people (key INTEGER)"),
    )


def test_what_a_user_may_not_do_is_explained(server: TrinoServer, project: Path) -> None:
    with_people(server, 10)
    server.denied = {"people"}
    result = segue("run", project)
    assert result.exit_code == 2
    assert "the user of this target may not read `people`" in result.output
    server.denied = {"create segue"}
    server.cursor().execute("DROP SCHEMA segue CASCADE")
    result = segue("run", project)
    assert result.exit_code == 2
    assert "let the user make and drop tables and views there" in result.output


def test_a_coordinator_that_is_busy_is_asked_again(server: TrinoServer) -> None:
    server.unavailable = 2
    with TrinoWarehouse.open(server.settings) as warehouse:
        assert warehouse.execute_text("SELECT 1 AS a") == [(1,)]


def test_a_statement_whose_answer_is_lost_is_not_sent_again(
    server: TrinoServer, warehouse: TrinoWarehouse
) -> None:
    warehouse.execute_text("CREATE TABLE few AS SELECT 1 AS key")
    server.loses_answers = True
    with pytest.raises(StatementFailed, match="the answer to a statement was lost"):
        warehouse.execute_text("INSERT INTO few SELECT 2 AS key")
    server.loses_answers = False
    assert server.sent.count("INSERT INTO few SELECT 2 AS key") == 1
    assert len(warehouse.execute_text("SELECT key FROM few")) == 2


def test_an_export_is_read_in_pieces(server: TrinoServer, project: Path) -> None:
    with_people(server, 2_500)
    assert segue("run", project).exit_code == 0
    found = CliRunner().invoke(
        main, ["export", "--segment", "half", "--project", str(project), "--columns", "key"]
    )
    assert found.exit_code == 0, found.output
    assert sorted(map(int, found.stdout.split()[1:])) == list(range(2_500))


def test_what_is_left_of_an_export_is_cancelled(
    server: TrinoServer, warehouse: TrinoWarehouse
) -> None:
    with_people(server, 2_500)
    rows = warehouse.stream(Store(warehouse)("SELECT key FROM people"), 10)
    assert len(next(rows)) == 10
    rows.close()
    assert server.dropped == 1


@pytest.mark.usefixtures("few_replicates")
def test_a_model_is_the_one_that_duckdb_trains_and_gives_the_same_scores(
    server: TrinoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog.yml").write_bytes((BEHAVIORAL / "catalog.yml").read_bytes())
    (tmp_path / "scores.seg").write_text(SCORES)
    (tmp_path / "segue.yml").write_text(f"target: prod\ntargets:\n  prod: {server.target}\n")
    create_shop(tmp_path / "shop.duckdb", customers=300)
    server.database.execute(f"ATTACH '{tmp_path}/shop.duckdb' AS demo (READ_ONLY)")
    found = server.cursor().execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'demo'"
    )
    for (name,) in found.fetchall():
        server.cursor().execute(f"CREATE TABLE {name} AS FROM demo.{name}")
    server.database.execute("DETACH demo")
    when = ("--as-of", "2025-11-01")

    trained = CliRunner().invoke(main, ["train", "will_buy", *when])
    assert "wrote models/will_buy/v1.json" in trained.output, trained.output
    again = CliRunner().invoke(main, ["train", "will_buy", "--database", "shop.duckdb", *when])
    assert "the same model is there already: models/will_buy/v1.json" in again.output

    for target in ([], ["--database", "shop.duckdb"]):
        assert CliRunner().invoke(main, ["score", *target, *when]).exit_code == 0
    with TrinoWarehouse.open(server.settings) as warehouse:
        store = Store(warehouse)
        query = "SELECT key, number FROM segue.scores ORDER BY key"
        scores = store.fetch(store(query))
    with duckdb.connect("shop.duckdb", read_only=True) as connection:
        assert scores == connection.execute(query).fetchall()
    assert len(scores) == 300
