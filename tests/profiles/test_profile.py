"""`segue profile`: what tells members from everybody, and what is never told."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats
from sqlglot import exp

from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import Limit, Limits
from segue.runtime.cli import main
from segue.runtime.profile.compare import compare
from segue.runtime.profile.report import markdown
from segue.runtime.profile.subjects import ask
from segue.runtime.profile.survey import Survey, survey
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.postgres import PostgresWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Warehouse

CATALOG = """
timezone: UTC
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    plan: string?
    spent: {type: decimal(2), default: 0}
    email: {type: string, pii: true}
events:
  email_open:
    table: opens
    key: customer_id
    at: opened_at
    properties: {topic: string?}
"""
RULES = """
metric opens = count(email_open over last 90d)
segment readers "They read" { when opens >= 3 }
segment nobody { when opens >= 1000 }
condition all_of_them = opens >= 0
"""
NOW = datetime(2024, 7, 1)
CUSTOMERS = 120


def rows() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Readers (every third) are mostly on `pro`, spend more, and read about books at 7 o'clock."""
    random = np.random.default_rng(4)
    customers, opens = [], []
    for key in range(CUSTOMERS):
        reads = key % 3 == 0
        plan = "pro" if random.random() < (0.8 if reads else 0.2) else "free"
        spent = round(float(random.exponential(90 if reads else 30)), 2)
        customers.append((key, None if key % 11 == 0 else plan, spent, f"{key}@example.org"))
        for n in range(4 if reads else int(random.integers(0, 3))):
            day = NOW.replace(hour=7 if reads else int(random.integers(0, 24))) - timedelta(
                days=n + 1
            )
            topic = "books" if reads else ("games" if n else None)
            opens.append((key, day, topic))
    return customers, opens


def fill(warehouse: Warehouse) -> None:
    customers, opens = rows()
    for text in (
        "CREATE TABLE customers (customer_id BIGINT, plan TEXT, spent DECIMAL(9, 2), email TEXT)",
        "CREATE TABLE opens (customer_id BIGINT, opened_at TIMESTAMP, topic TEXT)",
    ):
        warehouse.execute_text(text)
    for table, found in (("customers", customers), ("opens", opens)):
        values = exp.values([tuple(_plain(value) for value in row) for row in found])
        warehouse.execute(exp.insert(values, table))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, datetime) else value


@pytest.fixture
def ruleset(tmp_path: Path) -> Ruleset:
    (tmp_path / "catalog.yml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(RULES, encoding="utf-8")
    return load_ruleset(tmp_path)


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    opened: Warehouse
    match request.param:
        case "duckdb":
            opened = DuckDBWarehouse(duckdb.connect())
        case "postgres":
            new_database: Callable[[], str] = request.getfixturevalue("new_database")
            opened = PostgresWarehouse.open(new_database())
        case _:
            opened = SQLiteWarehouse.open(":memory:")
    with opened:
        fill(opened)
        yield opened


MOMENT = 1_719_792_000_000_000  # 2024-07-01


def surveyed(warehouse: Warehouse, ruleset: Ruleset, segment: str = "readers") -> Survey:
    question = ask(ruleset, segment, 90, None, personal=False)
    return survey(warehouse, question, MOMENT, 10)


def test_the_warehouse_counts_what_scipy_would(warehouse: Warehouse, ruleset: Ruleset) -> None:
    customers, _ = rows()
    question = ask(ruleset, "readers", 90, None, personal=False)
    found = survey(warehouse, question, MOMENT, 10)
    assert (found.members, found.everybody) == (40, CUSTOMERS)
    spent = {
        side: [row[2] for row in customers if (row[0] % 3 == 0) is side] for side in (True, False)
    }
    counted = next(one for one in found.numbers if one.subject.name == "spent")
    quartiles = np.quantile(spent[True], [0.25, 0.5, 0.75], method="inverted_cdf").tolist()
    members = counted.members
    assert [members.quarter, members.median, members.three_quarters] == pytest.approx(quartiles)
    whole = np.quantile([row[2] for row in customers], [0.25, 0.5, 0.75], method="inverted_cdf")
    everybody = counted.everybody
    assert [everybody.quarter, everybody.median, everybody.three_quarters] == pytest.approx(
        whole.tolist()
    )
    test = stats.mannwhitneyu(spent[True], spent[False])
    profile = compare(question, found, MOMENT)
    difference = next(one for one in profile.numbers if one.subject.name == "spent")
    assert difference.more == pytest.approx(test.statistic / (40 * 80))
    assert difference.low < difference.more < difference.high
    plans = {one.value: one for one in found.values if one.subject.name == "plan"}
    assert plans["pro"].everybody == sum(row[1] == "pro" for row in customers)
    assert plans[None].everybody == 11


def test_a_row_without_a_key_is_nobody(warehouse: Warehouse, ruleset: Ruleset) -> None:
    question = ask(ruleset, "readers", 90, None, personal=False)
    before = survey(warehouse, question, MOMENT, 10)
    warehouse.execute_text("INSERT INTO customers VALUES (NULL, 'pro', 5, 'x')")
    assert survey(warehouse, question, MOMENT, 10) == before


def test_what_is_too_large_for_one_statement_is_counted_in_several(
    warehouse: Warehouse, ruleset: Ruleset
) -> None:
    question = ask(ruleset, "readers", 90, None, personal=False)
    whole = survey(warehouse, question, MOMENT, 10)
    few = Limits(columns=Limit(8, "the test"))
    with patch.object(type(dialect(warehouse.dialect)), "limits", few):
        assert survey(warehouse, question, MOMENT, 10) == whole


def test_a_profile_names_what_is_different(warehouse: Warehouse, ruleset: Ruleset) -> None:
    question = ask(ruleset, "readers", 90, None, personal=False)
    profile = compare(question, surveyed(warehouse, ruleset), MOMENT)
    shown = {
        (one.subject.name, one.value) for one in profile.shares if one.is_shown and one.ratio > 1
    }
    assert shown == {("plan", "pro"), ("email_open.topic", "books")}
    assert {one.subject.name for one in profile.numbers if one.is_shown} == {
        "opens",
        "email_open",
        "spent",
    }
    assert [one.subject.name for one in profile.numbers if one.subject.in_rule] == [
        "opens",
        "email_open",
    ]
    assert profile.hours[0].hour == 7
    assert profile.hours[0].members == 1.0
    assert profile.engagement is not None
    assert (profile.engagement.level, profile.engagement.by) == ("high", "email_open")
    assert [(one.name, one.value) for one in profile.favourites] == [("email_open.topic", "books")]


def test_what_is_compared_many_times_is_held_to_more(ruleset: Ruleset) -> None:
    with DuckDBWarehouse(duckdb.connect()) as warehouse:
        fill(warehouse)
        question = ask(ruleset, "readers", 90, None, personal=False)
        profile = compare(question, surveyed(warehouse, ruleset), MOMENT)
    all_p = [one.p for one in profile.numbers] + [one.p for one in profile.shares]
    all_q = [one.q for one in profile.numbers] + [one.q for one in profile.shares]
    assert profile.compared == len(all_p)
    assert all(q >= p or math.isclose(q, p) for p, q in zip(all_p, all_q, strict=True))
    assert all_q == pytest.approx(stats.false_discovery_control(all_p).tolist())


@pytest.fixture
def segue(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    root = ruleset.project.root
    with DuckDBWarehouse(duckdb.connect(str(root / "shop.duckdb"))) as warehouse:
        fill(warehouse)
    monkeypatch.chdir(root)
    at = ("--database", "shop.duckdb", "--as-of", "2024-07-01")
    return lambda *arguments: CliRunner().invoke(main, [*arguments, *at])


def test_as_a_table_as_markdown_and_as_data(segue: Callable[..., Result]) -> None:
    table = segue("profile", "readers").output
    assert "readers They read" in table
    assert "40 of 120 customers (33.3%)" in table
    assert "engagement: high" in table
    text = segue("profile", "readers", "--format", "markdown").output
    assert "| plan = pro | " in text
    assert "preferred content: books (email\\_open.topic, 100%)" in text
    data = json.loads(segue("profile", "readers", "--format", "json").output)
    assert data["hours"]["best"][0][:2] == [7, 1.0]
    assert {one["name"] for one in data["numbers"]} == {"opens", "email_open", "spent"}


def test_a_column_of_another_type_is_refused(segue: Callable[..., Result]) -> None:
    with duckdb.connect("shop.duckdb") as connection:
        connection.execute("ALTER TABLE customers ALTER spent TYPE VARCHAR")
    result = segue("profile", "readers")
    assert result.exit_code == 2
    assert "`customers.spent` is of the type `decimal`, and in duckdb" in result.output


def test_nothing_personal_is_read_unless_asked_for(segue: Callable[..., Result]) -> None:
    plain = segue("profile", "readers", "--format", "json").output
    assert "example.org" not in plain
    assert '"email"' not in plain
    asked = segue("profile", "readers", "--format", "json", "--personal").output
    assert "0@example.org" in asked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("profile", "reader"), "there is no segment `reader`\n  help: did you mean `readers`?"),
        (("profile", "nobody"), "`nobody` has 0 customers, too few to say anything of them"),
        (("profile", "all_of_them"), "every customer is in `all_of_them`"),
        (("profile", "readers", "--hours", "opens"), "there is no event `opens`"),
    ],
)
def test_what_cannot_be_said_is_refused(
    segue: Callable[..., Result], arguments: tuple[str, ...], message: str
) -> None:
    result = segue(*arguments)
    assert result.exit_code == 2
    assert f"error: {message}" in result.output


def test_markdown_does_not_read_what_a_table_holds(ruleset: Ruleset) -> None:
    with DuckDBWarehouse(duckdb.connect()) as warehouse:
        fill(warehouse)
        warehouse.execute_text("UPDATE customers SET plan = '<b>|x' WHERE plan = 'pro'")
        question = ask(ruleset, "readers", 90, None, personal=False)
        profile = compare(question, surveyed(warehouse, ruleset), MOMENT)
    assert "plan = \\<b\\>\\|x" in markdown(profile)
