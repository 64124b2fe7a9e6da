"""Members, scores, words, tables and views of the same segments agree in every engine."""

from typing import Any

import pytest

from segue.compiler.sql.query import SCORE_SUFFIX, Outputs, compile_query
from segue.compiler.sql.statements import (
    WORD_BITS,
    compile_members,
    compile_script,
    compile_views,
)
from sql.shop import Rows, Shop, ago, binding, plan, segment_words

RULES = """
metric orders = count(order over last 30d)
metric quiet = age(last(view.at))
segment buyer { when orders >= 4 and logins > 10 }
segment recent { when quiet <= 7d or quiet < 2h }
segment not_recent { when not (quiet <= 7d) }
segment cheap { when credit < 5.0 }
segment both { when in buyer or in cheap }
segment negative { when logins >= -5 }
segment chosen { when if staff then orders >= 4 else plan == "pro" }
"""
ROWS: Rows = {
    "people": [
        {"person_id": 1, "logins": 20, "credit": 10, "staff": True},
        {"person_id": 2, "logins": 5, "credit": 4, "plan": "pro"},
        {"person_id": 3, "logins": -8},
    ],
    "orders": [
        {"order_id": n, "person_id": 1 + n % 2, "placed_at": ago(f"{n}d")} for n in range(8)
    ],
    "clicks": [
        {"click_id": "a", "person_id": 1, "happened_at": ago("7d"), "kind": "view"},
        {"click_id": "b", "person_id": 2, "happened_at": ago("8d"), "kind": "view"},
    ],
}
MEMBERS = {
    "buyer": {1},
    "recent": {1},
    "not_recent": {2, 3},
    "cheap": {2},
    "both": {1, 2},
    "negative": {1, 2},
    "chosen": {1, 2},
}
SCORES = {
    "buyer": (1.0, (1.0 + 5 / 10) / 2, 0.0),
    "recent": (1.0, 7 / 8, 0.0),
    "not_recent": (0.0, 1.0, 1.0),
    "cheap": (500 / 1000, 1.0, 0.0),
    "both": (1.0, 1.0, 0.0),
    "negative": (1.0, 1.0, 0.0),
    "chosen": (1.0, 1.0, 0.0),
}
NAMES = tuple(MEMBERS)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    shop.fill(ROWS)
    return shop


def test_members_and_scores(filled: Shop) -> None:
    outputs = Outputs(segments=NAMES, scores=NAMES)
    query = compile_query(plan(RULES), binding(), filled.engine.dialect, outputs)
    rows = filled.engine.run(query.sql())
    found = [dict(zip(query.columns, row, strict=True)) for row in rows]
    members = {name: {row["person_id"] for row in found if row[name]} for name in NAMES}
    assert members == MEMBERS
    by_person = {row["person_id"]: row for row in found}
    scores = {
        name: tuple(by_person[person][name + SCORE_SUFFIX] for person in (1, 2, 3))
        for name in NAMES
    }
    # Doubles, to the last bit.
    assert scores == SCORES


def test_reading_less_changes_no_members(filled: Shop) -> None:
    """Segments alone let windows be narrowed; with every metric beside them none can."""
    compiled = plan(RULES)
    wide = Outputs(tuple(compiled.metrics), NAMES)
    for outputs in (Outputs(segments=NAMES), wide):
        query = compile_query(compiled, binding(), filled.engine.dialect, outputs)
        rows = [
            dict(zip(query.columns, row, strict=True)) for row in filled.engine.run(query.sql())
        ]
        assert {n: {r["person_id"] for r in rows if r[n]} for n in NAMES} == MEMBERS


def test_words(filled: Shop) -> None:
    # More segments than fit in one word.
    more = "".join(f"segment s{i} {{ when logins == {i % 7} }}\n" for i in range(70))
    names = (*(f"s{i}" for i in range(70)), *NAMES)
    query = segment_words(plan(RULES + more), filled.engine.dialect, names)
    assert query.columns == ("person_id", "word_0", "word_1")
    found: dict[str, set[Any]] = {name: set() for name in names}
    for key, *words in filled.engine.run(query.sql()):
        for i, name in enumerate(names):
            if words[i // WORD_BITS] >> (i % WORD_BITS) & 1:
                found[name].add(key)
    assert {name: found[name] for name in NAMES} == MEMBERS
    assert all(found[f"s{i}"] == ({2} if i % 7 == 5 else set()) for i in range(70))


def test_long_members(filled: Shop) -> None:
    query = compile_members(plan(RULES), binding(), filled.engine.dialect, NAMES)
    rows = filled.engine.run(query.sql())
    assert set(rows) == {(name, person) for name in NAMES for person in MEMBERS[name]}
    assert len(rows) == len(set(rows))


def test_script_makes_the_table_anew(filled: Shop) -> None:
    script = compile_script(
        plan(RULES), binding(), filled.engine.dialect, Outputs(segments=NAMES), table="members"
    )
    for _ in range(2):
        for statement in script.sql().split(";\n"):
            if statement.strip():
                filled.engine.run(statement)
    rows = filled.engine.run('SELECT "segment", "person_id" FROM "members"')
    assert set(rows) == {(name, person) for name in NAMES for person in MEMBERS[name]}


def test_views(filled: Shop) -> None:
    script = compile_views(plan(RULES), binding(), filled.engine.dialect, NAMES, prefix="in_")
    for statement in script.sql().split(";\n"):
        if statement.strip():
            filled.engine.run(statement)
    for name in NAMES:
        rows = filled.engine.run(f'SELECT "person_id" FROM "in_{name}"')
        assert {row[0] for row in rows} == MEMBERS[name]
