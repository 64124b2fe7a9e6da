"""Rules over the aggregates that go on from what is kept.

Random rules seldom have two of them over the same rows, so histories have these as well.
"""

from random import Random

from parity.generate.catalogs import is_wild

from segue.compiler.catalog.model import Catalog
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.parser import parse

PICKING, ADDING = ("max", "min", "last", "first"), ("count", "sum")
WINDOWS = (
    "ever",
    "last 1d",
    "last 7d",
    "last 30d",
    "7d ago to 1d ago",
    "this month",
    "last 2 calendar weeks",
    "previous 1 calendar month",
    "since 2018-02-01",
)


def segments(random: Random, catalog: Catalog, count: int) -> tuple[ast.Item, ...]:
    """Segments that compare two aggregates of the same values with one another."""
    text = "\n".join(
        f"segment kept_{number} {{ when {_condition(random, catalog)} }}" for number in range(count)
    )
    parsed = parse(text, "kept.seg")
    assert not parsed.diagnostics, text
    return parsed.module.items


def _condition(random: Random, catalog: Catalog) -> str:
    event = catalog.events[random.choice(list(catalog.events))]
    values = {name: p.type.kind for name, p in event.properties.items()} | {"at": Kind.TIMESTAMP}
    value = random.choice((*values, *("at",) * 3))
    kind = values[value]
    functions = [f for f in (*PICKING, *ADDING) if kind in AGGREGATES[f].kinds]
    if kind is Kind.BOOL:
        functions.remove("count")  # It is written as a filter.
    if is_wild(value) and "sum" in functions:
        functions.remove("sum")  # It would leave 64 bits.
    wheres = [f" where {n} is not missing" for n in values if n != "at"]
    wheres += [f" where {n}" for n in values if values[n] is Kind.BOOL]
    one = random.choice(functions)
    # Both of one type.
    other = random.choice([f for f in functions if f in PICKING]) if one in PICKING else one
    left, right = (
        f"{function}({event.name}.{value}"
        f"{random.choice(wheres) if random.randrange(3) == 0 and wheres else ''}"
        f" over {random.choice(WINDOWS)})"
        for function in (one, other)
    )
    ordered = one in ADDING or kind not in (Kind.BOOL, Kind.ENUM)
    return f"{left} {random.choice(('>=', '<', '==') if ordered else ('==', '!='))} {right}"
