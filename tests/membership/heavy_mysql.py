"""Runs on MySQL: lifecycles, score tables, texts as keys, rights, interruptions, two at once.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
Needs a MariaDB.
"""

import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mariadb
import pytest
from click.testing import CliRunner, Result
from lifecycles.shop import RULES as RULES_OF_SHOP
from lifecycles.shop import Shop, plan_of
from lifecycles.test_runs import *  # noqa: F403  # the same tests, elsewhere
from scores.test_score_table import *  # noqa: F403  # the same tests, elsewhere

from membership import halves
from membership.halves import write_project
from membership.heavy import MySQLWorld
from membership.test_interrupted import run as pressed_run
from membership.test_interrupted import until_it_computes
from segue.compiler.plan.windows import Binding
from segue.runtime.cli import main
from segue.runtime.membership.faults import find_faults
from segue.runtime.membership.slots import Slot
from segue.runtime.membership.store import Store
from segue.runtime.ruleset import load_ruleset
from segue.runtime.warehouse import retrying
from segue.runtime.warehouse.failures import StatementFailed
from segue.runtime.warehouse.mysql import MySQLWarehouse
from segue.runtime.warehouse.warehouse import Row

pytest.importorskip("pymysql")
pytestmark = pytest.mark.skipif(mariadb.missing() is not None, reason=str(mariadb.missing()))

SLOW = "SELECT `key`, n FROM few WHERE SLEEP(600) = 0"

FAULTY = """
entity:
  name: person
  table: people
  key: {column: name, type: string}
  attributes: {age: {type: int, min: 0}}
events:
  buy: {table: buys, key: name, at: at, properties: {n: {type: int, min: 0}}}
"""


class MySQLShop(Shop):
    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.warehouse.fetch(Store(self.warehouse)(query))


@pytest.fixture
def address() -> Iterator[str]:
    with mariadb.new_address() as address:
        yield address


@pytest.fixture
def warehouse(address: str) -> Iterator[MySQLWarehouse]:
    with MySQLWarehouse.open(address) as warehouse:
        yield warehouse


@pytest.fixture
def shop(warehouse: MySQLWarehouse) -> Shop:
    return MySQLShop(warehouse)


@pytest.fixture
def world(warehouse: MySQLWarehouse) -> MySQLWorld:
    return MySQLWorld(warehouse)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


def segue(project: Path, address: str, *more: str) -> Result:
    return halves.segue("run", project, "--database", address, *more)


def with_people(warehouse: MySQLWarehouse, count: int) -> None:
    warehouse.execute_text("CREATE TABLE people (`key` BIGINT, n BIGINT)")
    with warehouse.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO people VALUES (%s, %s)", [(n, n) for n in range(count)])


def test_texts_that_a_collation_takes_for_one_are_several_keys(world: MySQLWorld) -> None:
    keys = [("Ann",), ("ann",), ("Ann ",), ("Ånn",), ("a\\'nn",)]
    exact = world.warehouse.collation
    world.warehouse.execute_text(f"ALTER TABLE marks MODIFY `key` VARCHAR(50) COLLATE {exact}")
    for run in range(2):
        world.fill([])
        with world.warehouse.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO marks VALUES (%s, 'reader')", keys if run == 0 else keys[:2]
            )
        outcome = world.run("reader")
    assert (outcome.counts[0].members, outcome.counts[0].left) == (2, 3)
    assert world.members() == {"reader": ["Ann", "ann"]}


def test_a_key_that_does_not_fit_is_refused_and_not_cut_off(world: MySQLWorld) -> None:
    world.warehouse.execute_text("ALTER TABLE marks MODIFY `key` TEXT")
    world.people(**{"a" * 512: "reader"})
    world.run("reader")
    world.people(**{"a" * 513: "reader"})
    with pytest.raises(StatementFailed, match="Data too long for column 'key'"):
        world.run("reader")
    assert world.members() == {"reader": ["a" * 512]}


def test_no_table_is_made_after_the_first_row_is_written(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    execute = MySQLWarehouse.execute_text

    def telling(warehouse: MySQLWarehouse, text: str) -> list[Row]:
        told.append(text)
        return execute(warehouse, text)

    monkeypatch.setattr(MySQLWarehouse, "execute_text", telling)
    shop.customers({1: (0, True, False)})
    shop.run(plan_of(RULES_OF_SHOP))

    def of_store(text: str) -> bool:
        return "`segue`." in text and "`segue`.`store`" not in text

    wrote = [n for n, t in enumerate(told) if t.startswith(("INSERT", "UPDATE")) and of_store(t)]
    made = [
        n
        for n, t in enumerate(told)
        if t.startswith(("CREATE", "ALTER", "DROP")) and t.split()[1] != "TEMPORARY"
    ]
    assert made
    assert max(made) < min(wrote)


def test_no_statement_opens_a_working_table_twice_which_mysql_cannot(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    execute = MySQLWarehouse.execute_text

    def telling(warehouse: MySQLWarehouse, text: str) -> list[Row]:
        told.append(text)
        return execute(warehouse, text)

    monkeypatch.setattr(MySQLWarehouse, "execute_text", telling)
    again = RULES_OF_SHOP.replace("lifecycle customer", "lifecycle again")
    for plan in (plan_of(RULES_OF_SHOP + again), plan_of(RULES_OF_SHOP)):
        shop.customers({1: (0, True, False), 2: (3, True, False)})
        shop.repeat(2)
        shop.run(plan)
        shop.run(plan, trial=True)
    opened = [Counter(re.findall(r"(?:FROM|JOIN) `(segue_\w+)`", text)) for text in told]
    assert any(opened)
    assert all(count == 1 for tables in opened for count in tables.values())


def test_a_first_run_that_is_killed_anywhere_is_simply_run_again(
    address: str, warehouse: MySQLWarehouse
) -> None:
    with_people(warehouse, 20_000)
    halves.first_runs_that_are_killed_are_simply_run_again(address, lambda: gone(warehouse))


def test_a_killed_run_leaves_the_run_before_it_whole(
    address: str, warehouse: MySQLWarehouse
) -> None:
    with_people(warehouse, 20_000)
    halves.killed_runs_leave_the_run_before_them_whole(address, warehouse, lambda: gone(warehouse))


def gone(warehouse: MySQLWarehouse) -> None:
    """Waits until the server has noticed that a client is no more, which gives back its lock."""
    for _ in range(500):
        if warehouse.execute_text("SELECT IS_FREE_LOCK('segue.segue')") == [(1,)]:
            return
        time.sleep(0.01)
    raise AssertionError("the lock is still held")


def test_a_snapshot_is_of_one_moment(address: str) -> None:
    halves.a_snapshot_is_of_one_moment(lambda: MySQLWarehouse.open(address))


def test_whose_values_are_unfit_is_told_apart_by_code_points(
    warehouse: MySQLWarehouse, tmp_path: Path
) -> None:
    (tmp_path / "catalog.yml").write_text(FAULTY)
    (tmp_path / "rules.seg").write_text("segment s { when age > 3 and sum(buy.n) > 3 }")
    warehouse.execute_text("CREATE TABLE people (name VARCHAR(20), age INT)")
    warehouse.execute_text("CREATE TABLE buys (name VARCHAR(20), at DATETIME(6), n INT)")
    for name in ("ann", "Ann", "Änn"):
        warehouse.execute_text(f"INSERT INTO people VALUES ('{name}', -1)")
        warehouse.execute_text(f"INSERT INTO buys VALUES ('{name}', '2024-03-01', -1)")
        warehouse.execute_text(f"INSERT INTO buys VALUES ('{name}', '2024-03-02', -2)")
    plan = load_ruleset(tmp_path).plan
    found = find_faults(
        warehouse, plan, Binding(1_712_000_000_000_000, ZoneInfo("UTC")), with_keys=True
    )
    told = [(one.name, one.entities, one.rows, one.keys) for one in found]
    assert told == [
        ("age", 3, 3, ("Ann", "ann", "Änn")),
        ("buy.n", 3, 6, ("Ann", "ann", "Änn")),
    ]


def test_a_second_run_is_refused_while_one_is_at_work(address: str) -> None:
    halves.a_second_run_is_refused_while_one_is_at_work(lambda: MySQLWarehouse.open(address))


def test_a_run_that_met_a_deadlock_is_run_anew(
    world: MySQLWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.001)
    world.people(ann="reader")
    world.run({"reader": "first"})
    slots = Store.slots
    meddled = []

    def meddle(store: Store) -> list[Slot]:
        found = slots(store)
        if not meddled:
            meddled.append(True)
            store.warehouse.execute_text(
                "SIGNAL SQLSTATE '40001' SET MESSAGE_TEXT = 'Deadlock found', MYSQL_ERRNO = 1213"
            )
        return found

    monkeypatch.setattr(Store, "slots", meddle)
    outcome = retrying.undone(lambda: world.run({"reader": "second"}))
    assert (outcome.run_id, outcome.counts[0].change) == (2, "changed")


def test_a_run_does_not_block_those_who_write_to_the_tables(
    address: str, world: MySQLWorld
) -> None:
    world.people(ann="reader", bob="reader")
    with MySQLWarehouse.open(address) as shop:
        shop.execute_text("SET innodb_lock_wait_timeout = 1")
        wrote = []

        def report(step: str) -> None:
            if step == "writing entries and exits":
                wrote.append(shop.execute_text("UPDATE marks SET segment = 'nothing'"))

        world.run("reader", report=report)
    assert wrote


def test_a_statement_that_takes_too_long_is_cancelled_on_the_server(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    slow_people(warehouse)
    result = segue(project, address, "--timeout", "1s")
    assert result.exit_code == 2
    assert "a statement ran longer than 1s and was cancelled; nothing was written" in result.output
    assert stopped(warehouse)


def test_ctrl_c_cancels_the_statement_on_the_server(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    slow_people(warehouse)
    process = pressed_run(project, address)
    until_it_computes(process)
    assert running(warehouse)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    _, errors = process.communicate()
    assert "Traceback" not in errors
    assert stopped(warehouse)
    assert not warehouse.execute_text("SELECT 1 FROM segue.runs")


def slow_people(warehouse: MySQLWarehouse) -> None:
    warehouse.execute_text("CREATE TABLE few AS SELECT 1 AS `key`, 1 AS n")
    warehouse.execute_text(f"CREATE VIEW people AS {SLOW}")


def running(warehouse: MySQLWarehouse) -> list[Row]:
    return warehouse.execute_text(
        "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() "
        "AND command = 'Query' AND id <> CONNECTION_ID()"
    )


def stopped(warehouse: MySQLWarehouse) -> bool:
    """Whether nothing runs any more; a connection that was closed takes a moment to go."""
    for _ in range(100):
        if not running(warehouse):
            return True
        time.sleep(0.05)
    return False


def test_an_estimate_is_given_and_nothing_written(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    with_people(warehouse, 1_000)
    result = segue(project, address, "--estimate")
    assert result.exit_code == 0, result.output
    assert "rows read (EXPLAIN of MySQL)" in result.output
    assert segue(project, address, "--dry-run").exit_code == 0
    assert not warehouse.has_table(warehouse.store_table("segue", "runs"))


def test_whose_number_leaves_64_bits_is_said_and_the_run_goes_on(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    with_people(warehouse, 10)
    warehouse.execute_text("UPDATE people SET n = 9000000000000000000 WHERE `key` = 7")
    result = segue(project, address)
    assert result.exit_code == 1, result.output
    assert "7" in result.output
    assert warehouse.execute_text(
        "SELECT COUNT(*) FROM segue.members WHERE segment = 'square'"
    ) == [(7,)]


ALIKE = ("Ann", "ann", "ANN ", "Ä", "a", "b\\'", "zed")
"""Keys of which a collation takes the first three for one, and the next two."""


def with_keys_alike(warehouse: MySQLWarehouse, project: Path) -> None:
    warehouse.execute_text(
        "CREATE TABLE people (`key` VARCHAR(20), n BIGINT) COLLATE utf8mb4_general_ci"
    )
    with warehouse.connection.cursor() as cursor:
        rows = [(key, place + 2) for place, key in enumerate(ALIKE)]
        cursor.executemany("INSERT INTO people VALUES (%s, %s)", rows)
    catalog = (project / "catalog.yml").read_text()
    (project / "catalog.yml").write_text(catalog.replace("type: int}", "type: string}"))


def test_whose_number_leaves_64_bits_is_told_from_whose_key_is_nearly_the_same(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    with_keys_alike(warehouse, project)
    assert segue(project, address).exit_code == 0
    with warehouse.connection.cursor() as cursor:
        update = "UPDATE people SET n = 9000000000000000000 WHERE BINARY `key` = %s"
        cursor.executemany(update, [("ann",), ("b\\'",)])
    result = segue(project, address, "--show-keys")
    assert result.exit_code == 1, result.output
    assert "2 persons not evaluated, so left as they were (ann, b\\'): " in result.output
    members = warehouse.execute_text("SELECT `key` FROM segue.members WHERE segment = 'square'")
    assert sorted(key for (key,) in members) == sorted(ALIKE)


def test_the_explained_is_told_from_whose_key_is_nearly_the_same(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    with_keys_alike(warehouse, project)
    for place, key in enumerate(ALIKE):
        words = ["explain", "half", key, "--project", str(project), "--database", address]
        explained = CliRunner().invoke(main, words)
        assert f"it is {place + 2}" in explained.output, key


def test_what_is_missing_is_told_with_the_line_of_the_catalog(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    halves.what_is_missing_is_told(
        "mysql",
        lambda: segue(project, address),
        lambda: warehouse.execute_text("CREATE TABLE people (`key` INT)"),
    )


def test_what_a_user_may_not_do_is_explained(
    address: str, warehouse: MySQLWarehouse, project: Path
) -> None:
    with_people(warehouse, 10)
    warehouse.execute_text("DROP USER IF EXISTS reader@localhost")
    warehouse.execute_text("CREATE USER reader@localhost IDENTIFIED BY 'hunter2'")
    database = warehouse.execute_text("SELECT DATABASE()")[0][0]
    mine = address.replace("root@", "reader:hunter2@")

    refused = segue(project, mine)
    assert refused.exit_code == 2
    assert "cannot connect to MySQL: Access denied for user 'reader'" in refused.output
    assert "hunter2" not in refused.output

    warehouse.execute_text(f"GRANT CREATE TEMPORARY TABLES ON {database}.* TO reader@localhost")
    refused = segue(project, mine)
    assert refused.exit_code == 2
    assert "GRANT ALL ON segue.*" in refused.output
    counted = segue(project, mine, "--dry-run")
    assert counted.exit_code == 2, counted.output
    assert "the user of this target may not read `people`" in counted.output
    assert "GRANT SELECT ON people TO" in counted.output

    # As the messages say.
    warehouse.execute_text("GRANT ALL ON segue.* TO reader@localhost")
    warehouse.execute_text("GRANT SELECT ON people TO reader@localhost")
    granted = segue(project, mine)
    assert granted.exit_code == 0, granted.output


@pytest.mark.parametrize(
    ("key", "n", "words"),
    [
        ("VARCHAR(20)", "INT", "`people.key` is of the type `int`, and in mysql it is `varchar`"),
        ("INT", "LONGTEXT", "`people.n` is of the type `int`, and in mysql it is `longtext`"),
        ("INT", "DATETIME", "`people.n` is of the type `int`, and in mysql it is `datetime`"),
    ],
)
def test_a_column_of_another_type_is_refused_and_no_value_shown(
    project: Path, address: str, warehouse: MySQLWarehouse, key: str, n: str, words: str
) -> None:
    warehouse.execute_text("DROP TABLE IF EXISTS people")
    warehouse.execute_text(f"CREATE TABLE people (`key` {key}, n {n})")
    if key != "INT":
        warehouse.execute_text("INSERT INTO people (`key`) VALUES ('ann@shop')")
    result = segue(project, address)

    assert result.exit_code == 2
    assert words in result.output
    assert "ann@shop" not in result.output
