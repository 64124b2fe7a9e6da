"""A statement stays within the limits of its engine, or is refused."""

import sqlite3
from contextlib import closing
from unittest.mock import patch

import pytest
import sqlglot
from sqlglot import exp

from segue.compiler.sql.dialects.registry import DIALECTS, dialect
from segue.compiler.sql.limits import TITLES, Limit, Limits, measure
from segue.compiler.sql.query import Outputs, compile_query, generate
from segue.compiler.sql.statements import (
    compile_members,
    compile_members_in_parts,
    compile_script,
)
from segue.grammar.diagnostics import SegueError
from sql.shop import Shop, ago, binding, plan

SEGMENTS = 40
RULES = "\n".join(
    f"segment s{number} {{ when count(order over last {number + 1}d) >= {number} }}"
    for number in range(SEGMENTS)
)


def limited(name: str, **limits: int) -> object:
    """The dialect with other limits."""
    made = Limits(**{what: Limit(most, "the test") for what, most in limits.items()})
    return patch.object(type(dialect(name)), "limits", made)


def test_members_are_written_in_as_many_statements_as_it_takes() -> None:
    compiled = plan(RULES)
    names = tuple(compiled.segments)
    whole = compile_members(compiled, binding(), "athena", names).sql(pretty=False)
    with limited("athena", size=len(whole) // 3):
        parts = compile_members_in_parts(compiled, binding(), "athena", names)
        assert len(parts) == 4
        assert all(len(part.sql()) <= len(whole) // 3 for part in parts)


def test_a_script_fills_its_table_in_parts(shop: Shop) -> None:
    compiled, name = plan(RULES), shop.engine.dialect
    orders = [{"person_id": 1, "placed_at": ago(f"{day}d")} for day in range(0, 30, 2)]
    shop.fill({"people": [{"person_id": 1}, {"person_id": 2}], "orders": orders})
    with limited(name, size=5_000):
        script = compile_script(compiled, binding(), name, Outputs.everything(compiled))
        texts = [generate(statement, name, pretty=False) for statement in script.statements]
    _drop, create, *inserts = script.statements
    assert isinstance(create, exp.Create)
    assert len(inserts) >= 3
    for text in texts:
        shop.engine.run(text)
    whole = compile_members(compiled, binding(), name, tuple(compiled.segments)).sql()
    filled = shop.engine.run('SELECT * FROM "segments"')
    assert sorted(filled) == sorted(shop.engine.run(whole))
    assert len(filled) > 2
    shop.engine.run('DROP TABLE "segments"')


def test_a_script_computes_a_segment_that_is_too_large_in_steps(shop: Shop) -> None:
    counts = [f"count(order over last {days}d)" for days in range(1, SEGMENTS)]
    either = " or ".join(f"{count} >= {n + 3}" for n, count in enumerate(counts))
    compiled, name = plan(f"segment s {{ when {either} }}"), shop.engine.dialect
    orders = [{"person_id": 1, "placed_at": ago(f"{day}d")} for day in range(5)]
    shop.fill({"people": [{"person_id": 1}, {"person_id": 2}], "orders": orders * 2})
    with limited(name, size=4_000):
        with pytest.raises(SegueError):
            compile_members(compiled, binding(), name, ("s",)).sql()
        script = compile_script(compiled, binding(), name, Outputs(segments=("s",)))
        texts = [generate(statement, name, pretty=False) for statement in script.statements]
    assert max(map(len, texts)) <= 4_000
    before = shop.engine.run(TABLES[name])
    for text in texts:
        shop.engine.run(text)
    assert shop.engine.run('SELECT * FROM "segments"') == [("s", 1)]
    shop.engine.run('DROP TABLE "segments"')
    assert shop.engine.run(TABLES[name]) == before


TABLES = {
    "duckdb": "SELECT COUNT(*) FROM duckdb_tables()",
    "sqlite": "SELECT COUNT(*) FROM sqlite_master",
    "postgres": "SELECT COUNT(*) FROM pg_tables",
}


def test_a_form_of_one_statement_is_refused_where_it_is_too_large() -> None:
    compiled = plan(RULES)
    query = compile_query(compiled, binding(), "trino", Outputs.everything(compiled))
    with limited("trino", columns=SEGMENTS), pytest.raises(SegueError) as refused:
        query.sql()
    (found,) = refused.value.diagnostics
    assert found.code == "SEG096"
    assert found.message == "the statement has 41 columns, and Trino takes 40 at most"
    assert "the test" in str(found.help)


def test_a_statement_that_fits_only_without_its_layout_has_none() -> None:
    compiled = plan(RULES)
    query = compile_query(compiled, binding(), "trino", Outputs.everything(compiled))
    with limited("trino", size=len(query.sql()) - 1):
        assert query.sql().count("\n") == 0


def test_a_union_has_no_more_queries_than_an_engine_joins() -> None:
    compiled = plan(RULES)
    with limited("postgres", branches=15):
        query = compile_members(compiled, binding(), "postgres", tuple(compiled.segments))
        assert measure(query.expression).branches == 15
        assert query.sql().count("UNION ALL") == SEGMENTS - 1


@pytest.mark.parametrize(
    ("text", "columns", "branches"),
    [
        ("SELECT 1, 2", 2, 0),
        ("WITH a AS (SELECT 1, 2, 3 FROM t) SELECT *, 4 FROM a", 4, 0),
        ("SELECT * FROM (SELECT 1, 2 FROM t) AS a", 2, 0),
        ("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", 1, 3),
    ],
)
def test_what_a_statement_has_is_counted(text: str, columns: int, branches: int) -> None:
    found = measure(sqlglot.parse_one(text))
    assert (found.columns, found.branches) == (columns, branches)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_limit_says_where_it_is_from(name: str) -> None:
    limits = dialect(name).limits
    for what in TITLES:
        limit = getattr(limits, what)
        assert limit is None or (limit.most > 0 and len(limit.source) > 10)


def test_a_chain_of_thousands_of_conditions_is_no_deep_expression() -> None:
    terms = " or ".join(f"(logins == {n} and staff)" for n in range(2_000))
    compiled = plan(f"segment s {{ when {terms} }}")
    query = compile_query(compiled, binding(), "sqlite", Outputs(segments=("s",)))
    assert measure(query.expression).depth < 150
    assert query.sql().count(" = ") == 2_000


def test_as_many_steps_and_joins_as_an_engine_takes() -> None:
    modes = "\n".join(
        f'segment s{n} {{ when mode(order.sku over last {n + 1}d) == "a" }}' for n in range(30)
    )
    compiled = plan(modes)
    names = tuple(compiled.segments)
    parts = compile_members_in_parts(compiled, binding(), "mysql", names)
    found = [measure(part.expression) for part in parts]
    assert len(found) > 1
    assert all(part.steps <= 64 and part.tables <= 61 for part in found)


def test_sqlite_takes_what_is_said_of_it() -> None:
    limits = dialect("sqlite").limits
    said = {
        sqlite3.SQLITE_LIMIT_SQL_LENGTH: limits.size,
        sqlite3.SQLITE_LIMIT_COLUMN: limits.columns,
        sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: limits.branches,
        sqlite3.SQLITE_LIMIT_EXPR_DEPTH: limits.depth,
    }
    with closing(sqlite3.connect(":memory:")) as connection:
        for category, limit in said.items():
            assert limit is not None
            assert connection.getlimit(category) >= limit.most


def test_members_of_more_segments_than_sqlite_joins_in_a_union(shop: Shop) -> None:
    limit = dialect("sqlite").limits.branches
    assert limit is not None
    count = limit.most + 1
    compiled = plan("\n".join(f"segment s{n} {{ when logins >= {n} }}" for n in range(count)))
    shop.fill({"people": [{"person_id": 1, "logins": count}, {"person_id": 2}]})
    names = tuple(compiled.segments)
    query = compile_members(compiled, binding(), shop.engine.dialect, names)
    assert {row[0] for row in shop.engine.run(query.sql())} == set(names)
