"""Scores in an editor: what fits in their clauses, what they are, and where they are used."""

from collections.abc import Callable

import pytest
from lsprotocol import types

from lsp.desk import Desk
from lsp.test_rename import rename

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = """\
metric opens = count(email_open over last 30d) tags email
metric orders = count(purchase) tags shop
score churn_risk "Leaves soon": probability {
  predict not exists(activity over next 30d)
  from    opens, orders
  with    random_forest(trees = 50)
  train   every 30d over last 360d
}
segment leaving { when churn_risk() >= 80% }
"""
START = """\
metric opens = count(email_open over last 30d) tags email
metric orders = count(purchase) tags shop
"""


async def test_a_score_is_offered_where_a_probability_fits(desk: Callable[..., Desk]) -> None:
    items = await desk().completions(RULES + "segment a { when 50% <= ▮ }")
    offered = {item.label: item for item in items}

    assert offered["churn_risk"].detail == "probability"
    assert isinstance(offered["churn_risk"].text_edit, types.TextEdit)
    assert offered["churn_risk"].text_edit.new_text.startswith("churn_risk(")


async def test_no_score_is_offered_among_features(desk: Callable[..., Desk]) -> None:
    offered = await desk().offered(RULES + "score b: amount { from opens, ▮")

    assert "orders" in offered
    assert "churn_risk" not in offered


@pytest.mark.parametrize(
    ("written", "wanted", "unwanted"),
    [
        ("score a: ▮", {"probability", "amount", "cluster"}, {"opens"}),
        ("score a: amount { with ▮", {"random_forest", "linear"}, {"logistic", "kmeans"}),
        ("score a: class { with ▮", {"logistic"}, {"linear"}),
        ("score a: amount { with random_forest(▮", {"trees", "depth", "seed"}, {"rate"}),
        ("score a: amount { with random_forest(trees = 5, ▮", {"depth"}, {"trees"}),
        ("score a: probability { calibrate ▮", {"isotonic", "sigmoid"}, set()),
        ("score a: probability { serve ▮", {"sql", "table", "auto"}, set()),
        ("score a: amount { from all metrics tagged ▮", {"email", "shop"}, {"opens"}),
        ("score a: amount { from all metrics tagged email, ▮", {"shop"}, {"opens"}),
    ],
)
async def test_what_fits_in_a_clause(
    desk: Callable[..., Desk], written: str, wanted: set[str], unwanted: set[str]
) -> None:
    offered = set(await desk().offered(START + written))

    assert wanted <= offered
    assert unwanted.isdisjoint(offered)


async def test_hover_says_how_it_is_trained(desk: Callable[..., Desk]) -> None:
    text = await desk().hover(RULES.replace("when churn_risk", "when churn▮_risk"))

    assert "Leaves soon" in text
    assert "`probability`: a probability between 0 and 1" in text
    assert "`random_forest(trees = 50, depth = 10, leaf = 1, balanced = false, seed = 42)`" in text
    assert "The label looks 30d ahead of a snapshot" in text
    assert "Not trained yet: `segue train churn_risk`" in text
    assert "Used by `leaving`." in text


async def test_a_segment_has_no_sql_before_its_score_is_trained(
    desk: Callable[..., Desk],
) -> None:
    text = await desk().hover(RULES.replace("segment leaving", "segment leav▮ing"))

    assert text.endswith("No SQL yet: there is no model of the score `churn_risk` yet.")


async def test_a_window_ahead_is_explained(desk: Callable[..., Desk]) -> None:
    text = await desk().hover(RULES.replace("next 30d", "next 3▮0d"))

    assert text == "ahead: from now (not included) to 30d later (included)"


async def test_renaming_a_score_renames_its_calls(desk: Callable[..., Desk]) -> None:
    text = RULES.replace("churn_risk()", "churn_risk@v3()")
    changed = await rename(desk(), text.replace("when churn", "when ▮churn"), "leaver")

    renamed = changed["rules.seg"]
    assert "score leaver " in renamed
    assert "when leaver@v3() >= 80%" in renamed
    assert "churn_risk" not in renamed
