"""Completion offers what fits, and nothing else."""

from collections.abc import Callable

import pytest
from lsprotocol import types

from lsp.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = """\
metric opens = count(email_open over last 30d)
metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)
metric last_click = age(last(email_click.at))
condition reachable = email_subscribed
define many(what, n) = count(what) >= n
segment readers "Open a lot" { when opens >= 10 priority high actions early_access tags crm }

"""


async def test_after_a_comparison_only_what_can_be_compared(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "segment a { when click_rate >= ▮ }")

    assert offered[:2] == ["15%", "50%"]
    assert "click_rate" in offered
    # A count is no share of something, and neither are times and truths.
    assert {"opens", "last_click", "reachable", "signed_up_at", "country"}.isdisjoint(offered)


async def test_a_duration_is_compared_with_durations(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "segment a { when last_click <= ▮ }")

    assert offered[:3] == ["24h", "30d", "7d"]
    assert "age" in offered
    assert {"opens", "click_rate", "count"}.isdisjoint(offered)


@pytest.mark.parametrize(
    "written", ["country == ▮", "country in [▮", 'country in ["FR", ▮', 'country == "▮"']
)
async def test_the_accepted_values_of_a_field(desk: Callable[..., Desk], written: str) -> None:
    offered = await desk().offered(f"segment a {{ when {written} }}")

    assert {'"DE"', '"ES"', '"FR"'} <= set(offered)


async def test_a_value_replaces_the_quotes_around_it(desk: Callable[..., Desk]) -> None:
    items = await desk().completions('condition a = country == "F▮"')

    (french,) = [item for item in items if item.label == '"FR"']
    assert isinstance(french.text_edit, types.TextEdit)
    assert french.text_edit.range == types.Range(types.Position(0, 25), types.Position(0, 28))


async def test_an_aggregate_of_events_offers_events(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "metric a = exists(▮")

    assert {"email_open", "purchase"} <= set(offered)
    assert {"opens", "country", "count", "not"}.isdisjoint(offered)


async def test_a_sum_offers_properties_that_can_be_summed(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("metric a = sum(▮")

    assert "purchase.amount" in offered
    assert {"purchase", "purchase.category", "purchase.at"}.isdisjoint(offered)


async def test_after_an_event_and_a_dot_its_properties(desk: Callable[..., Desk]) -> None:
    shop = desk()

    assert await shop.offered("metric a = sum(purchase.▮") == ["amount", "order_id", "quantity"]
    assert "at" in await shop.offered("metric a = last(purchase.▮")


async def test_where_offers_the_properties_of_the_event_first(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "metric a = count(purchase where ▮")

    assert set(offered[:5]) == {"amount", "at", "category", "order_id", "quantity"}
    assert "opens" in offered


async def test_a_later_step_of_a_sequence_is_an_event(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("metric a = count(cart_add not followed by ▮")

    assert "purchase" in offered
    assert "country" not in offered


async def test_membership_is_asked_of_segments(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "segment a { when not in ▮ }")

    assert offered == ["readers"]


async def test_after_a_value_its_operators(desk: Callable[..., Desk]) -> None:
    shop = desk()

    after_number = await shop.offered(RULES + "segment a { when opens ▮")
    after_text = await shop.offered(RULES + "segment a { when country ▮")

    assert ">=" in after_number
    assert "starts with" not in after_number
    assert "starts with" in after_text
    assert {"between", "is missing", "and"} <= set(after_text)


async def test_a_window_begins_with_its_words(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("metric a = count(purchase over ▮")

    assert {"last", "this", "previous", "since", "ever"} <= set(offered)


@pytest.mark.parametrize(
    ("clause", "word"), [("priority", "high"), ("actions", "early_access"), ("tags", "crm")]
)
async def test_words_that_the_project_uses_already(
    desk: Callable[..., Desk], clause: str, word: str
) -> None:
    shop = desk(other=RULES)

    offered = await shop.offered(f"segment b {{\n  when true\n  {clause} ▮\n}}")

    assert offered == [word]


async def test_a_segment_offers_its_clauses(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("segment a {\n  when true\n  ▮\n}")

    assert {"priority", "cadence", "actions", "tags", "owner", "and"} <= set(offered)
    assert "metric" not in offered


async def test_between_items_the_words_that_begin_one(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("▮")

    assert {"metric", "segment", "condition", "define"} <= set(offered)


async def test_where_somebody_stands_among_all_is_a_share(desk: Callable[..., Desk]) -> None:
    shop = desk()

    of_a_ratio = await shop.offered(RULES + "segment a { when click_rate >= ▮")
    of_a_time = await shop.offered(RULES + "segment a { when last_click >= ▮")

    assert "percentile" in of_a_ratio
    assert "percentile" not in of_a_time


async def test_periods_are_offered_where_they_are_counted(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered("metric a = count_periods(purchase, ▮")

    assert sorted(offered) == ["day", "hour", "month", "quarter", "week", "year"]


async def test_names_of_another_folder(desk: Callable[..., Desk]) -> None:
    shop = desk(email__metrics="metric opens = count(email_open)")

    assert "email.opens" in await shop.offered("segment a { when ▮")
    assert await shop.offered("segment a { when email.▮") == ["opens"]


async def test_nothing_inside_a_comment_or_at_a_new_name(desk: Callable[..., Desk]) -> None:
    shop = desk(other=RULES)

    assert await shop.offered("# every ▮") == []
    assert await shop.offered("metric ▮") == []


async def test_a_call_leaves_the_cursor_between_its_brackets(desk: Callable[..., Desk]) -> None:
    items = await desk().completions("metric a = ▮")

    (count,) = [item for item in items if item.label == "count"]
    assert isinstance(count.text_edit, types.TextEdit)
    assert count.text_edit.new_text == "count($0)"


async def test_errors_elsewhere_in_the_file_do_no_harm(desk: Callable[..., Desk]) -> None:
    broken = "segment broken { when >= and }\n" + RULES + "segment a { when last_click <= ▮\n"

    offered = await desk().offered(broken + "metric b = (1 +")

    assert "7d" in offered
    assert "opens" not in offered


async def test_what_was_known_before_a_file_broke_is_still_offered(
    desk: Callable[..., Desk],
) -> None:
    shop = desk()
    shop.open(RULES)
    await shop.findings(count=0)

    offered = await shop.offered(RULES.replace("= age(", "= = age((") + "segment a { when ▮ }")

    assert "last_click" in offered
