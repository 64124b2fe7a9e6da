"""A model is the query of the instant that dbt is told, whatever it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.rendering import STARTED, rendered
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.moments import Template, UnknownMoment
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, Calendar, period_edges, to_microseconds
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.query import generate
from segue.grammar.parser import parse
from segue.runtime.dbt.jinja import escaped, model_text
from segue.runtime.dbt.project import dbt_files, wide_query
from segue.runtime.refusal import Refusal

CATALOG = """
timezone: {zone}
entity:
  name: customer
  table: customers
  key: customer_id
  attributes: {{signed_up_at: timestamp, born: date?, country: string?}}
events:
  visit: {{table: visits, at: at, properties: {{page: string?}}}}
  order:
    table: [shop, orders]
    at: {{column: day, kind: date}}
    id: order_id
    properties: {{amount: "decimal(2)", sent: timestamp?}}
"""
RULES = """
segment sliding "Comes often" { when count(visit over last 30d) >= 3 actions mail, call }
segment halves { when count(visit over last 15d) < count(visit over 30d ago to 15d ago) }
segment ever { when exists(visit where page == "{{ 1 }} {% x %} {# y #} 'a' {") }
segment days { when sum(order.amount over last 7d) > 10.00 and exists(order over last 90d) }
segment this_month { when count(visit over this month) >= 2 }
segment weeks { when count_periods(visit, week over last 4 calendar weeks) >= 3 }
segment months { when count_periods(order, month over last 3 calendar months) == 3 }
segment quarter { when exists(order over previous quarter) or exists(visit over previous 2 years) }
segment fixed { when count(visit over 2024-01-01 to 2026-06-30) > 2 }
segment aged { when age(last(visit.at)) <= 7d and age(signed_up_at) > 90d }
segment left { when exists(visit not followed by order within 24h over last 7d) }
segment latest { when count(order where amount > 1.00 over last 5) >= 2 }
segment long_ago { when exists(visit over last 900000d) }
tiers band by count(visit over last 28d) { many when >= 10  some when >= 1  none otherwise }
"""
PARTITIONS = [
    "{column: dt, lag: 2d}",
    "{column: dt, lead: 30m, format: yyyymmdd}",
    "{column: dt, by: month}",
    "{column: dt, by: month, type: int}",
    "{column: dt, by: hour, format: yyyy/mm/dd/hh}",
]
INSTANTS = [
    datetime(2024, 3, 31, 12, tzinfo=UTC),
    datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 8, 15, 23, 59, 59, tzinfo=UTC),
]
ZONES = ["UTC", "Europe/Paris", "America/Sao_Paulo", "America/Havana", "Africa/Cairo"]


def plan_of(rules: str, zone: str = "UTC") -> Plan:
    catalog = load_catalog(CATALOG.format(zone=zone)).catalog
    assert catalog is not None
    result = analyse([Source((), parse(rules, "rules.seg").module)], catalog)
    assert result.plan is not None, [d.message for d in result.diagnostics]
    return result.plan


def files(plan: Plan, dialect: str = "duckdb") -> dict[str, str]:
    return dbt_files(plan, dialect, tuple(plan.segments), None, "shop")


def sql_at(plan: Plan, dialect: str, as_of: datetime) -> str:
    binding = Binding(to_microseconds(as_of), ZoneInfo(plan.catalog.timezone))
    text = generate(wide_query(plan, dialect, tuple(plan.segments), binding), dialect, pretty=True)
    return text.replace('"shop"."orders"', '"orders"').replace("`shop`.`orders`", '"orders"')


def body(text: str) -> str:
    return "".join(text.replace("`", '"').split())


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_model_bounds_the_partitions_of_its_instant(partition: str) -> None:
    bounded = 0
    for rule in RULES.strip().splitlines():
        plan = with_partition(plan_of(rule), partition)
        model = files(plan)["customer_segments.sql"]
        bounded += '"dt" >=' in model
        for as_of in INSTANTS:
            found = rendered(model, as_of=as_of.isoformat())
            assert body(found) == body(sql_at(plan, "duckdb", as_of))
    assert bounded > 5


def with_partition(plan: Plan, partition: str) -> Plan:
    """A plan whose visits are in partitions."""
    text = "entity: {name: c, table: c, key: c}\nevents: {visit: {table: visits, at: at, "
    found = load_catalog(f"{text}partition: {partition}}}}}").catalog
    assert found is not None
    (parted,) = found.members("visit")
    (visit,) = plan.catalog.members("visit")
    events = {**plan.catalog.events, "visit": replace(visit, partition=parted.partition)}
    return replace(plan, catalog=replace(plan.catalog, events=events))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("rule", RULES.strip().splitlines(), ids=lambda rule: rule.split()[1])
def test_a_model_is_the_query_of_its_instant(rule: str, dialect: str) -> None:
    plan = plan_of(rule)
    model = files(plan, dialect)["customer_segments.sql"]
    for as_of in INSTANTS:
        found = rendered(model, as_of=as_of.isoformat())
        assert body(found) == body(sql_at(plan, dialect, as_of))


@pytest.mark.parametrize("zone", ZONES)
def test_all_rules_together_have_the_members_of_the_instant(zone: str) -> None:
    plan = plan_of(RULES, zone)
    model = files(plan)["customer_segments.sql"]
    with duckdb.connect() as connection:
        fill(connection)
        for as_of in INSTANTS:
            found = connection.sql(rendered(model, as_of=as_of.isoformat())).fetchall()
            expected = connection.sql(sql_at(plan, "duckdb", as_of)).fetchall()
            assert sorted(found) == sorted(expected)
            assert any(any(row[2:]) for row in found)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """A few customers with visits and orders up to 2026."""
    connection.execute("SELECT setseed(0.5)")
    connection.execute(
        "CREATE TABLE customers AS SELECT range AS customer_id, "
        "TIMESTAMP '2023-01-01' + to_days((random() * 1300)::INT) AS signed_up_at, "
        "NULL::DATE AS born, 'FR' AS country FROM range(60)"
    )
    connection.execute(
        "CREATE TABLE visits AS SELECT (random() * 59)::INT AS customer_id, "
        "TIMESTAMP '2023-01-01' + to_minutes((random() * 1950000)::INT) AS at, "
        "'/' AS page FROM range(20000)"
    )
    connection.execute(
        "CREATE TABLE orders AS SELECT range AS order_id, (random() * 59)::INT AS customer_id, "
        "DATE '2023-01-01' + (random() * 1350)::INT AS day, 7.5::DECIMAL(9, 2) AS amount, "
        "NULL::TIMESTAMP AS sent FROM range(9000)"
    )


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from([*ZONES[2:], "Australia/Lord_Howe", "Pacific/Apia"]),
    as_of=st.datetimes(datetime(2000, 1, 1), datetime(2036, 12, 31)),
    unit=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    count=st.integers(1, 3),
)
def test_dbt_finds_the_first_instant_of_a_period(
    zone: str, as_of: datetime, unit: str, count: int
) -> None:
    window = Calendar(unit, count)  # type: ignore[arg-type]  # one of the units
    template = Template()
    edges = period_edges(window, Binding(template.as_of, ZoneInfo(zone)))
    sql = " ".join(edge.mark("n") for edge in edges)  # type: ignore[attr-defined]  # moments
    found = rendered(model_text(sql, template, {}, "", zone), as_of=f"{as_of.isoformat()}Z")
    moment = to_microseconds(as_of.replace(tzinfo=UTC))
    expected = period_edges(window, Binding(moment, ZoneInfo(zone)))
    assert [int(part) for part in found.split()] == list(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, STARTED),
        ("2025-11-01", datetime(2025, 10, 31, 23, tzinfo=UTC)),
        (date(2025, 11, 1), datetime(2025, 10, 31, 23, tzinfo=UTC)),  # as YAML reads it
        ("2025-11-01T12:30:00", datetime(2025, 11, 1, 11, 30, tzinfo=UTC)),
        ("2025-11-01T12:30:00Z", datetime(2025, 11, 1, 12, 30, tzinfo=UTC)),
        (datetime(2025, 11, 1, 12, 30, tzinfo=UTC), datetime(2025, 11, 1, 12, 30, tzinfo=UTC)),
        ("2025-11-01 12:30:00+02:00", datetime(2025, 11, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_the_instant_is_read_as_segue_reads_it(given: object, expected: datetime) -> None:
    plan = plan_of("segment s { when exists(visit over last 30d) }", "Europe/Paris")
    model = files(plan)["customer_segments.sql"]
    assert body(rendered(model, as_of=given)) == body(sql_at(plan, "duckdb", expected))


def test_text_of_a_rule_is_no_jinja() -> None:
    assert rendered(escaped("{{ 1 }} {% x %} {# y #} {")) == "{{ 1 }} {% x %} {# y #} {"


def test_an_anniversary_is_refused() -> None:
    plan = plan_of("segment cake { when born anniversary within 7d }")
    with pytest.raises(Refusal, match="an anniversary"):
        files(plan)


def test_an_instant_is_never_taken_for_a_number() -> None:
    as_of = Template().as_of
    for use in (
        int,
        str,
        float,
        bool,
        abs,
        lambda m: m < 3,
        lambda m: m * 2,
        lambda m: m // 2,
    ):
        with pytest.raises(UnknownMoment):
            use(as_of)  # type: ignore[operator]  # whatever it is


def test_the_files(golden: Callable[[Path, str], None]) -> None:
    shown_rules = [RULES.strip().splitlines()[n] for n in (0, 2, 4, -1)]
    plan = plan_of("\n".join(shown_rules), "Asia/Kathmandu")  # whose clock was changed once
    found = files(plan)
    assert yaml.safe_load(found["segments.yml"])["version"] == 2
    shown = ("customer_segments.sql", "segment_sliding.sql", "segments.yml")
    text = "".join(f"-- {name}\n{found[name]}\n" for name in shown)
    golden(Path(__file__).parent / "models.txt", text)
