"""Rows that are gone, named by a part of their own.

To take a few rows out of a large table is to write all others anew. So what tells those rows apart
becomes a part, and whoever reads the table leaves out the rows of the parts before it.
"""

from collections.abc import Callable, Sequence
from functools import reduce

from sqlglot import exp

from segue.runtime.warehouse.parts.manifest import Column, Kept
from segue.runtime.warehouse.parts.rewriting import named, tests_of

PartOf = Callable[[str], exp.Table]
"""A part to read from, by its name."""
_NUMBER, _ROWS, _GONE = "segue_number", "segue_rows", "segue_gone"


def found_by(delete: exp.Delete, columns: Sequence[Column]) -> tuple[exp.Select, list[str]] | None:
    """What a `DELETE` looks for: a query without repetitions, and the columns that it compares.

    None of a condition that is no search in queries, that compares what may be NULL, or of which no
    search compares all columns.
    """
    tests = tests_of(delete)
    if tests is None:
        return None
    widest = max(tests, key=lambda test: len(test.columns))
    required = {column.name for column in columns if column.required}
    if not required.issuperset(widest.columns):
        return None
    if any(not set(widest.columns).issuperset(test.columns) for test in tests):
        return None
    names = list(widest.columns)
    rows = exp.select(*names).distinct()
    rows = rows.from_(named(widest.query, names).subquery("found", copy=False))
    others = [test.condition.copy() for test in tests if test is not widest]
    return rows.where(*others, copy=False) if others else rows, names


def left(table: Kept, part_of: PartOf) -> exp.Select:
    """The rows of a table that are not gone."""
    parts: list[exp.Query] = [
        exp.select(exp.Star(), _numbered(number)).from_(part_of(part))
        for number, part in enumerate(table.parts)
    ]
    names = list(dict.fromkeys(name for gone in table.erased for name in gone.columns))
    assert all(set(gone.columns) == set(names) for gone in table.erased)
    gone: list[exp.Query] = [
        exp.select(*names, _numbered(erased.before)).from_(part_of(erased.part))
        for erased in table.erased
    ]
    latest = exp.alias_(exp.Max(this=exp.column(_NUMBER)), _NUMBER)
    once = exp.select(*(exp.alias_(exp.column(name), f"{_GONE}_{name}") for name in names), latest)
    once = once.from_(reduce(_union_all, gone).subquery(_GONE, copy=False)).group_by(*names)
    same = [exp.column(name, _ROWS).eq(exp.column(f"{_GONE}_{name}", _GONE)) for name in names]
    items = [exp.alias_(exp.column(c.name, _ROWS), c.name) for c in table.columns]
    rows = exp.select(*items).from_(reduce(_union_all, parts).subquery(_ROWS, copy=False))
    rows = rows.join(once.subquery(_GONE, copy=False), on=exp.and_(*same), join_type="left")
    # Where nothing is found, an engine may say 0 in place of NULL.
    before = exp.func("COALESCE", exp.column(_NUMBER, _GONE), exp.Literal.number(0))
    return rows.where(exp.GTE(this=exp.column(_NUMBER, _ROWS), expression=before), copy=False)


def _numbered(number: int) -> exp.Expr:
    return exp.alias_(exp.cast(exp.Literal.number(number), "BIGINT"), _NUMBER)


def _union_all(one: exp.Query, other: exp.Query) -> exp.Query:
    return exp.union(one, other, distinct=False, copy=False)
