"""Runs on BigQuery: memberships, lifecycles, score tables, a shop, rights, interruptions.

Through Google's own client, to a server of the tests' own (`tests/bigquery.py`) that lets Google's
reference implementation of the language compute. Not among the ordinary tests, by its name:

    pip install google-cloud-bigquery zetasql cryptography
    python -m pytest tests/membership/heavy_bigquery.py
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result
from lifecycles.shop import Shop
from lifecycles.test_runs import *  # noqa: F403  # the same tests, elsewhere
from scores.test_score_table import *  # noqa: F403  # the same tests, elsewhere
from sqlglot import exp

from membership import halves, pressed
from membership.test_interrupted import until_it_computes
from membership.test_refresh import *  # noqa: F403  # the same tests, elsewhere
from membership.types_of import kinds
from membership.world import World
from segue.runtime.cli import main
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.failures import StatementFailed

pytest.importorskip("google.cloud.bigquery")
pytest.importorskip("zetasql")

import bigquery
import bigquery_server
from bigquery import PROJECT
from parity.tables import Store as Kind

from segue.runtime.warehouse.bigquery import BigQueryWarehouse


class BigQueryWorld(World):
    project: ClassVar[bigquery.BigQuery]
    marks: list[tuple[str, str]]

    def prepare(self) -> None:
        self.fill([])

    def fill(self, marks: list[tuple[str, str]]) -> None:
        self.marks = marks
        self.project.load("marks", {"key": Kind.TEXT, "segment": Kind.TEXT}, marks)

    def repeat(self, key: str) -> None:
        self.fill([*self.marks, (key, "nothing")])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


class BigQueryShop(Shop):
    project: ClassVar[bigquery.BigQuery]
    people: list[tuple[Any, ...]]

    def __init__(self, warehouse: BigQueryWarehouse) -> None:
        self.warehouse = warehouse
        self.day = 0
        self.project.load("visits", {"customer_id": Kind.INT, "moment": Kind.UTC}, [])
        self.customers({})

    def customers(self, rows: Mapping[int, Sequence[object]]) -> None:
        self.put([(key, *row) for key, row in rows.items()])

    def put(self, people: list[tuple[Any, ...]]) -> None:
        self.people = people
        columns = {"id": Kind.INT, "orders": Kind.INT, "happy": Kind.BOOL, "quiet": Kind.BOOL}
        self.project.load("customers", columns, self.people)

    def repeat(self, *keys: int) -> None:
        self.put([*self.people, *((key, 0, None, None) for key in keys)])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


@pytest.fixture
def project() -> bigquery.BigQuery:
    return bigquery.BigQuery()


@pytest.fixture
def address(project: bigquery.BigQuery, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with bigquery_server.served(project) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        yield address


@pytest.fixture
def settings(tmp_path: Path, address: str) -> dict[str, str]:
    key = str(bigquery_server.keyfile(tmp_path, address))
    return {"project": PROJECT, "dataset": "shop", "keyfile": key}


@pytest.fixture
def warehouse(settings: dict[str, str]) -> Iterator[BigQueryWarehouse]:
    with BigQueryWarehouse.open(settings) as warehouse:
        yield warehouse


@pytest.fixture
def shop(warehouse: BigQueryWarehouse, project: bigquery.BigQuery) -> Shop:
    BigQueryShop.project = project
    return BigQueryShop(warehouse)


@pytest.fixture
def world(warehouse: BigQueryWarehouse, project: bigquery.BigQuery) -> World:
    BigQueryWorld.project = project
    return BigQueryWorld(warehouse)


@pytest.fixture
def folder(tmp_path: Path, settings: dict[str, str]) -> Path:
    """A project with a target."""
    folder = tmp_path / "rules"
    folder.mkdir()
    described_as(folder, settings)
    return halves.write_project(folder)


def described_as(folder: Path, settings: Mapping[str, str]) -> None:
    target = json.dumps({"engine": "bigquery", **settings})
    (folder / "segue.yml").write_text(f"targets:\n  prod: {target}\n")


def segue(folder: Path, *more: str) -> Result:
    return halves.segue("run", folder, *more)


def with_people(project: bigquery.BigQuery, rows: Sequence[tuple[int, int]]) -> None:
    project.load("people", {"key": Kind.INT, "n": Kind.INT}, rows)


def test_a_run_an_export_and_a_history(folder: Path, project: bigquery.BigQuery) -> None:
    with_people(project, [(1, 1), (2, 2), (3, 20_000)])
    assert segue(folder).exit_code == 0
    out = CliRunner().invoke(main, ["export", "members", "--project", str(folder)])
    assert out.exit_code == 0, out.output
    assert len(out.stdout.splitlines()) == 1 + 4
    history = CliRunner().invoke(main, ["history", "--project", str(folder), "--format", "json"])
    assert history.output.count('"run_id"') == 1
    # Anybody can read the tables by their names, and nothing of the session is left.
    members = project.rows("SELECT segment, `key` FROM `segue`.`members` ORDER BY 1, 2")
    assert members == [("half", 1), ("half", 2), ("square", 2), ("square", 3)]
    assert project.sessions == {}


def test_it_says_the_types_of_columns(
    warehouse: BigQueryWarehouse, project: bigquery.BigQuery
) -> None:
    project.load("people", {"key": Kind.INT, "n": Kind.FLOAT, "name": Kind.TEXT}, [])
    assert kinds(warehouse, "people") == {"key": "int", "n": "float", "name": "string"}
    assert kinds(warehouse, "nowhere") == {}


def test_an_estimate_is_given_and_nothing_written(folder: Path, project: bigquery.BigQuery) -> None:
    with_people(project, [(1, 1), (2, 2)])
    result = segue(folder, "--estimate")
    assert result.exit_code == 0, result.output
    assert "about 32 B read (dry run of BigQuery)" in result.output
    assert segue(folder, "--dry-run").exit_code == 0
    assert "segue" not in project.datasets


def test_a_run_may_not_read_more_than_it_is_allowed(
    folder: Path, project: bigquery.BigQuery, settings: dict[str, str]
) -> None:
    with_people(project, [(1, 1)])
    described_as(folder, {**settings, "maximum_bytes_billed": "1_000_000"})
    result = segue(folder)
    assert result.exit_code == 2
    assert "exceeded limit for bytes billed: 1000000" in result.output
    assert "--estimate says what a run reads" in result.output
    described_as(folder, {**settings, "maximum_bytes_billed": "1 GB"})
    assert "`maximum_bytes_billed` is a number of bytes, not `1 GB`" in segue(folder).output


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(
    folder: Path, project: bigquery.BigQuery
) -> None:
    with_people(project, [(1, 2), (7, 9_000_000_000_000_000_000), (8, 3)])
    result = segue(folder)
    assert result.exit_code == 1, result.output
    assert "7" in result.output
    squares = "SELECT `key` FROM `segue`.`members` WHERE segment = 'square' ORDER BY 1"
    assert project.rows(squares) == [(1,), (8,)]


def test_what_is_missing_is_told_with_the_line_of_the_catalog(
    folder: Path, project: bigquery.BigQuery, settings: dict[str, str]
) -> None:
    halves.what_is_missing_is_told(
        "bigquery",
        lambda: segue(folder),
        lambda: project.load("people", {"key": Kind.INT}, []),
    )
    del settings["dataset"]
    described_as(folder, settings)
    result = segue(folder)
    assert result.exit_code == 2
    assert "bigquery has no table `people`" in result.output


def test_what_a_user_may_not_do_is_explained(folder: Path, project: bigquery.BigQuery) -> None:
    with_people(project, [(1, 1)])
    project.closed = {"segue"}
    refused = segue(folder)
    assert refused.exit_code == 2
    assert "grant BigQuery Data Editor" in refused.output
    project.secret = {"people"}
    refused = segue(folder, "--dry-run")
    assert refused.exit_code == 2, refused.output
    assert "the user of this target may not read `people`" in refused.output


def test_a_statement_that_takes_too_long_is_cancelled(
    folder: Path, project: bigquery.BigQuery
) -> None:
    with_people(project, [(1, 1)])
    project.slow = {"people"}
    result = segue(folder, "--timeout", "1s")
    assert result.exit_code == 2
    assert "a statement ran longer than 1s and was cancelled; nothing was written" in result.output
    assert all(job.done.is_set() for job in project.jobs.values())


def test_ctrl_c_cancels_the_job(
    folder: Path, project: bigquery.BigQuery, warehouse: BigQueryWarehouse
) -> None:
    with_people(project, [(1, 1)])
    project.slow = {"people"}
    process = pressed_run(folder)
    until_it_computes(process)
    until_a_job_runs(project)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert all(job.done.is_set() for job in project.jobs.values())


def pressed_run(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, pressed.__file__, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(pressed.__file__).parents[1])},
    )


def until_a_job_runs(project: bigquery.BigQuery) -> None:
    for _ in range(600):
        if any(not job.done.is_set() for job in list(project.jobs.values())):
            return
        time.sleep(0.1)
    raise AssertionError("nothing runs")


def test_a_statement_whose_answer_is_lost_is_not_done_twice(
    world: World, project: bigquery.BigQuery
) -> None:
    world.people(ann="reader")
    project.lost = ["CREATE TABLE", "UPDATE"]
    world.run("reader")
    assert project.lost == []
    assert world.rows("SELECT run_id, members FROM segue.counts") == [(1, 1)]
    assert world.rows("SELECT run_id FROM segue.runs") == [(1,)]


def test_rows_whose_arrival_is_not_heard_of_are_not_added_twice(
    warehouse: BigQueryWarehouse, project: bigquery.BigQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segue.runtime.warehouse.bigquery.ROWS_AT_ONCE", 2)
    project.lost = ["INSERT INTO"]
    with warehouse.transaction(), warehouse.loaded("many", {"n": [1, 2, 3, 4, 5]}):
        rows = warehouse.fetch(exp.select("n").from_(warehouse.temporary_table("many")))
    assert sorted(rows) == [(1,), (2,), (3,), (4,), (5,)]
    assert project.lost == []


def test_of_two_runs_at_once_the_second_to_finish_is_refused(
    world: World, settings: dict[str, str]
) -> None:
    world.people(ann="reader")
    world.run("reader")
    with BigQueryWarehouse.open(settings) as warehouse:
        other = BigQueryWorld(warehouse)
        other.day = 1
        world.people(bob="reader")

        def report(step: str) -> None:
            if step == "writing the run":
                other.run("reader")

        with pytest.raises(Refusal, match="another run has finished while this one was at work"):
            world.run("reader", report=report)
        assert other.members() == {"reader": ["bob"]}
        world.people(cat="reader")
        assert world.run("reader").run_id == 3
    assert world.members() == {"reader": ["cat"]}


@pytest.mark.parametrize("step", ["CREATE TABLE", "UPDATE", "CREATE OR REPLACE VIEW"])
def test_a_run_that_fails_anywhere_leaves_the_run_before_it_or_is_whole(
    world: World, project: bigquery.BigQuery, step: str
) -> None:
    world.people(ann="reader")
    world.run("reader")
    world.people(bob="reader")

    def fail(text: str) -> None:
        if text.startswith(step):
            raise bigquery.Refused(400, "invalid", "no more")

    project.hook = fail
    with pytest.raises(StatementFailed, match="no more"):
        world.run("reader")
    project.hook = lambda text: None
    whole = step == "CREATE OR REPLACE VIEW"
    assert world.members() == {"reader": ["bob" if whole else "ann"]}
    world.run("reader")
    assert world.members() == {"reader": ["bob"]}


def test_a_run_that_is_killed_leaves_the_run_before_it_and_blocks_nobody(
    folder: Path, project: bigquery.BigQuery
) -> None:
    members = "SELECT segment, `key` FROM `segue`.`members` ORDER BY 1, 2"
    with_people(project, [(1, 1)])
    assert segue(folder).exit_code == 0
    with_people(project, [(1, 20_000)])
    process = pressed_run(folder)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "writing the run":
            process.kill()
            break
    process.communicate()
    assert project.rows(members) == [("half", 1)]
    assert segue(folder).exit_code == 0
    assert project.rows(members) == [("square", 1)]


def test_a_key_that_is_none_is_told_and_not_shown(
    folder: Path, tmp_path: Path, settings: dict[str, str]
) -> None:
    described_as(folder, {**settings, "keyfile": str(tmp_path / "nowhere.json")})
    assert "cannot connect to BigQuery" in segue(folder).output
    broken = tmp_path / "broken.json"
    broken.write_text('{"type": "service_account", "private_key": "hunter2"}')
    described_as(folder, {**settings, "keyfile": str(broken)})
    result = segue(folder)
    assert result.exit_code == 2
    assert "cannot connect to BigQuery" in result.output
    assert "hunter2" not in result.output


def test_rows_come_as_arrow_with_their_types(
    warehouse: BigQueryWarehouse, project: bigquery.BigQuery
) -> None:
    project.load("t", {"a": Kind.INT, "b": Kind.FLOAT}, [(1, 0.5), (2, None)])
    found = warehouse.fetch_arrow(exp.select("a", "b").from_("t"), ["x", "y"])
    assert found.to_pydict() == {"x": [1, 2], "y": [0.5, None]}
