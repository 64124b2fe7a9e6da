"""Runs on ClickHouse that are stopped on their way, or overtaken: a store is kept in parts there.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

from collections.abc import Iterator
from itertools import count

import pytest
from parity.case import Case

from incremental.histories import Stop, contents, possible_of, run
from incremental.streams import Moment, stream
from segue.compiler.python.snapshot import Snapshot
from segue.grammar import ast
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse
from segue.runtime.warehouse.parts.manifest import Manifest

ADDRESS = "chdb://memory"
NUMBERS = count()
SEEDS = (1, 2)


@pytest.fixture
def warehouse() -> Iterator[ClickHouseWarehouse]:
    pytest.importorskip("chdb")
    with ClickHouseWarehouse.open(ADDRESS) as warehouse:
        yield warehouse


def moments(warehouse: ClickHouseWarehouse, seed: int) -> Iterator[Moment]:
    """A history, its tables as they are at each moment."""
    from parity.engines.clickhouse import loading

    for moment in stream(seed, runs=4, entities=20):
        case = Case(moment.catalog, dict(moment.tables), ast.Module(()), moment.binding)
        for statement in loading(case):
            warehouse.execute_text(statement)
        yield possible_of(moment, warehouse.dialect)


def stores() -> tuple[str, str]:
    number = next(NUMBERS)
    return f"stopped_{number}_part", f"stopped_{number}_full"


def same(warehouse: ClickHouseWarehouse, part: str, full: str) -> None:
    found, expected = contents(warehouse, part), contents(warehouse, full)
    assert {table: found[table] for table in expected} == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("published", [False, True])
def test_a_run_that_is_killed_as_it_publishes_happened_or_did_not(
    warehouse: ClickHouseWarehouse,
    seed: int,
    published: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part, full = stores()
    publish = ClickHouseWarehouse.publish

    def killed(self: ClickHouseWarehouse, schema: str, manifest: Manifest) -> bool:
        if published:
            publish(self, schema, manifest)
        raise Stop

    for moment in moments(warehouse, seed):
        run(warehouse, moment, full, full=True)
        with ClickHouseWarehouse.open(ADDRESS) as another, monkeypatch.context() as patch:
            patch.setattr(ClickHouseWarehouse, "publish", killed)
            with pytest.raises(Stop):
                run(another, moment, part, full=False)
        with ClickHouseWarehouse.open(ADDRESS) as another:
            if not published:
                run(another, moment, part, full=False)
            same(another, part, full)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_incremental_runs_at_once_the_second_to_finish_is_refused(
    warehouse: ClickHouseWarehouse, seed: int
) -> None:
    part, full = stores()
    for number, moment in enumerate(moments(warehouse, seed)):
        run(warehouse, moment, full, full=True)
        if not number:
            run(warehouse, moment, part, full=False)
            continue

        def overtaken(moment: Moment = moment) -> Snapshot | None:
            with ClickHouseWarehouse.open(ADDRESS) as another:
                run(another, moment, part, full=False)
            return None

        with pytest.raises(Refusal, match="another run has finished"):
            run(warehouse, moment, part, full=False, survey=overtaken)
        # This one still reads what was there when it began.
        with ClickHouseWarehouse.open(ADDRESS) as another:
            same(another, part, full)


def test_nothing_is_left_of_the_working_tables_of_a_run(warehouse: ClickHouseWarehouse) -> None:
    part, _ = stores()
    for moment in moments(warehouse, SEEDS[0]):
        run(warehouse, moment, part, full=False)
        found = warehouse.execute_text("SELECT name FROM system.tables WHERE is_temporary")
        assert found == []
