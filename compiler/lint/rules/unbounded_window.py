"""The whole history of a big event.

What it does:
    Finds aggregates without a window over an event that has very many rows, by the `rows` that the
    catalog says of it.

Why:
    Every run reads all of it, from the first day on, and reads more each day. (A last or first time
    that is only compared with an age is fine: no older event is read than can decide.)

Bad:
    segment explorers "Look around a lot" {
      when count(page_view) >= 50
    }

Good:
    segment explorers "Look around a lot" {
      when count(page_view over last 30d) >= 50
    }

Options:
    rows: from how many rows on an event is big
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.operators.aggregates import AGGREGATES
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    big = {event: rows for event in context.catalog.events if (rows := _rows(context, event))}
    least = context.option(RULE, "rows")
    for call in context.nodes(ast.Call) if big else ():
        name = call.arguments[0] if call.function in _WHOLE and call.arguments else None
        event = name.parts[0] if isinstance(name, ast.Name) else ""
        window = call.selection.window if call.selection else None
        unbounded = window is None or isinstance(window, ast.EverWindow)
        if unbounded and big.get(event, 0) >= least:
            yield Hit(
                call.span,
                f"this reads every `{event}` there ever was: {big[event]:,} rows and more",
                label="no window",
                help="say how far back it matters: `over last 365d`",
            )


# The first and the last event are found without reading all where their age is compared.
_WHOLE = AGGREGATES.keys() - {"first", "last", "min", "max"}


def _rows(context: Context, event: str) -> int:
    return sum(member.rows or 0 for member in context.catalog.members(event))


RULE = Rule(
    code="SEG501",
    name="unbounded-window",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
    options={"rows": 10_000_000},
)
