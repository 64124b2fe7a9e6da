from decimal import Decimal

import pytest

from explain.shop import ago, explained, make_plan
from segue.runtime.explain.text import Page, change_text


def changes(segment: str, **given: object) -> tuple[list[str], list[str]]:
    explanation = explained(segment, **given)
    page = Page(explanation.zone, show_pii=True)
    ways = explanation.ways
    return [change_text(c, page) for c in ways.single], [
        change_text(c, page) for c in ways.together
    ]


def test_the_nearest_of_several_changes_comes_first() -> None:
    single, together = changes("either", plan="free", credit=Decimal(49))

    assert single == [
        "credit from 49.00 to 50.00 (+1.00)",
        "4 more email_open (opens_30d from 0 to 4)",
        'plan must be equal to "pro"',
    ]
    assert together == []


def test_a_member_by_one_condition_leaves_by_that_one() -> None:
    single, _ = changes("either", plan="free", events={"email_open": [ago(days=1)] * 5})

    assert single == ["2 fewer email_open (opens_30d from 5 to 3)"]


def test_a_member_by_several_conditions_must_lose_all() -> None:
    single, together = changes("either", plan="pro", credit=Decimal(60))

    assert single == []
    assert sorted(together) == [
        "credit from 60.00 to 49.99 (-10.01)",
        'plan must be other than "pro"',
    ]


def test_counts_never_go_below_nothing() -> None:
    # Fewer than no opens lately is impossible: it takes more of them earlier.
    single, _ = changes("lapsing")

    assert single == ["1 more email_open (count(email_open over 30d ago to 15d ago) from 0 to 1)"]


def test_conditions_that_must_change_together() -> None:
    single, together = changes("keen", events={"email_open": [ago(days=1)] * 12})

    assert single == []
    assert sorted(together) == [
        "click_rate needs a value of at least 15% (it is missing)",
        "since_click needs a value of at most 7d (it is missing)",
    ]


def test_a_threshold_brought_to_the_places_of_a_column_is_still_shown() -> None:
    rules = make_plan("segment s { when avg(purchase.amount) > 1.5 and last(purchase.amount) > 2 }")
    _, together = changes("s", rules=rules)

    assert sorted(together) == [
        "avg(purchase.amount) needs a value of more than 1.5 (it is missing)",
        "last(purchase.amount) needs a value of more than 2.00 (it is missing)",
    ]


def test_nothing_helps_against_a_rule_that_is_the_same_for_everybody() -> None:
    assert changes("everyone") == ([], [])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("opens_30d > 3", "3 more email_open (opens_30d from 1 to 4)"),
        ("opens_30d >= 2.5", "2 more email_open (opens_30d from 1 to 3)"),
        ("opens_30d < 1", "1 fewer email_open (opens_30d from 1 to 0)"),
        ("10 <= opens_30d", "9 more email_open (opens_30d from 1 to 10)"),
        ("opens_30d == 4", "3 more email_open (opens_30d from 1 to 4)"),
        ("credit > 2", "credit from 0.00 to 2.01 (+2.01)"),
        ("min of (opens_30d, 5) >= 4", "min of (opens_30d, 5) from 1 to 4 (+3)"),
        ("plan is not missing", "`plan is not missing` must become true"),
    ],
)
def test_the_nearest_value_on_the_other_side(condition: str, expected: str) -> None:
    plan = make_plan(
        f"metric opens_30d = count(email_open over last 30d)\nsegment s {{ when {condition} }}"
    )
    explanation = explained("s", plan, events={"email_open": [ago(days=1)]})

    assert [change_text(c, Page(explanation.zone)) for c in explanation.ways.single] == [expected]
