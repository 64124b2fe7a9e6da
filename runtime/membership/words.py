"""The query of a run: for each entity, its key and the words that hold its flags."""

from collections.abc import Callable

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
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
        numbers = range(layout.words * WORD_BITS)
        roots: list[Expr | None] = [*map(placed.get, numbers), *further.conditions]
        compiled = compile_flags(plan, binding, dialect_name, roots)
        words = (word_name(word) for word in range(layout.words))
        names = ("key", *words, *further.columns)
        items = [
            exp.alias_(exp.column(given, quoted=True), name, quoted=True)
            for given, name in zip(compiled.columns, names, strict=True)
        ]
        return exp.select(*items).from_(compiled.expression.subquery("words", copy=False))

    return query
