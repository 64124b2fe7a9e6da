"""Whole statements, so that a change of the SQL is seen in its diff; `test_side_by_side` has
what differs between the dialects.

`SEGUE_UPDATE=1 pytest tests/sql/test_golden.py` writes the files anew.
"""

import os
from pathlib import Path

import pytest

from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.query import Outputs, compile_query
from segue.compiler.sql.statements import compile_script, compile_views
from sql.shop import binding, plan, segment_words

GOLDEN = Path(__file__).parent / "golden"

RULES = {
    "counts": """
        metric orders_30d "Orders of the last 30 days" = count(order over last 30d)
        metric orders_before = count(order over 60d ago to 30d ago)
        metric spent = sum(order.amount over last 90d)
        metric share = count(view where page starts with "/product" over last 30d)
                     / count(view over last 30d)
        segment keen "Orders more, and looks around" {
          when orders_30d > orders_before and spent >= 99.50 and share >= 15%
        }
        segment others { when not in keen or plan is missing }
    """,
    "time": """
        metric quiet = age(last(view.at))
        metric nights = count(view where hour(at) < 6 over last 3 calendar days)
        metric birthday = born anniversary within 7d
        segment asleep { when quiet >= 30d and nights == 0 and birthday }
    """,
    "values": """
        metric favourite = mode(order.sku by order.amount over last 90d)
        metric latest_page = last(view.page)
        metric of_last_five = avg(order.amount over last 5)
        metric skus = count_distinct(order.sku)
        metric touched = count(anything over last 7d)
    """,
    "sequences": """
        metric abandoned = count(cart not followed by order within 24h over last 7d)
        metric same_sku = count(cart followed by order within 24h where order.sku == cart.sku)
        metric elsewhere = exists(cart followed by view where view.sku != cart.sku)
    """,
    "populations": """
        metric spent = sum(order.amount over last 90d)
        metric place = percentile(spent)
        metric local_mean = average(logins by plan)
        segment upper { when place >= 50% and spent > local_mean }
        segment best { when top 10 by spent }
        segment big_spender { when exists(order where amount > quantile(spent, 90%)) }
    """,
    "states": """
        state interest: number = 0 between 0 and 10 {
          on view where page starts with "/product" add 1
          on order set 10
        }
        segment warm { when interest >= 8 }
    """,
    "levels": """
        metric above_average = count(order where amount > avg(order.amount))
        metric since_joining = count(view where at >= joined)
    """,
}


def golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("SEGUE_UPDATE"):
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize("name", RULES)
def test_query(name: str) -> None:
    whole_query(name, "duckdb")


@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - {"athena"}))
def test_one_query_whole_in_every_dialect(dialect: str) -> None:
    whole_query("counts", dialect)


@pytest.mark.parametrize("name", RULES)
def test_athena_is_written_as_trino_is(name: str) -> None:
    compiled = plan(RULES[name])
    outputs = Outputs.everything(compiled)
    athena, trino = (
        compile_query(compiled, binding(), dialect, outputs).sql()
        for dialect in ("athena", "trino")
    )
    assert athena == trino


def whole_query(name: str, dialect: str) -> None:
    compiled = plan(RULES[name])
    text = compile_query(compiled, binding(), dialect, Outputs.everything(compiled)).sql()
    golden(f"{name}.{dialect}.sql", text + "\n")


def test_scores() -> None:
    compiled = plan(RULES["counts"])
    outputs = Outputs(scores=tuple(compiled.segments))
    golden("scores.duckdb.sql", compile_query(compiled, binding(), "duckdb", outputs).sql() + "\n")


@pytest.mark.parametrize("form", ["words", "script", "views"])
def test_statements(form: str) -> None:
    compiled = plan(RULES["counts"])
    names = tuple(compiled.segments)
    match form:
        case "words":
            text = segment_words(compiled, "duckdb").sql() + "\n"
        case "script":
            outputs = Outputs(segments=names)
            text = compile_script(compiled, binding(), "duckdb", outputs).sql()
        case _:
            text = compile_views(compiled, binding(), "duckdb", names).sql()
    golden(f"{form}.duckdb.sql", text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_compiling_twice_gives_the_same_text(dialect: str) -> None:
    texts = set()
    for _ in range(2):
        compiled = plan(RULES["counts"])
        query = compile_query(compiled, binding(), dialect, Outputs.everything(compiled))
        texts.add(query.sql())
    assert len(texts) == 1
