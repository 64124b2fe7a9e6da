"""What expressions are worth, in every engine: each case is a rule and the value for each person.

The rows are adversarial on purpose: missing values, edges of windows, ties, infinities, blanks.
"""

from datetime import date, datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

import pytest

from segue.compiler.plan.windows import to_microseconds
from segue.compiler.sql.query import Outputs, compile_query
from sql.shop import NOW, Rows, Shop, ago, binding, plan


def md5_bucket(text: str, count: int) -> int:
    return int(md5(text.encode()).hexdigest()[:8], 16) % count


HOUR = 3_600_000_000
DAY = 24 * HOUR

ROWS: Rows = {
    "people": [
        {
            "person_id": 1,
            "born": date(1992, 2, 29),
            "joined": datetime(2024, 3, 10, 6, 59, 59, 999999),
            "seen": ago("3d"),
            "plan": "pro",
            "name": "Zoë ",
            "credit": Decimal("12.345"),
            "score": 0.1,
            "logins": 2_000_000_000,
            "staff": True,
            "patience": 90,
            "nick": "zed",
        },
        {
            "person_id": 2,
            "born": date(1969, 12, 31),
            "joined": datetime(2024, 3, 10, 7, 0),
            "plan": "free",
            "name": "zoë",
            "credit": Decimal("-0.005"),
            "score": float("inf"),
            "logins": -3,
            "staff": False,
        },
        {"person_id": 3, "score": float("nan"), "name": "\ta\\b'c%_\n"},
    ],
    "orders": [
        # At `as_of`, exactly 30 days before it, and a microsecond inside and outside.
        {"order_id": 1, "person_id": 1, "placed_at": NOW, "sku": "b", "amount": Decimal("1.006")},
        {"order_id": 2, "person_id": 1, "placed_at": ago("30d"), "sku": "a", "weight": 0.5},
        {
            "order_id": 3,
            "person_id": 1,
            "placed_at": ago("29d"),
            "sku": "a",
            "amount": Decimal("2.5"),
            "weight": -0.0,
            "pieces": 3,
            "due": date(2024, 3, 1),
            "shipped": ago("28d"),
        },
        {"order_id": 4, "person_id": 1, "placed_at": ago("29d"), "sku": "B", "weight": 0.0},
        {"order_id": 5, "person_id": 1, "placed_at": ago("-1us"), "sku": "future"},
        {"order_id": 6, "person_id": None, "placed_at": ago("1d"), "sku": "nobody"},
        {"order_id": 7, "person_id": 1, "placed_at": None, "sku": "never"},
        {"order_id": 8, "person_id": 2, "placed_at": ago("60d"), "weight": float("nan")},
        {"order_id": 9, "person_id": 9, "placed_at": ago("1d"), "sku": "unknown person"},
    ],
    "clicks": [
        {
            "click_id": "a",
            "person_id": 1,
            "happened_at": ago("1h"),
            "kind": "view",
            "page": "/product/1",
            "sku": "a",
            "seconds": 30,
        },
        {
            "click_id": "b",
            "person_id": 1,
            "happened_at": ago("50h"),
            "kind": "cart",
            "page": "/cart",
            "sku": "a",
        },
        {"click_id": "c", "person_id": 2, "happened_at": ago("50h"), "kind": "cart", "sku": "b"},
        {"click_id": "d", "person_id": 2, "happened_at": ago("49h"), "kind": "view", "sku": "b"},
        {"click_id": "e", "person_id": 2, "happened_at": ago("49h"), "kind": "view", "sku": "x"},
        {"click_id": "f", "person_id": 3, "happened_at": ago("2h"), "kind": "cart"},
        {"click_id": "g", "person_id": 3, "happened_at": ago("2h"), "kind": "view"},
        {"click_id": "h", "person_id": 3, "happened_at": ago("2h"), "kind": None},
    ],
    "holidays": [
        {"person_id": 1, "day": date(2024, 3, 20), "place": "Rome"},
        {"person_id": 1, "day": date(2024, 3, 21), "place": "tomorrow"},
        {"person_id": 2, "day": date(2024, 2, 19), "place": "Oslo"},
        {"person_id": 2, "day": date(2024, 2, 20), "place": "Bonn"},
    ],
}

LEAVES = [
    ("credit", 1235, 0, None),  # halves round up, towards plus infinity
    ("score", 0.1, None, None),
    ("quota", 200_000_000_000, -300, None),  # decimals kept in a column of whole numbers
    ("rating", 1, None, None),  # and in one of doubles
    ("logins * 2", 4_000_000_000, -6, None),
    ("born", 8094, -1, None),
    ("seen", to_microseconds(ago("3d")), None, None),
    ("patience", 90_000_000, None, None),
    ("nick", "zed", "nobody", "nobody"),
    ("staff", True, False, None),
]

WINDOWS = [
    ("count(order over last 30d)", 3, 0, 0),
    ("count(order over ever)", 4, 1, 0),
    ("count(order)", 4, 1, 0),
    ("count(order over 60d ago to 30d ago)", 1, 0, 0),
    ("count(order over 61d ago to 60d ago)", 0, 1, 0),
    ("count(holiday over last 1d)", 1, 0, 0),
    ("count(holiday over last 30d)", 1, 1, 0),
    ("count(holiday over last 31d)", 1, 2, 0),
    ("count(view over last 1 calendar day)", 1, 0, 1),
    ("count(touch over last 3 calendar days)", 2, 3, 2),
    ("count(anything over last 30d)", 5, 3, 2),
    ("count(order over 2024-02-20 to 2024-02-20)", 2, 0, 0),
    ("count(order over last 2)", 2, 1, 0),
    ("sum(order.amount over last 2)", 101, 0, 0),
    ("mode(order.sku over last 3)", "B", None, None),
    ("last(order.sku over last 2)", "b", None, None),
    ("count(view over last 1)", 1, 1, 1),
    ('count(order where sku == "a" over last 3)', 1, 0, 0),
    ("count(cart followed by view within 24h over last 1)", 0, 1, 0),
    ("count(cart followed by view where view.sku != cart.sku over last 1)", 0, 1, 0),
    ('mode(order.sku where sku != "B" over last 3)', "a", None, None),
    ("last(view.sku over last 1)", "a", "x", None),
]

FOLDS = [
    ("count(order.amount)", 2, 0, 0),
    ("sum(order.amount)", 351, 0, 0),
    ("sum(order.weight)", 500_000, 0, 0),
    ("sum(order.pieces)", 3, 0, 0),
    ("avg(order.amount)", 1.755, None, None),
    ("min(order.amount)", 101, None, None),
    ("min(order.sku)", "B", None, None),
    ("max(order.sku)", "b", None, None),
    ("max(order.shipped)", to_microseconds(ago("28d")), None, None),
    ("max(order.due)", 19783, None, None),
    ("first(order.at)", to_microseconds(ago("30d")), to_microseconds(ago("60d")), None),
    ("last(order.at)", to_microseconds(NOW), to_microseconds(ago("60d")), None),
    ("last(order.amount)", 101, None, None),
    ("first(order.pieces)", 3, None, None),
    ('first(order.sku where sku != "a")', "B", None, None),
    ("last(order.sku over 40d ago to 10d ago)", "a", None, None),
    ("count_distinct(order.sku)", 3, 0, 0),
    ("count_distinct(order.weight)", 2, 0, 0),
    ("mode(order.sku)", "a", None, None),
    ("mode(order.sku by order.amount)", "a", None, None),
    ("mode(order.sku by order.amount over last 1d)", "b", None, None),
    ("sum(view.seconds)", 30_000_000, 0, 0),
    ("count_periods(anything, day over last 3 calendar days)", 2, 1, 1),
    ("count_periods(order, week over last 28d)", 1, 0, 0),
    ("count(order where amount > 2)", 1, 0, 0),
    ("count(order where not (amount > 2))", 3, 1, 0),
]

SEQUENCES = [
    ("count(cart followed by view within 24h)", 0, 1, 0),
    ("count(cart followed by view within 49h)", 1, 1, 0),
    ("count(cart not followed by view within 24h)", 1, 0, 0),
    ("count(cart not followed by view within 1h)", 1, 0, 1),
    ("count(cart not followed by view)", 0, 0, 1),
    ("count(cart followed by view where view.sku == cart.sku)", 1, 1, 0),
    ("count(cart followed by view within 2h where view.sku != cart.sku)", 0, 1, 0),
    ("count(order followed by cart within 10000h followed by view)", 3, 1, 0),
    ("count(order followed by cart not followed by order within 30h over last 30d)", 2, 0, 0),
    ("count(order not followed by cart within 24h followed by view)", 3, 1, 0),
]

NESTED = [
    ("count(order where at >= seen)", 1, 0, 0),
    ("count(order where amount >= avg(order.amount))", 1, 0, 0),
    ("count(view where sku == mode(order.sku))", 1, 0, 0),
    ("count(cart followed by view where view.at >= joined)", 1, 1, 0),
    ("count(touch where at > first(touch.at))", 1, 2, 0),
]

SCALARS = [
    ("score + score", 0.2, None, None),
    ("credit / 4", 12.35 / 4, 0.0, None),
    ("count(order) / count(view)", 4.0, 0.5, 0.0),
    ("count(view) / count(order)", 0.25, 2.0, None),
    ("floor(credit)", 12, 0, None),
    ("floor(-credit)", -13, 0, None),
    ("round(score)", 0, None, None),
    ("sqrt(-score)", None, None, None),
    ("min of (logins, count(order), 3)", 3, -3, None),
    ("max of (score, 0.05)", 0.1, None, None),
    ("score ?? 7", 0.1, 7.0, 7.0),
    ("length(name)", 4, 3, 9),
    ("lower(name)", "zoë ", "zoë", "\ta\\b'c%_\n"),
    ("upper(name)", "ZOë ", "ZOë", "\tA\\B'C%_\n"),
    ("trim(name)", "Zoë", "zoë", "a\\b'c%_"),
    ('bucket(person_id, "salt", 1000)', *(md5_bucket(f"salt:{n}", 1000) for n in (1, 2, 3))),
    ('bucket(nick, "s", 7)', *(md5_bucket(f"s:{n}", 7) for n in ("zed", "nobody", "nobody"))),
    ("date(joined)", 19792, 19792, None),
    ("hour(joined)", 1, 3, None),
    ("year(born)", 1992, 1969, None),
    ("month(born)", 2, 12, None),
    ("day(born)", 29, 31, None),
    ("weekday(born)", 6, 3, None),
    ("weekday(joined)", 7, 7, None),
    ("age(seen)", 3 * DAY, None, None),
    ("days_between(born, joined)", 19792 - 8094, 19793, None),
    ("if score > 0 then 1 else 2", 1, 2, 2),
]

CONDITIONS = [
    ('plan == "pro"', True, False, False),
    ('plan != "pro"', False, True, False),
    ('not (plan == "pro")', False, True, True),
    ('plan in ["free", "team"]', False, True, False),
    ('plan not in ["free", "team"]', True, False, True),
    ('name == "Zoë"', False, False, False),
    ('name == "Zoë "', True, False, False),
    ('name < "a"', True, False, True),
    ('name starts with "Zo"', True, False, False),
    ('name ends with "ë "', True, False, False),
    ('name ends with "oë"', False, True, False),
    ('name contains "b\'c%_"', False, False, True),
    ('name contains "\\\\"', False, False, True),
    ('name matches "^z.*$"', False, True, False),
    ('name matches "_$"', False, False, False),
    ('name matches "\\\\s$"', True, False, True),
    ('name matches "^\\\\w+$"', False, False, False),
    ('not (name matches "\\\\\\\\")', True, True, False),
    ("not staff", False, True, True),
    ("staff == false", False, True, False),
    ("score is missing", False, True, True),
    ("score > 0.05", True, False, False),
    ("score == 0.1", True, False, False),
    ("not (score > 5)", True, True, True),
    ("(score > 5) == (logins > 5)", False, True, True),
    ("born anniversary within 0d", False, False, False),
    ("born anniversary within 365d", True, True, False),
    ("joined anniversary within 355d", True, True, False),
    ("joined anniversary within 354d", False, False, False),
    ("if score > 5 then staff else not staff", False, True, True),
    ("exists(order over last 30d) or score > 5", True, False, False),
    ("not (exists(order over last 30d) and score > 0.05)", False, True, True),
]

CASES = [*LEAVES, *WINDOWS, *FOLDS, *SEQUENCES, *NESTED, *SCALARS, *CONDITIONS]


def rules() -> str:
    lines = (f"metric m{i} = {case[0]}" for i, case in enumerate(CASES))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def answers(shop: Shop) -> dict[int, tuple[Any, ...]]:
    """The value of every case for every person, from one query."""
    shop.fill(ROWS)
    compiled = plan(rules())
    query = compile_query(compiled, binding(), shop.engine.dialect, Outputs.everything(compiled))
    return {row[0]: row[1:] for row in shop.engine.run(query.sql())}


@pytest.mark.parametrize("case", range(len(CASES)), ids=[case[0] for case in CASES])
def test_value(answers: dict[int, tuple[Any, ...]], case: int) -> None:
    _, *expected = CASES[case]
    assert [answers[person][case] for person in (1, 2, 3)] == expected
