"""A new model is a change of the rules that ask for it, also when what it learnt from changed."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from diff.repository import Repository, repository
from segue.runtime.cli import main

RULES = """
metric orders_30d = count(purchase over last 30d)

score will_buy "Buys again": probability {
  predict exists(purchase over next 30d)
  among   exists(purchase)
  from    orders_30d, age(last(purchase.at))
  with    logistic
  train   every 30d over last 150d
  holdout 20%
}

segment to_thank "Buys again, most likely" { when will_buy() >= 50% }
segment buyers { when orders_30d >= 2 }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    shop = repository(tmp_path, RULES)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE customers AS SELECT id AS customer_id, 'FR' AS country,"
            " '' AS email FROM range(1, 81) AS t(id)"
        )
        # The one half buys every week, the other every two months.
        connection.execute(
            "CREATE TABLE purchases AS SELECT row_number() OVER () AS order_id, customer_id,"
            " TIMESTAMP '2024-01-01' + to_days((n * CASE WHEN customer_id % 2 = 0 THEN 7 ELSE 61"
            " END + customer_id % 5)::INT) AS purchased_at, 10.00 AS amount, 'a' AS category"
            " FROM customers, range(0, 26) AS t(n)"
        )
    return shop


def train(shop: Repository) -> None:
    database = shop.top.parent / "shop.duckdb"
    result = CliRunner().invoke(
        main,
        [
            *("train", "--project", str(shop.root), "--database", str(database)),
            *("--as-of", "2024-06-30", "--force"),
        ],
    )
    assert result.exit_code == 0, result.output


def test_a_model_that_was_trained_since_changes_its_segments(shop: Repository) -> None:
    train(shop)
    shop.commit()
    assert shop.statuses() == {}

    text = (shop.root / "rules.seg").read_text("utf-8")
    shop.write({"rules.seg": text.replace("last 30d)", "last 60d)")})
    train(shop)

    # The revision's rules mean the revision's model, whose features are those of the revision.
    statuses = shop.statuses()
    assert statuses.keys() == {"metric orders_30d", "segment to_thank", "segment buyers"}


def test_naming_the_model_that_was_meant_is_no_change(shop: Repository) -> None:
    train(shop)
    shop.commit()
    text = (shop.root / "rules.seg").read_text("utf-8")
    shop.write({"rules.seg": text.replace("will_buy()", "will_buy@v1()")})

    assert shop.statuses() == {}
