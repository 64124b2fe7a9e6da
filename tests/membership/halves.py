"""A project over `people (key, n)`, and what its runs do on engines that take long to install."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlglot import parse_one

from membership import refresher
from membership.test_interruption import STEPS, contents, killed_at
from membership.world import DAY, START
from segue.runtime.cli import main
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Warehouse

CATALOG = """
entity: {name: person, table: people, key: {column: key, type: int}, attributes: {n: int}}
"""
RULES = """
segment half { when n < 10000 }
segment square { when n * n > 3 }
"""


def write_project(folder: Path, target: str = "") -> Path:
    """The project, with a target where it is not one of an address."""
    (folder / "catalog.yml").write_text(CATALOG)
    (folder / "rules.seg").write_text(RULES)
    if target:
        (folder / "segue.yml").write_text(f"target: prod\ntargets:\n  prod: {target}\n")
    return folder


def segue(command: str, project: Path, *more: str) -> Result:
    """What the command line says."""
    return CliRunner().invoke(main, [command, str(project), *more])


def what_is_missing_is_told(
    engine: str, run: Callable[[], Result], without_n: Callable[[], object]
) -> None:
    """Without a table, then with one that `without_n` makes of keys alone."""
    for step, words in (
        (lambda: None, f"{engine} has no table `people`"),
        (without_n, f"{engine} finds no column `n`"),
    ):
        step()
        result = run()
        assert result.exit_code == 2, result.output
        assert words in result.output


def first_runs_that_are_killed_are_simply_run_again(
    address: str, gone: Callable[[], object]
) -> None:
    """`gone` waits until the server has noticed that a client is no more. 20,000 `people`."""
    chance = random.Random(7)
    for step in STEPS:
        killed_at(address, step, delay=chance.uniform(0, 0.03))
        gone()
        assert not contents(address).get("runs"), step
        assert not contents(address).get("members"), step
    refresher.main(address, START)
    found = contents(address)
    assert len(found["runs"]) == 1
    assert len(found["members"]) == 10_000 + 5_000 + 999
    assert len(found["stages"]) == 15_000


def killed_runs_leave_the_run_before_them_whole(
    address: str, warehouse: Warehouse, gone: Callable[[], object]
) -> None:
    """The same of later runs."""
    refresher.main(address, START)
    before = contents(address)
    warehouse.execute_text("UPDATE people SET n = (n * 7 + 1) % 20000")
    chance = random.Random(7)
    for step in STEPS:
        killed_at(address, step, delay=chance.uniform(0, 0.03))
        gone()
        assert contents(address) == before, step
    refresher.main(address, START + DAY)
    assert len(contents(address)["members"]) == 10_000 + 5_000 + 999


def a_second_run_is_refused_while_one_is_at_work(connect: Callable[[], Warehouse]) -> None:
    """A lock is of one schema, and ends with its transaction."""
    with connect() as first, connect() as second:
        with first.transaction():
            first.lock("segue")
            with pytest.raises(Refusal, match="another run is writing"), second.transaction():
                second.lock("segue")
            with second.transaction():
                second.lock("another")
        with second.transaction():
            second.lock("segue")


def a_snapshot_is_of_one_moment(connect: Callable[[], Warehouse]) -> None:
    """Whatever another connection writes, and also what is read a few rows at a time."""
    query = parse_one("SELECT n FROM few ORDER BY n")
    with connect() as reader, connect() as writer:
        writer.execute_text("CREATE TABLE few (n INT)")
        writer.execute_text("INSERT INTO few VALUES (1), (2)")
        with reader.snapshot():
            before = reader.fetch(query)
            writer.execute_text("INSERT INTO few VALUES (3)")
            within = [list(reader.stream(query, 1)), list(reader.stream(query, 5))]
        after = reader.fetch(query)
    assert before == [(1,), (2,)]
    assert within == [[[(1,)], [(2,)]], [[(1,), (2,)]]]
    assert after == [(1,), (2,), (3,)]
