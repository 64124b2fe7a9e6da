"""What the plan of a ruleset looks like: names resolved, sugar gone, every expression once."""

import pytest

from analysis.plans import plan
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.compiler.plan.windows import DAY, Calendar, Fixed, FixedDays, LastEvents, Sliding
from segue.compiler.types import BOOL, INT, RATIO, TIMESTAMP, Kind


def metric(text: str) -> Expr:
    return plan(root=f"metric it = {text}").metrics["it"].expr


def aggregate(text: str) -> Aggregate:
    param = metric(text).param
    assert isinstance(param, Aggregate)
    return param


def test_a_condition_used_by_many_segments_is_one_node() -> None:
    rules = "\n".join(
        f"segment s{i} {{ when count(purchase over last 30d) >= 3 and plan == 'x' }}".replace(
            "'x'", '"pro"'
        )
        for i in range(40)
    )

    compiled = plan(root=rules)

    assert len({segment.expr.id for segment in compiled.segments.values()}) == 1


def test_both_spellings_of_a_comparison_are_one_node() -> None:
    compiled = plan(
        root="segment a { when count(purchase) >= 3 } segment b { when 3 <= count(purchase) }"
    )

    assert compiled.segments["a"].expr is compiled.segments["b"].expr


@pytest.mark.parametrize(
    ("written", "window"),
    [
        ("last 30d", Sliding(30 * DAY)),
        ("30d ago to 15d ago", Sliding(30 * DAY, 15 * DAY)),
        ("last 3 calendar days", Calendar("day", 3)),
        ("previous 2 calendar weeks", Calendar("week", 2, previous=True)),
        ("this month", Calendar("month", 1)),
        ("last 5", LastEvents(5)),
        ("1970-01-02 to 1970-01-03", FixedDays(1, 2)),
        ("since 1970-01-02", FixedDays(1, None)),
        ("since 1970-01-01T00:00:01Z", Fixed(1_000_000, None)),
        # Written without Z, a time is one of the project's zone: an hour ahead of UTC.
        ("since 1970-01-01T01:00:01", Fixed(1_000_000, None)),
    ],
)
def test_windows(written: str, window: object) -> None:
    assert aggregate(f"count(purchase over {written})").window == window


def test_since_an_attribute_becomes_a_filter() -> None:
    folded = aggregate("count(purchase over since signed_up_at)")

    assert folded.where is not None
    assert (folded.where.op, [a.op for a in folded.where.args]) == (
        ">=",
        ["event_time", "attribute"],
    )


@pytest.mark.parametrize(
    ("written", "kind", "nullable"),
    [
        ("count(purchase)", Kind.INT, False),
        ("sum(purchase.amount)", Kind.DECIMAL, False),
        ("avg(purchase.amount)", Kind.FLOAT, True),
        ("count(email_click) / count(email_send)", Kind.RATIO, True),
        ("count(purchase) / 4", Kind.FLOAT, True),
        ("sum(page_view.duration) / count(page_view)", Kind.DURATION, True),
        ("last(purchase.at) - first(purchase.at)", Kind.DURATION, True),
        ("age(birth_date)", Kind.DURATION, True),
        ("last(purchase.category)", Kind.ENUM, True),
        ("last(nps_answer.score) ?? 5", Kind.INT, False),
        ("sum(social_mention.sentiment)", Kind.DECIMAL, False),
        ("if email_subscribed then 1 else 2.5", Kind.DECIMAL, False),
    ],
)
def test_the_type_of_a_metric(written: str, kind: Kind, nullable: bool) -> None:
    found = metric(written).type

    assert (found.kind, found.nullable) == (kind, nullable)


def test_a_name_is_looked_up_from_its_folder_outwards() -> None:
    compiled = plan(
        root="metric orders = count(purchase)\nsegment all_over { when in email.keen }",
        email="metric opens = count(email_open)\n"
        "segment keen { when opens > 3 and orders > 0 and in deep.inner }",
        email__deep="segment inner { when opens > 1 }",
    )

    assert list(compiled.segments) == ["all_over", "email.keen", "email.deep.inner"]
    assert compiled.segments["all_over"].expr is compiled.segments["email.keen"].expr


def test_two_folders_may_use_one_name() -> None:
    compiled = plan(
        email="metric recent = count(email_open)", web="metric recent = count(page_view)"
    )

    assert list(compiled.metrics) == ["email.recent", "web.recent"]


def test_a_define_is_expanded_where_it_is_called() -> None:
    compiled = plan(
        root="define often(what, n, w) = count(what over last w) >= n\n"
        "segment a { when often(purchase, 3, 30d) }\n"
        "segment b { when count(purchase over last 30d) >= 3 }"
    )

    assert compiled.segments["a"].expr is compiled.segments["b"].expr


def test_a_qualified_name_in_a_repeated_step_means_the_earlier_one() -> None:
    folded = aggregate("count(product_view followed by product_view where sku == product_view.sku)")

    where = folded.steps[0].where
    assert where is not None
    assert [side.param for side in where.args] == [(1, "sku"), (0, "sku")]


def test_exists_is_a_count_of_at_least_one() -> None:
    compiled = plan(root="condition it = exists(purchase over last 30d)").conditions["it"].expr

    folded, one = compiled.args
    assert compiled.op == ">="
    assert isinstance(folded.param, Aggregate)
    assert (folded.param.kernel, one.param) == (Kernel.COUNT, 1)


def test_constants_have_the_type_of_their_unit() -> None:
    assert metric("7").type == INT
    assert metric("15%").type == RATIO
    assert metric("true").type == BOOL
    assert metric("as_of").type == TIMESTAMP
