"""Runs on Redshift: lifecycles, score tables, rights, interruptions, two at once.

Through Redshift's own driver, to a Postgres that passes for Redshift (`tests/redshift.py`). Not
among the ordinary tests, by its name: see `heavy.py` beside it.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redshift
from click.testing import CliRunner, Result
from lifecycles.shop import Shop
from lifecycles.test_runs import *  # noqa: F403  # the same tests, elsewhere
from scores.test_score_table import *  # noqa: F403  # the same tests, elsewhere

from membership import halves
from membership.halves import write_project
from membership.test_interrupted import run as pressed_run
from membership.test_interrupted import until_it_computes
from membership.test_two_at_once import contest
from membership.world import World
from segue.runtime.cli import main
from segue.runtime.membership.slots import Slot
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse import retrying
from segue.runtime.warehouse.address import read_address
from segue.runtime.warehouse.failures import Cause, StatementFailed
from segue.runtime.warehouse.redshift import FORM as FORM_OF_REDSHIFT
from segue.runtime.warehouse.redshift import RedshiftWarehouse, _arguments, _state

driver = pytest.importorskip("redshift_connector")

ROUNDS = 5
CLUSTER = "shop.abc123.eu-west-1.redshift.amazonaws.com"


@pytest.fixture
def address() -> str:
    return redshift.new_address()


@pytest.fixture
def warehouse(address: str) -> Iterator[RedshiftWarehouse]:
    with RedshiftWarehouse.open(address) as warehouse:
        yield warehouse


@pytest.fixture
def shop(warehouse: RedshiftWarehouse) -> Shop:
    return Shop(warehouse)


@pytest.fixture
def world(warehouse: RedshiftWarehouse) -> World:
    return World(warehouse)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


def segue(project: Path, address: str, *more: str) -> Result:
    return halves.segue("run", project, "--database", address, *more)


def with_people(warehouse: RedshiftWarehouse, count: int) -> None:
    warehouse.execute_text(
        f"CREATE TABLE people AS SELECT i AS key, i AS n FROM generate_series(0, {count - 1}) t(i)"
    )


def test_without_a_password_aws_is_asked_for_one() -> None:
    def told(dsn: str) -> dict[str, Any]:
        return _arguments(read_address(dsn, FORM_OF_REDSHIFT))

    known = told(f"redshift://segue@{CLUSTER}/dev?profile=shop")
    assert (known["iam"], known["db_user"], known["profile"]) == (True, "segue", "shop")
    assert "password" not in known
    assert told(f"redshift://{CLUSTER}/dev")["group_federation"] is True
    with_password = told(f"redshift://segue:hunter2@{CLUSTER}:5440/dev")
    assert (with_password["password"], with_password["port"]) == ("hunter2", 5440)
    assert with_password["sslmode"] == "verify-ca"


def test_a_misspelt_sslmode_is_not_taken_for_none() -> None:
    with pytest.raises(Refusal, match="there is no `sslmode=verify`"):
        RedshiftWarehouse.open(f"redshift://segue@{CLUSTER}/dev?sslmode=verify")


def test_redshifts_own_words_for_a_conflict_are_known() -> None:
    def state(fields: dict[str, str]) -> str | None:
        return _state(driver.ProgrammingError(fields))

    cycle = "Serializable isolation violation on table - 119371, transactions forming the cycle"
    assert state({"C": "XX000", "M": "1023", "D": cycle}) == "40001"
    assert (
        state(
            {
                "C": "XX000",
                "M": "could not complete because of conflict with concurrent transaction",
            }
        )
        == "40001"
    )
    assert state({"C": "42P01", "M": 'relation "x" does not exist'}) == "42P01"


def test_a_table_of_somebody_else_that_is_called_like_a_working_table_stays(world: World) -> None:
    world.warehouse.execute_text("CREATE TABLE segue_words (mine INTEGER)")
    world.people(ann="reader")
    world.run("reader")
    world.people(bob="reader")
    world.run("reader")
    assert world.members() == {"reader": ["bob"]}
    assert world.warehouse.execute_text("SELECT COUNT(*) FROM segue_words") == [(0,)]


def test_a_trial_leaves_nothing(world: World) -> None:
    world.people(ann="reader")
    outcome = world.run("reader", trial=True)
    assert outcome.counts[0].members == 1
    assert not world.warehouse.has_table(world.warehouse.store_table("segue", "runs"))
    assert world.run("reader").counts[0].entered == 1


def test_a_first_run_that_is_killed_anywhere_is_simply_run_again(
    address: str, warehouse: RedshiftWarehouse
) -> None:
    with_people(warehouse, 20_000)
    halves.first_runs_that_are_killed_are_simply_run_again(address, lambda: gone(warehouse))


def test_a_killed_run_leaves_the_run_before_it_whole(
    address: str, warehouse: RedshiftWarehouse
) -> None:
    with_people(warehouse, 20_000)
    halves.killed_runs_leave_the_run_before_them_whole(address, warehouse, lambda: gone(warehouse))


def gone(warehouse: RedshiftWarehouse) -> None:
    """Waits until the server has noticed that a client is no more, and undone what it did."""
    for _ in range(500):
        if not others(warehouse, "state IS NOT NULL"):
            return
        time.sleep(0.01)
    raise AssertionError("the session is still there")


def others(warehouse: RedshiftWarehouse, what: str) -> list[tuple[Any, ...]]:
    return warehouse.execute_text(
        "SELECT 1 FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() "
        f"AND pid <> pg_backend_pid() AND {what}"
    )


def test_a_snapshot_is_of_one_moment(address: str) -> None:
    halves.a_snapshot_is_of_one_moment(lambda: RedshiftWarehouse.open(address))


def test_a_second_run_is_refused_while_one_is_at_work(address: str) -> None:
    halves.a_second_run_is_refused_while_one_is_at_work(lambda: RedshiftWarehouse.open(address))


def test_two_runs_at_once_leave_what_one_after_the_other_would(
    address: str, warehouse: RedshiftWarehouse
) -> None:
    with_people(warehouse, 2_000)
    contest(address, warehouse, ROUNDS)


def test_a_run_that_was_undone_because_of_another_is_run_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.001)
    world.people(ann="reader")
    world.run({"reader": "first"})
    slots = Store.slots
    meddled = []

    def meddle(store: Store) -> list[Slot]:
        if not meddled:
            meddled.append(True)
            raise StatementFailed(Cause.CONFLICT, "1023")
        return slots(store)

    monkeypatch.setattr(Store, "slots", meddle)
    outcome = retrying.undone(lambda: world.run({"reader": "second"}))
    assert (outcome.run_id, outcome.counts[0].change) == (2, "changed")


def slow_people(warehouse: RedshiftWarehouse) -> None:
    warehouse.execute_text("CREATE TABLE few AS SELECT 1 AS key, 1 AS n")
    warehouse.execute_text(
        "CREATE VIEW people AS SELECT key, n FROM few WHERE PG_SLEEP(60) IS NULL"
    )


def test_a_statement_that_takes_too_long_is_cancelled_on_the_server(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    slow_people(warehouse)
    result = segue(project, address, "--timeout", "1s")
    assert result.exit_code == 2
    assert "a statement ran longer than 1s and was cancelled; nothing was written" in result.output
    assert not others(warehouse, "state = 'active'")


def test_ctrl_c_cancels_the_statement_on_the_server(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    slow_people(warehouse)
    process = pressed_run(project, address)
    until_it_computes(process)
    assert others(warehouse, "state = 'active'")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    gone(warehouse)
    assert not warehouse.has_table(warehouse.store_table("segue", "runs"))


def test_an_estimate_is_given_and_nothing_written(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    with_people(warehouse, 1_000)
    result = segue(project, address, "--estimate")
    assert result.exit_code == 0, result.output
    assert "rows read, cost" in result.output
    assert "(EXPLAIN of Redshift)" in result.output
    assert segue(project, address, "--dry-run").exit_code == 0
    assert not warehouse.execute_text("SELECT 1 FROM pg_namespace WHERE nspname = 'segue'")


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    with_people(warehouse, 10)
    warehouse.execute_text("ALTER TABLE people ALTER COLUMN n TYPE BIGINT")
    warehouse.execute_text("UPDATE people SET n = 9000000000000000000 WHERE key = 7")
    result = segue(project, address)
    assert result.exit_code == 1, result.output
    assert "7" in result.output
    squares = "SELECT COUNT(*) FROM segue.members WHERE segment = 'square'"
    assert warehouse.execute_text(squares) == [(7,)]


def test_what_is_missing_is_told_with_the_line_of_the_catalog(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    halves.what_is_missing_is_told(
        "redshift",
        lambda: segue(project, address),
        lambda: warehouse.execute_text("CREATE TABLE people (key INTEGER)"),
    )


def test_what_a_user_may_not_do_is_explained(
    address: str, warehouse: RedshiftWarehouse, project: Path
) -> None:
    with_people(warehouse, 10)
    warehouse.execute_text("DROP ROLE IF EXISTS reader")
    warehouse.execute_text("CREATE ROLE reader LOGIN")
    mine = address.replace("postgres:", "reader:")

    refused = segue(project, mine)
    assert refused.exit_code == 2
    assert "GRANT CREATE ON DATABASE" in refused.output
    counted = segue(project, mine, "--dry-run")
    assert counted.exit_code == 2, counted.output
    assert "the user of this target may not read `people`" in counted.output

    # As the messages say.
    warehouse.execute_text("CREATE SCHEMA segue AUTHORIZATION reader")
    warehouse.execute_text("GRANT SELECT ON people TO reader")
    granted = segue(project, mine)
    assert granted.exit_code == 0, granted.output


def test_a_catalog_is_read_off(address: str, warehouse: RedshiftWarehouse, tmp_path: Path) -> None:
    warehouse.execute_text(
        "CREATE TABLE people (person_id BIGINT NOT NULL PRIMARY KEY, city VARCHAR(MAX), "
        "spent DECIMAL(18,2), joined TIMESTAMP, happy BOOLEAN)"
    )
    warehouse.execute_text("INSERT INTO people VALUES (1, 'Bern', 1.5, '2024-01-01', TRUE)")
    result = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--from", address])
    assert result.exit_code == 0, result.output
    catalog = (tmp_path / "new" / "catalog.yml").read_text()
    assert "person_id" in catalog
    assert "decimal(2)" in catalog
    assert "timestamp" in catalog
    assert "engine: redshift" in (tmp_path / "new" / "segue.yml").read_text()


def test_a_password_is_not_told_when_nobody_is_there(project: Path) -> None:
    result = segue(project, "redshift://me:hunter2@127.0.0.1:1/shop")
    assert result.exit_code == 2
    assert "cannot connect to Redshift" in result.output
    assert "hunter2" not in result.output
