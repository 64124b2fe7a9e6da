"""The query of a run: for each entity, its key and the words that hold its flags."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.statements import WORD_BITS, compile_flags
from segue.runtime.lifecycles.flags import NO_FLAGS, Flags
from segue.runtime.membership.slots import Layout

WordsQuery = Callable[[Layout], exp.Query]
"""A query with a row for each entity: `key`, then `word_0` to the last word of the layout, then
the columns of further flags."""


def word_name(word: int) -> str:
    """The column of a word."""
    return f"word_{word}"


def words_query(
    plan: Plan, binding: Binding, dialect_name: str, further: Flags = NO_FLAGS
) -> WordsQuery:
    """The query of a ruleset at an instant, once the places of its segments are known."""

    def query(layout: Layout) -> exp.Query:
        placed = {slot.number: plan.segments[slot.segment].expr for slot in layout.active}
        return some_words(plan, binding, dialect_name, layout.words, placed, further)

    return query


def some_words(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    words: int,
    placed: Mapping[int, Expr],
    further: Flags,
    chosen: Chosen | None = None,
    given: Given | None = None,
) -> exp.Query:
    """The query of a run for the conditions at some places; all other bits of its words are 0.

    Of all entities, or of those chosen; from what is given of them.
    """
    roots: list[Expr | None] = [*map(placed.get, range(words * WORD_BITS)), *further.conditions]
    compiled = compile_flags(plan, binding, dialect_name, roots, chosen, given)
    names = ("key", *map(word_name, range(words)), *further.columns)
    items = [
        exp.alias_(exp.column(given, quoted=True), name, quoted=True)
        for given, name in zip(compiled.columns, names, strict=True)
    ]
    return exp.select(*items).from_(compiled.expression.subquery("words", copy=False))
