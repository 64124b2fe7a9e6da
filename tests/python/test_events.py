"""Evaluation over events in memory: what each kernel, window and sequence means."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.predicates import compile_predicates
from segue.compiler.python.profile import Profile

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


def ago(**time):
    return NOW - timedelta(**time)


def bought(*rows):
    names = ("at", "amount", "sku", "id")
    return [dict(zip(names, row, strict=False)) for row in rows]


@pytest.fixture
def value(plan_of):
    """The value of an expression for some events."""

    def evaluate(expression, attributes=None, **events):
        plan = plan_of(f"metric m = {expression}")
        profile = Profile(attributes or {}, events)
        return compile_evaluator(plan).evaluate(profile, NOW).metrics["m"]

    return evaluate


def test_a_window_holds_its_end_and_not_its_start(value):
    rows = [{"at": NOW}, {"at": ago(days=7)}, {"at": ago(days=7) + timedelta(microseconds=1)}]
    assert value("count(opened over last 7d)", opened=rows) == 2


def test_an_event_after_as_of_does_not_exist(value):
    assert value("count(opened)", opened=[{"at": NOW + timedelta(microseconds=1)}]) == 0


def test_nothing_counts_as_zero_and_has_no_average(value):
    assert value("count(bought)") == 0
    assert value("sum(bought.amount)") == Decimal("0.00")
    assert value("avg(bought.amount)") is None
    assert value("mode(bought.sku)") is None
    assert value("last(bought.at)") is None


def test_missing_values_take_no_part(value):
    rows = bought((NOW, Decimal("2.00")), (NOW, None), (NOW, float("nan")))
    assert value("count(bought.amount)", bought=rows) == 1
    assert value("avg(bought.amount)", bought=rows) == 2.0


def test_first_and_last_break_ties_by_value(value):
    rows = bought((NOW, 1, "a"), (NOW, 1, "b"), (ago(days=1), 1, "y"), (ago(days=1), 1, "z"))
    assert value("last(bought.sku)", bought=rows) == "b"
    assert value("first(bought.sku)", bought=rows) == "y"


def test_mode_breaks_ties_by_the_smallest_value(value):
    rows = bought((NOW, 5, "b"), (NOW, 2, "a"), (NOW, None, "c"))
    assert value("mode(bought.sku)", bought=rows) == "a"
    assert value("mode(bought.sku by bought.amount)", bought=rows) == "b"


def test_a_union_sees_the_events_of_its_members(value):
    assert value("count(active)", opened=[{"at": NOW}], clicked=[{"at": NOW}]) == 2


def test_a_step_must_come_strictly_later_and_in_time(value):
    sequence = "count(opened followed by clicked within 1h)"
    opened = [{"at": ago(hours=3)}]
    assert value(sequence, opened=opened, clicked=[{"at": ago(hours=3)}]) == 0
    assert value(sequence, opened=opened, clicked=[{"at": ago(hours=2)}]) == 1
    late = ago(hours=2) + timedelta(microseconds=1)
    assert value(sequence, opened=opened, clicked=[{"at": late}]) == 0


def test_an_absence_holds_only_once_its_time_has_passed(value):
    abandoned = "count(opened not followed by bought within 24h)"
    assert value(abandoned, opened=[{"at": ago(hours=23)}]) == 0
    assert value(abandoned, opened=[{"at": ago(hours=24)}]) == 1
    rows = bought((ago(hours=20), 1))
    assert value(abandoned, opened=[{"at": ago(hours=30)}], bought=rows) == 0


def test_a_step_after_an_absence_counts_from_the_last_event_that_was_there(value):
    sequence = "count(opened not followed by bought within 1h followed by clicked within 2h)"
    opened = [{"at": ago(hours=5)}]
    assert value(sequence, opened=opened, clicked=[{"at": ago(hours=4)}]) == 1
    assert value(sequence, opened=opened, clicked=[{"at": ago(hours=2)}]) == 0


def test_a_step_may_read_the_event_before_it(value):
    same = "count(bought followed by returned where returned.sku == bought.sku)"
    rows = bought((ago(hours=2), 1, "a"), (ago(hours=1), 1, "b"))
    assert value(same, bought=rows, returned=[{"at": NOW, "sku": "b"}]) == 1
    assert value(same, bought=rows, returned=[{"at": NOW, "sku": None}]) == 0


def test_the_last_events_are_those_with_the_greatest_time_then_id(value):
    rows = bought((NOW, 1, "a", 1), (NOW, 2, "b", 2), (ago(days=1), 4, "c", 3))
    assert value("sum(bought.amount over last 1)", bought=rows) == Decimal("2.00")
    assert value("sum(bought.amount over last 2)", bought=rows) == Decimal("3.00")


def test_the_last_events_are_drawn_before_they_are_filtered(value):
    rows = bought((NOW, 1, "a", 1), (ago(days=1), 9, "b", 2), (ago(days=2), 9, "c", 3))
    assert value("count(bought where amount > 5 over last 2)", bought=rows) == 1


def test_a_filter_may_compare_with_the_entity(value):
    rows = bought((NOW, 10), (NOW, 30))
    above = "count(bought where amount > credit)"
    assert value(above, {"credit": 20}, bought=rows) == 1
    assert value("count(bought where amount > avg(bought.amount) / 1)", bought=rows) == 1


def test_periods_are_counted_back_from_as_of(value):
    opened = [{"at": NOW}, {"at": ago(days=6)}, {"at": ago(days=7)}, {"at": ago(days=27)}]
    assert value("count_periods(opened, week over last 28d)", opened=opened) == 3


def test_calendar_windows_follow_the_zone(value):
    midnight = datetime(2024, 5, 31, 22, tzinfo=UTC)  # 1 June in Paris
    rows = [{"at": midnight}, {"at": midnight - timedelta(microseconds=1)}]
    assert value("count(opened over this month)", opened=rows) == 1


def test_a_float_is_summed_in_fixed_point(value):
    rows = [{"at": NOW, "weight": w} for w in (0.1, 0.2, 1e16, -1e16, float("inf"))]
    assert value("sum(bought.weight)", bought=rows[:2]) == Decimal("0.300000")


def test_every_part_of_a_condition_has_a_value(plan_of):
    plan = plan_of("segment s { when count(opened) >= 2 or count(clicked) >= 1 }")
    evaluation = compile_evaluator(plan).evaluate(Profile({}, {"opened": [{"at": NOW}]}), NOW)
    root = plan.segments["s"].expr
    assert [evaluation.value(part) for part in root.args] == [False, False]
    assert evaluation.value(root.args[0].args[0]) == 1
    assert evaluation.scores == {"s": 0.5}


def test_an_event_that_is_not_in_the_catalog_is_an_error(plan_of):
    evaluator = compile_evaluator(plan_of("metric m = count(opened)"))
    with pytest.raises(ValueError, match="`active` is no event of a table"):
        evaluator.evaluate(Profile({}, {"active": []}), NOW)


RULES = """
metric opens = count(opened over last 30d)
metric rate = count(clicked over last 30d) / count(opened over last 30d)
metric since = age(last(clicked.at))
metric spend = sum(bought.amount over last 90d)
metric mean = avg(bought.weight) default 1.5
metric top = mode(bought.sku by bought.amount)
segment a { when opens >= 2 and (rate >= 50% or since <= 7d) }
segment b { when not (spend > credit) and mean != 1.5 }
segment c { when top == "a" and spend / opens > 10 }
segment d { when age(joined) > 30d or since is missing }
"""
TIMES = st.integers(0, 100 * 24).map(lambda hours: {"at": NOW - timedelta(hours=hours)})
PURCHASES = st.fixed_dictionaries(
    {"at": st.integers(0, 100).map(lambda days: NOW - timedelta(days))},
    optional={
        "amount": st.decimals(-5, 50, places=2) | st.none(),
        "weight": st.floats() | st.none(),
        "sku": st.sampled_from(["a", "b", None]),
    },
)


@given(
    profile=st.builds(
        Profile,
        st.fixed_dictionaries(
            {},
            optional={
                "credit": st.decimals(0, 100, places=2) | st.none(),
                "joined": st.sampled_from([NOW, NOW - timedelta(60)]),
            },
        ),
        st.fixed_dictionaries(
            {
                "opened": st.lists(TIMES, max_size=4),
                "clicked": st.lists(TIMES, max_size=4),
                "bought": st.lists(PURCHASES, max_size=4),
            }
        ),
    )
)
@settings(max_examples=100, deadline=None)
def test_predicates_over_the_metrics_give_the_same_members(plan_of, profile):
    plan = plan_of(RULES)
    evaluation = compile_evaluator(plan).evaluate(profile, NOW)
    predicates = compile_predicates(plan)
    values = {**profile.attributes, **evaluation.metrics}
    assert predicates.members(values, NOW) == evaluation.members
    assert list(predicates.scores(values, NOW)) == list(evaluation.scores.values())
