"""Pairs of conditions of which a person knows how they lie to each other."""

import pytest

from segue.compiler.plan.build import Build
from segue.compiler.solver.decide import decide
from segue.compiler.solver.verdict import Proved, Refuted
from solver.shop import pair

SAME, INSIDE, APART, OVERLAP = "the same", "a inside b", "apart", "overlapping"

PAIRS = [
    # Windows
    ("count(purchase over last 7d) >= 3", "count(purchase over last 30d) >= 3", INSIDE),
    ("exists(purchase over last 7d)", "count(purchase over last 7d) >= 1", SAME),
    ("age(last(purchase.at)) < 7d", "exists(purchase over last 7d)", SAME),
    ("age(last(purchase.at)) <= 7d", "exists(purchase over last 8d)", INSIDE),
    ("not exists(purchase)", "last(purchase.at) is missing", SAME),
    (
        "count(purchase over last 15d) + count(purchase over 30d ago to 15d ago) >= 5",
        "count(purchase over last 30d) >= 5",
        SAME,
    ),
    ("exists(purchase over 30d ago to 15d ago)", "exists(purchase over last 15d)", OVERLAP),
    ("exists(purchase over last 2 calendar days)", "exists(purchase over last 3 calendar days)",
     INSIDE),
    ("exists(purchase over this month)", "exists(purchase over this year)", INSIDE),
    ("exists(purchase over last 2 calendar days)", "exists(purchase over last 30h)", OVERLAP),
    ("exists(purchase over 2025-03-01 to 2025-03-31)", "exists(purchase over since 2025-02-01)",
     INSIDE),
    ("count(purchase where amount > 100 over last 5) >= 6", "true and country == \"FR\"", APART),
    # Filters
    (
        'count(page_view where page == "pricing" and duration > 60s) >= 2',
        'count(page_view where page == "pricing") >= 2',
        INSIDE,
    ),
    ("exists(product_view)", 'exists(page_view where page == "product")', SAME),
    ("exists(purchase)", "exists(activity)", INSIDE),
    ("count(email_open) == 0 and exists(email_open over last 9d)", "true", APART),
    # Sums, averages, extremes
    ("sum(purchase.amount over last 7d) >= 100", "sum(purchase.amount over last 30d) >= 100",
     INSIDE),
    ("sum(social_mention.sentiment over last 7d) >= 2",
     "sum(social_mention.sentiment over last 30d) >= 2", OVERLAP),
    ("avg(purchase.amount over last 7d) >= 50", "avg(purchase.amount over last 30d) >= 50",
     OVERLAP),
    ("avg(purchase.amount) >= 50", "max(purchase.amount) >= 50", INSIDE),
    ("min(purchase.amount) >= 50", "avg(purchase.amount) >= 50", INSIDE),
    ("max(purchase.amount over last 7d) > 50", "max(purchase.amount over last 30d) > 50", INSIDE),
    ("count(purchase) >= 3", "sum(purchase.quantity) >= 3", INSIDE),
    ("count_distinct(purchase.sku) >= 3", "count(purchase) >= 3", INSIDE),
    ("count_distinct(purchase.category) >= 7", "true", APART),
    ("count_periods(purchase, month over last 3 calendar months) == 3", "exists(purchase)",
     INSIDE),
    # Ratios
    (
        "count(email_click over last 30d) / count(email_send over last 30d) >= 20%",
        "count(email_click over last 30d) / count(email_send over last 30d) >= 15%",
        INSIDE,
    ),
    (
        "count(email_click) / count(email_send) >= 50% and count(email_send) >= 4",
        "count(email_click) >= 2",
        INSIDE,
    ),
    # Values
    ('country in ["FR", "DE"]', 'country == "FR" or country == "DE"', SAME),
    ('country != "FR"', 'country not in ["FR"]', INSIDE),
    ("last(nps_answer.score) > 10", "true", APART),
    ("last(nps_answer.score) >= 9 and last(nps_answer.score) <= 6", "true", APART),
    ('email ends with "@example.com"', 'email contains "example"', INSIDE),
    ('email starts with "a" and email starts with "b"', "true", APART),
    ("age(signed_up_at) <= 30d", "age(signed_up_at) <= 60d", INSIDE),
    ("birth_date anniversary within 3d", "birth_date is not missing", INSIDE),
    ("month(birth_date) == 13", "true", APART),
    # Sequences
    (
        "exists(cart_add not followed by purchase within 24h over last 7d)",
        "exists(cart_add over last 7d)",
        INSIDE,
    ),
    (
        "exists(cart_add followed by purchase within 1h)",
        "exists(cart_add followed by purchase within 2h)",
        INSIDE,
    ),
    ("exists(cart_add followed by purchase within 1h)", "exists(purchase)", INSIDE),
    (
        "exists(cart_add not followed by purchase within 24h)",
        "exists(cart_add followed by purchase)",
        OVERLAP,
    ),
]  # fmt: skip


def relation(a: str, b: str) -> str:
    plan = pair(a, b)
    build = Build(plan.graph, plan.catalog)
    left, right = plan.segments["a"].expr, plan.segments["b"].expr

    def holds(*parts: object) -> bool:
        verdict = decide(plan.catalog, build.logical("and", parts))  # type: ignore
        assert isinstance(verdict, Proved | Refuted), verdict
        return isinstance(verdict, Proved)

    inside = holds(left, build.negation(right))
    around = holds(right, build.negation(left))
    if holds(left, right):
        return APART
    if inside and around:
        return SAME
    assert not around
    return INSIDE if inside else OVERLAP


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_pairs_lie_as_known(a: str, b: str, expected: str) -> None:
    assert relation(a, b) == expected
