"""Queries bound the partition column of a table as they bound the time of its rows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.partition import Partition
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.query import Outputs, compile_query
from segue.grammar.parser import parse

CATALOG = """
entity: {{name: person, table: people, key: person_id}}
events:
  open: {{table: opens, at: opened_at, partition: {partition}}}
  click: {{table: clicks, at: clicked_at}}
  touch: {{any_of: [open, click]}}
"""
NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)
RULES = "metric opens = count(open over last 30d)"
DAYS = {
    "bigquery": ["`dt` >= CAST('2026-10-30' AS DATE)", "`dt` <= CAST('2026-11-29' AS DATE)"],
    "clickhouse": ["\"dt\" >= toDate32('2026-10-30')", "\"dt\" <= toDate32('2026-11-29')"],
    "mysql": ["`dt` >= CAST('2026-10-30' AS DATE)", "`dt` <= CAST('2026-11-29' AS DATE)"],
    "snowflake": ["\"DT\" >= CAST('2026-10-30' AS DATE)", "\"DT\" <= CAST('2026-11-29' AS DATE)"],
    "spark": ["`dt` >= CAST('2026-10-30' AS DATE)", "`dt` <= CAST('2026-11-29' AS DATE)"],
    "sqlite": ["\"dt\" >= '2026-10-30'", "\"dt\" <= '2026-11-29'"],
}


def plan(partition: str, rules: str) -> Plan:
    loaded = load_catalog(CATALOG.format(partition=partition))
    assert loaded.catalog is not None, loaded.diagnostics
    result = analyse([Source((), parse(rules, "rules.seg").module)], loaded.catalog)
    assert result.plan is not None, result.diagnostics
    return result.plan


def conditions(partition: str, dialect: str = "duckdb", rules: str = RULES) -> list[str]:
    """The conditions on a column `dt`, in order."""
    binding = Binding(to_microseconds(NOW), ZoneInfo("UTC"))
    made = plan(partition, rules)
    text = compile_query(made, binding, dialect, Outputs(metrics=tuple(made.metrics))).sql()
    lines = (line.strip().removeprefix("AND ") for line in text.splitlines())
    return [line for line in lines if line.strip('"`').lower().startswith("dt")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_window_bounds_the_days_of_its_rows_in_every_dialect(dialect: str) -> None:
    plain = ["\"dt\" >= CAST('2026-10-30' AS DATE)", "\"dt\" <= CAST('2026-11-29' AS DATE)"]
    assert conditions("dt", dialect) == DAYS.get(dialect, plain)


@pytest.mark.parametrize(
    ("partition", "first", "last"),
    [
        ("{column: dt, type: string}", ">= '2026-10-30'", "<= '2026-11-29'"),
        ("{column: dt, format: yyyymmdd}", ">= '20261030'", "<= '20261129'"),
        ("{column: dt, type: int}", ">= 20261030", "<= 20261129"),
        ("{column: dt, type: string, lag: 2d}", ">= '2026-10-30'", "<= '2026-12-01'"),
        ("{column: dt, type: string, lead: 1d}", ">= '2026-10-29'", "<= '2026-11-29'"),
        ("{column: dt, by: month, type: string}", ">= '2026-10'", "<= '2026-11'"),
        (
            "{column: dt, by: month}",
            ">= CAST('2026-10-01' AS DATE)",
            "<= CAST('2026-11-01' AS DATE)",
        ),
        (
            "{column: dt, by: hour, format: yyyy/mm/dd/hh}",
            ">= '2026/10/30/15'",
            "<= '2026/11/29/15'",
        ),
        (
            "{column: dt, by: hour}",
            "> CAST('2026-10-30 14:59:59.999999' AS TIMESTAMP)",
            "<= CAST('2026-11-29 15:30:00.000000' AS TIMESTAMP)",
        ),
    ],
)
def test_the_bounds_are_of_the_type_and_format_of_the_column(
    partition: str, first: str, last: str
) -> None:
    assert conditions(partition) == [f'"dt" {first}', f'"dt" {last}']


def test_a_window_without_a_beginning_bounds_the_last_day_alone() -> None:
    found = conditions("{column: dt, type: string}", rules="metric opens = count(open)")
    assert found == ["\"dt\" <= '2026-11-29'"]


def test_the_first_instant_of_a_window_is_the_one_after_its_bound() -> None:
    rules = "metric opens = count(open over last 7 calendar days)"
    found = conditions("{column: dt, type: string}", rules=rules)
    assert found[0] == "\"dt\" >= '2026-11-23'"


def test_the_members_of_a_union_have_the_bounds_of_their_own_table() -> None:
    found = conditions("{column: dt, type: string}", rules="metric n = count(touch over last 1d)")
    assert found == ["\"dt\" >= '2026-11-28'", "\"dt\" <= '2026-11-29'"]


def test_the_steps_of_a_sequence_have_bounds_too() -> None:
    rules = "metric n = count(click followed by open within 1h over last 1d)"
    for dialect in ("duckdb", "postgres"):
        found = conditions("{column: dt, type: string}", dialect, rules)
        assert [line.split('"')[-1][:16] for line in found] == [
            " >= '2026-11-28'",
            " <= '2026-11-29'",
        ]


def test_bounds_outside_of_the_calendar_are_left_out() -> None:
    rules = "metric n = count(open over last 900000d)"
    assert conditions("{column: dt, type: string}", rules=rules) == ["\"dt\" <= '2026-11-29'"]


def test_a_partition_knows_the_times_that_its_rows_may_have() -> None:
    partition = Partition(column="dt", lag=3_600_000_000, lead=60_000_000)
    found = partition.times("2024-02-29")
    assert found == (
        to_microseconds(datetime(2024, 2, 28, 23, tzinfo=UTC)),
        to_microseconds(datetime(2024, 3, 1, 0, 1, tzinfo=UTC)) - 1,
    )
    assert partition.times("2023-02-29") is None
    assert partition.times("2024-02") is None
