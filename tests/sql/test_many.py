"""Rulesets large enough for packed counts and for masks give what small ones give."""

from typing import Any

import pytest

from segue.compiler.sql import packing, statements
from segue.compiler.sql.query import Outputs, compile_query
from sql.shop import Shop, ago, binding, plan, segment_words

FILTERS = ("", ' where page == "/a"', ' where page starts with "/" and sku is missing')
WINDOWS = (
    "",
    " over last 7d",
    " over last 30d",
    " over 30d ago to 7d ago",
    " over last 3 calendar days",
    " over 2d ago to 1d ago",
)
COUNTS = [
    f"metric n_{i}_{j} = count(view{where}{window})"
    for i, where in enumerate((*FILTERS, " where hour(at) < 6"))
    for j, window in enumerate(WINDOWS)
]
SEGMENTS = [
    f"segment s_{i} {{ when {condition} }}"
    for i, condition in enumerate(
        condition
        for j in range(len(WINDOWS))
        for i in range(len(FILTERS) + 1)
        for condition in (
            f"n_{i}_{j} < 2 or staff",
            f"n_{i}_{j} >= 1 and not (n_0_{j} <= 2 and logins > 3)",
            f'not (n_{i}_0 > n_{i}_{j}) and plan in ["pro", "team"]',
            f"if staff then n_{i}_{j} == 1 else logins != 2 or n_0_0 >= 5",
        )
    )
]
RULES = "\n".join([*COUNTS, *SEGMENTS])

AGES = ("1us", "1d", "2d", "3d", "7d", "8d", "30d", "31d", "400d")
PEOPLE = [
    {"person_id": i, "staff": staff, "logins": logins, "plan": plan}
    for i, (staff, logins, plan) in enumerate(
        (staff, logins, plan)
        for staff in (True, False, None)
        for logins in (None, 2, 5)
        for plan in (None, "pro", "free")
    )
]
CLICKS = [
    {
        "click_id": f"{person['person_id']}-{i}-{age}",
        "person_id": person["person_id"],
        "kind": kind,
        "happened_at": ago(age),
        "page": page,
        "sku": sku,
    }
    for person in PEOPLE[1:]
    for i, (kind, page, sku) in enumerate(
        (("view", "/a", None), ("view", None, "x"), ("cart", "/a", None), (None, "/a", None))
    )
    for age in AGES[int(person["person_id"]) % 5 :: 1 + i]
]


def answers(shop: Shop) -> tuple[list[Any], list[Any]]:
    compiled = plan(RULES)
    dialect = shop.engine.dialect
    query = compile_query(compiled, binding(), dialect, Outputs.everything(compiled))
    words = segment_words(compiled, dialect)
    return sorted(shop.engine.run(query.sql())), sorted(shop.engine.run(words.sql()))


def test_packing_and_masks_change_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.fill({"people": PEOPLE, "clicks": CLICKS})
    found = answers(shop)
    monkeypatch.setattr(packing, "MANY", 10**9)
    monkeypatch.setattr(statements, "MANY", 10**9)
    assert answers(shop) == found


def test_words_are_the_segments(shop: Shop) -> None:
    shop.fill({"people": PEOPLE, "clicks": CLICKS})
    values, words = answers(shop)
    first = 1 + len(COUNTS)
    for row, (key, *numbers) in zip(values, words, strict=True):
        flags = [bool(numbers[i // 62] >> i % 62 & 1) for i in range(len(SEGMENTS))]
        assert (key, flags) == (row[0], [bool(value) for value in row[first:]])


@pytest.mark.parametrize("many", [True, False])
def test_a_bit_without_a_segment_is_0(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    monkeypatch.setattr(statements, "MANY", 0 if many else 10**9)
    shop.fill({"people": PEOPLE[:1]})
    gaps = [None] * 70
    names = ["s_0", *gaps, "s_0", None, *gaps]  # s_0 at bit 0 and 71 of 143.
    words = segment_words(plan(RULES), shop.engine.dialect, names)
    assert shop.engine.run(words.sql()) == [(0, 1, 1 << 9, 0)]


def test_large_rulesets_are_packed() -> None:
    text = segment_words(plan(RULES), "duckdb").sql()
    assert 'THEN "windows" END' in text
    assert '"flags_0"' in text
