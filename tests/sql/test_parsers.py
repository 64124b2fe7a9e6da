"""What is written in a dialect can be read in it: each statement by itself, which is how Athena
takes them."""

from collections.abc import Iterator

import pytest
from sqlglot import parse_one

from segue.compiler.sql.dialects.registry import DIALECTS, dialect
from segue.compiler.sql.query import Outputs, compile_query, generate
from segue.compiler.sql.statements import (
    compile_members,
    compile_script,
    compile_views,
)
from segue.grammar.diagnostics import SegueError
from sql.shop import binding, plan, segment_words
from sql.test_golden import RULES


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("rules", RULES)
def test_every_statement_is_read_by_the_parser_of_its_dialect(name: str, rules: str) -> None:
    try:
        written = list(statements(name, rules))
    except SegueError:
        return  # No SQL is written for what an engine cannot do.
    assert len(written) >= 5
    for text in written:
        assert parse_one(text, read=dialect(name).sqlglot)


def statements(name: str, rules: str) -> Iterator[str]:
    compiled, at = plan(RULES[rules]), binding()
    segments, everything = tuple(compiled.segments), Outputs.everything(compiled)
    for query in (
        compile_query(compiled, at, name, everything),
        compile_members(compiled, at, name, segments),
        segment_words(compiled, name),
    ):
        yield query.sql()
    for script in (
        compile_script(compiled, at, name, everything),
        compile_views(compiled, at, name, segments),
    ):
        for statement in script.statements:
            yield generate(statement, name, pretty=True)
