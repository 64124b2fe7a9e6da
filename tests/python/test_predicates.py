"""Predicates over metric values, by example."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from segue.compiler.python.inputs import UnnamedAggregate
from segue.compiler.python.predicates import LARGE, compile_predicates

METRICS = """
metric opens = count(opened over last 30d)
metric rate = count(clicked over last 30d) / count(opened over last 30d)
metric since = age(last(clicked.at))
metric spend = sum(bought.amount over last 90d)
metric mean = avg(bought.amount) default 1.5
metric last_at = last(bought.at)
"""
NAN, INF = float("nan"), float("inf")


@pytest.fixture
def holds(plan_of):
    """Whether a condition holds for some values, which all three ways must agree on."""

    def check(condition, as_of=None, **values):
        plan = plan_of(METRICS + f"segment s {{ when {condition} }}")
        function = compile_predicates(plan, tables=False)
        tables = compile_predicates(plan, tables=True)
        found = {
            bool(function.evaluate(values, as_of)[0]),
            function.careful(values, as_of)[0],
            tables.evaluate(values, as_of)[0],
            bool(tables.mask(values, as_of)),
        }
        assert len(found) == 1
        return found.pop()

    return check


def test_values_are_in_the_units_of_the_program(holds):
    condition = "opens >= 10 and rate >= 15% and since <= 7d and spend > 49.99"
    values = {"opens": 10, "rate": 0.15, "since": timedelta(7), "spend": Decimal("50.00")}
    assert holds(condition, **values)
    assert not holds(condition, **{**values, "since": timedelta(7, microseconds=1)})
    assert not holds(condition, **{**values, "spend": Decimal("49.99")})


@pytest.mark.parametrize("missing", [None, NAN])
@pytest.mark.parametrize("name", ["opens", "rate", "since", "spend", "country", "vip", "joined"])
def test_a_comparison_with_a_missing_value_is_false_and_its_negation_true(holds, name, missing):
    condition = {
        "opens": "opens < 10",
        "rate": "rate != 15%",
        "since": "since <= 7d",
        "spend": "spend != 3",
        "country": 'country != "FR"',
        "vip": "vip != true",
        "joined": "joined < 2024-01-01T00:00:00Z",
    }[name]
    assert not holds(condition, **{name: missing})
    assert holds(f"not ({condition})", **{name: missing})


@pytest.mark.parametrize(
    "condition", ["rate >= 0%", "opens >= 0", "spend >= 0", 'country == "FR"', "vip"]
)
def test_an_absent_key_is_missing(holds, condition):
    assert not holds(condition)


@pytest.mark.parametrize("infinite", [INF, -INF])
def test_an_infinite_float_is_missing(holds, infinite):
    assert not holds("rate >= 15%", rate=infinite)
    assert not holds("rate <= 15%", rate=infinite)
    assert not holds("rate != 15%", rate=infinite)


def test_a_default_stands_in_for_a_missing_value(holds):
    assert holds("visits == 3", visits=None)
    assert holds("visits >= 3")
    assert not holds("visits > 3", visits=NAN)
    assert holds("rating >= 2.5", rating=INF)
    assert holds("mean == 1.5", mean=None)
    assert not holds("unsubscribed")


def test_is_missing_sees_what_counts_as_missing(holds):
    assert holds("country is missing", country=None)
    assert holds("rate is missing", rate=INF)
    assert holds("rate is missing", rate=NAN)
    assert holds("rate is not missing", rate=0.5)


def test_a_float_given_for_a_decimal_is_rounded_half_up(holds):
    assert holds("spend >= 50", spend=49.996)
    assert not holds("spend >= 50", spend=49.99)
    assert holds("spend == 0.13", spend=0.125)
    assert holds("spend == 0.12", spend=Decimal("0.1249"))
    assert not holds("spend > 0.12", spend=Decimal("0.124"))
    assert holds("spend != 0.12", spend=Decimal("0.125"))


def test_a_threshold_finer_than_the_input_cuts_between_its_values(holds):
    assert holds("opens < 2.5", opens=2)
    assert not holds("opens < 2.5", opens=3)
    assert holds("spend > 0.005", spend=Decimal("0.01"))


def test_a_datetime_without_a_zone_is_utc(holds):
    moment = datetime(2024, 1, 1, 12)
    assert holds("joined == 2024-01-01T12:00:00Z", joined=moment)
    assert holds("joined == 2024-01-01T12:00:00Z", joined=moment.replace(tzinfo=UTC))


def test_a_datetime_given_for_a_date_is_its_day(holds):
    assert holds("born == 2024-01-01", born=datetime(2024, 1, 1, 12))
    assert holds("born == 2024-01-01", born=date(2024, 1, 1))


def test_age_of_an_attribute_reads_as_of(holds):
    joined = datetime(2024, 1, 1, tzinfo=UTC)
    assert holds("age(joined) <= 30d", joined + timedelta(30), joined=joined)
    assert not holds("age(joined) <= 30d", joined + timedelta(31), joined=joined)


def test_as_of_is_asked_for_where_it_is_needed(plan_of):
    predicates = compile_predicates(plan_of("segment s { when age(joined) <= 30d }"))
    with pytest.raises(TypeError, match="as_of"):
        predicates.evaluate({"joined": datetime(2024, 1, 1)})


def test_a_named_metric_is_an_input_and_what_it_is_made_of_is_not(plan_of):
    predicates = compile_predicates(
        plan_of(METRICS + "segment s { when rate > 5% and visits > 1 }")
    )
    assert [i.name for i in predicates.inputs] == ["rate", "visits"]


def test_a_condition_over_events_is_an_input_where_its_metric_has_no_name(plan_of):
    plan = plan_of("condition quiet = not exists(opened over last 60d) segment s { when quiet }")
    assert [i.name for i in compile_predicates(plan).inputs] == ["quiet"]


def test_an_aggregate_without_a_name_is_an_error_that_says_what_to_do(plan_of):
    plan = plan_of("segment s { when count(opened) > 3 }")
    with pytest.raises(UnnamedAggregate, match=r"segment `s` .* name it as a metric"):
        compile_predicates(plan)


def test_the_three_shapes_agree(plan_of):
    plan = plan_of(METRICS + 'segment s { when opens >= 10 and country == "FR" }')
    values = {"opens": 12, "country": "FR"}
    assert compile_predicates(plan).evaluate(values) == (True,)
    by_object = compile_predicates(plan, shape="object")
    assert by_object.evaluate(SimpleNamespace(**values)) == (True,)
    by_row = compile_predicates(plan, shape="row", columns=("country", "id", "opens"))
    assert by_row.evaluate(("FR", 7, 12)) == (True,)


def test_members_and_mask_say_the_same(plan_of):
    plan = plan_of(METRICS + "segment a { when opens > 1 } segment b { when opens > 5 }")
    predicates = compile_predicates(plan)
    assert predicates.members({"opens": 3}) == ("a",)
    assert predicates.mask({"opens": 3}) == 0b01
    assert predicates.mask({"opens": 6}) == 0b11


def test_a_match_score_is_one_for_members_and_says_how_near_others_are(plan_of):
    plan = plan_of(METRICS + "segment a { when opens >= 10 and rate >= 50% }")
    predicates = compile_predicates(plan)
    assert predicates.scores({"opens": 10, "rate": 0.5}) == (1.0,)
    assert predicates.scores({"opens": 5, "rate": 0.5}) == (0.75,)
    assert predicates.scores({}) == (0.0,)


def test_a_large_ruleset_is_put_into_tables(plan_of):
    rules = "".join(f"segment s{i} {{ when opens > {i} }}" for i in range(LARGE))
    predicates = compile_predicates(plan_of(METRICS + rules))
    assert "masks_" in predicates.source
    assert set(predicates.members({"opens": 2})) == {"s0", "s1"}


def test_the_source_reads_like_written_by_hand(plan_of):
    plan = plan_of(METRICS + "segment s { when opens >= 10 and visits > 4 }")
    assert "v['opens'] >= 10" in compile_predicates(plan).source


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"vip": "false"}, "`vip`: a truth is expected, not 'false'"),
        ({"visits": "12"}, "`visits`: a number is expected, not '12'"),
        ({"rating": "1.5"}, "`rating`: a number is expected, not '1.5'"),
    ],
)
def test_a_value_of_another_type_is_named(plan_of, values, message):
    plan = plan_of("segment a { when vip or visits > 3 or rating > 2.0 }")
    for tables in (False, True):
        with pytest.raises(TypeError, match=message):
            compile_predicates(plan, tables=tables).evaluate(values)
