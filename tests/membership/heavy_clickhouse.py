"""What of ClickHouse itself a run has to do with.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.windows import Binding
from segue.compiler.types import Kind
from segue.grammar.parser import parse
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

CATALOG = """
entity: {name: person, table: people, key: id, attributes: {age: int, plan: string}}
events: {visit: {table: visits, at: at}}
"""
RULES = 'segment s { when age > 30 and plan == "pro" and count(visit) >= 1 }'


@pytest.fixture
def warehouse() -> Iterator[ClickHouseWarehouse]:
    pytest.importorskip("chdb")
    with ClickHouseWarehouse.open("chdb://memory") as warehouse:
        yield warehouse
        for name in ("people", "visits"):
            warehouse.execute_text(f"DROP TABLE IF EXISTS {name}")
        warehouse.execute_text("DROP DATABASE IF EXISTS segue")


def test_working_tables_hold_columns_of_types_that_tables_seldom_have(
    warehouse: ClickHouseWarehouse,
) -> None:
    warehouse.execute_text(
        "CREATE TABLE people (id Int32, age LowCardinality(Int32), plan FixedString(300)) "
        "ENGINE = MergeTree ORDER BY id"
    )
    warehouse.execute_text(
        "CREATE TABLE visits (id Int32, at DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY id"
    )
    warehouse.execute_text("INSERT INTO people VALUES (1, 40, 'pro'), (2, 20, 'pro')")
    warehouse.execute_text("INSERT INTO visits VALUES (1, '1969-12-31 00:00:00')")
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], catalog).plan
    assert plan is not None
    words = words_query(
        plan, Binding(0, ZoneInfo("UTC")), warehouse.dialect, working=warehouse.working
    )
    request = Request(
        as_of=0, ruleset="r", segments=[Segment("s", "s")], entity="person", key=Kind.INT
    )
    outcome = refresh(warehouse, request, words, lambda: 0)
    assert [(count.segment, count.members) for count in outcome.counts] == [("s", 1)]
