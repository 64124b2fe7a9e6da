"""The query of a run: for each entity, its key and the words that hold its flags."""

from collections.abc import Callable

from sqlglot import exp

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.statements import WORD_BITS, compile_words
from segue.runtime.membership.slots import Layout

WordsQuery = Callable[[Layout], exp.Query]
"""A query with a row for each entity: `key`, then `word_0` to the last word of the layout."""


def word_name(word: int) -> str:
    """The column of a word."""
    return f"word_{word}"


def words_query(plan: Plan, binding: Binding, dialect_name: str) -> WordsQuery:
    """The query of a ruleset at an instant, once the places of its segments are known."""

    def query(layout: Layout) -> exp.Query:
        placed = {slot.number: slot.segment for slot in layout.active}
        segments = [placed.get(number) for number in range(layout.words * WORD_BITS)]
        compiled = compile_words(plan, binding, dialect_name, segments)
        names = ("key", *(word_name(word) for word in range(layout.words)))
        items = [
            exp.alias_(exp.column(given, quoted=True), name, quoted=True)
            for given, name in zip(compiled.columns, names, strict=True)
        ]
        return exp.select(*items).from_(compiled.expression.subquery("words", copy=False))

    return query
