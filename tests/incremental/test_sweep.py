"""What the passing of a day can change, by example."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.incremental.sweep import NeedsAll, Sweep, sweep
from segue.compiler.plan.demand import narrow
from segue.compiler.plan.windows import DAY, Binding, to_microseconds
from segue.grammar.parser import parse

CATALOG = """
timezone: Europe/Paris
entity:
  name: customer
  table: customers
  key: id
  attributes: {country: string, signed_up_at: timestamp, goal: int, birthday: date}
events:
  order:
    {table: orders, key: customer, at: at, id: no, properties: {amount: int, sku: string}}
  visit: {table: visits, key: customer, at: at, properties: {sku: string}}
"""
HOUR = DAY // 24
NOW = to_microseconds(datetime(2024, 3, 20, 12, tzinfo=UTC))
ZONE = ZoneInfo("Europe/Paris")


def swept(condition: str) -> Sweep | NeedsAll:
    """What a day changes of a condition."""
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    module = parse(f"segment s {{ when {condition} }}", "rules.seg").module
    result = analyse([Source((), module)], catalog)
    assert result.plan is not None, result.diagnostics
    roots = narrow(result.plan.graph, [result.plan.segments["s"].expr]).roots
    return sweep(catalog, roots, Binding(NOW - DAY, ZONE), Binding(NOW, ZONE))


def hours(condition: str, event: str = "order") -> list[tuple[int, int]]:
    """The strips of an event, in whole hours from the later instant."""
    found = swept(condition)
    assert isinstance(found, Sweep)
    return [
        (round(((after or 0) - NOW) / HOUR), round((until - NOW) / HOUR))
        for after, until in found.strips.get(event, ())
    ]


@pytest.mark.parametrize(
    ("condition", "strips"),
    [
        ("count(order) >= 3", [(-24, 0)]),
        ("count(order over last 7d) >= 3", [(-192, -168), (-24, 0)]),
        ("count(order over 30d ago to 7d ago) >= 3", [(-744, -720), (-192, -168)]),
        ("count(order over last 12h) >= 3", [(-36, 0)]),
        # The day of Paris began an hour before midnight UTC.
        ("count(order over last 1 calendar day) >= 3", [(-37, 0)]),
        ("count(order over this month) >= 3", [(-24, 0)]),
        ("sum(order.amount over last 5) >= 3", [(-24, 0)]),
    ],
)
def test_the_edges_of_a_window_sweep(condition: str, strips: list[tuple[int, int]]) -> None:
    assert hours(condition) == strips


def test_thresholds_of_an_age_sweep_inside_the_window() -> None:
    both = "age(last(order.at)) <= 7d or age(last(order.at)) > 30d"
    assert hours(both) == [(-744, -720), (-192, -168), (-24, 0)]


def test_the_slices_of_a_sliding_window_slide() -> None:
    found = hours("count_periods(order, week over last 21d) >= 2")
    expected = [(-528, -504), (-360, -336), (-192, -168), (-24, 0)]
    assert found == expected


def test_an_order_counts_as_not_followed_once_the_time_has_passed() -> None:
    rule = "exists(order not followed by visit within 48h over last 30d)"
    expected = [(-744, -720), (-72, -48), (-24, 0)]
    assert hours(rule) == expected
    assert hours(rule, "visit") == [(-72, -48), (-24, 0)]


def test_what_reads_no_events_is_a_trait_with_its_truth() -> None:
    found = swept('country == "FR" and age(signed_up_at) >= 30d and count(order) > 1')
    assert isinstance(found, Sweep)
    assert [trait.op for trait in found.traits] == ["==", ">="]


def test_what_filters_events_by_the_entity_is_a_trait_with_its_value() -> None:
    found = swept("count(order where amount > goal) >= 1 and count(order) > goal")
    assert isinstance(found, Sweep)
    assert [(trait.op, trait.param) for trait in found.traits] == [("attribute", "goal")]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("percentile(count(order)) >= 75%", "it compares everybody with everybody"),
        (
            "count(order where age(at) < 3d) >= 1",
            "it compares events with the time that has passed",
        ),
        (
            "days_between(last(order.at), today) > 3",
            "it compares events with the time that has passed",
        ),
        (
            "count(order) >= days_between(signed_up_at, today)",
            "it compares events with the time that has passed",
        ),
    ],
)
def test_other_ways_to_read_the_clock_need_everybody(condition: str, reason: str) -> None:
    assert swept(condition) == NeedsAll(reason)


def test_nothing_is_swept_between_an_instant_and_itself() -> None:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    module = parse("segment s { when count(order over last 7d) > 1 }", "rules.seg").module
    plan = analyse([Source((), module)], catalog).plan
    assert plan is not None
    here = Binding(NOW, ZONE)
    found = sweep(catalog, [plan.segments["s"].expr], here, here)
    assert isinstance(found, Sweep)
    assert found.strips == {}
