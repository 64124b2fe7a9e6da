"""The query of a run: for each entity, its key and the words that hold its flags."""

from collections.abc import Callable
from functools import reduce

from sqlglot import exp

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import header, prepare
from segue.runtime.membership.slots import Layout, Slot

WordsQuery = Callable[[Layout], exp.Query]
"""A query with a row for each entity: `key`, then `word_0` to the last word of the layout."""


def word_name(word: int) -> str:
    """The column of a word."""
    return f"word_{word}"


def words_query(plan: Plan, binding: Binding, dialect_name: str) -> WordsQuery:
    """The query of a ruleset at an instant, once the places of its segments are known."""

    def query(layout: Layout) -> exp.Query:
        slots = layout.active
        roots = [plan.segments[slot.segment].expr for slot in slots]
        prepared = prepare(plan, binding, dialect(dialect_name), roots)

        def flag(slot: Slot) -> exp.Expr:
            condition = prepared.condition(plan.segments[slot.segment].expr)
            number = exp.Literal.number(slot.flag)
            return exp.Case(
                ifs=[exp.If(this=condition, true=number)], default=exp.Literal.number(0)
            )

        items = [exp.alias_(exp.column(prepared.key, quoted=True), "key", quoted=True)]
        for word in range(layout.words):
            flags = [flag(slot) for slot in slots if slot.word == word]
            total = reduce(_add, flags) if flags else exp.Literal.number(0)
            items.append(exp.alias_(total, word_name(word), quoted=True))
        return prepared.finish(prepared.select(*items), header(binding))

    return query


def _add(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.Add(this=left, expression=right)
