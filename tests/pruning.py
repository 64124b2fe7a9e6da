"""Between which instants a statement reads a table, as an engine with partitions can tell.

Such an engine skips what lies outside of constants that the column of the time is compared with,
in conditions that stand beside one another with AND.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlglot import exp

LATER = (exp.GT, exp.GTE)
EARLIER = (exp.LT, exp.LTE)


class Read(NamedTuple):
    """One place of a statement that reads a table. None is for no bound; `none` are rows without
    a time, which are a partition of their own."""

    after: datetime | None = None
    until: datetime | None = None
    none: bool = False


def reads(statement: exp.Expr, table: str, column: str) -> list[Read]:
    """What each place of a statement reads of a table."""
    return [
        _read(found, column)
        for found in statement.find_all(exp.Table)
        if found.name == table and isinstance(found.parent, (exp.From, exp.Join))
    ]


def _read(table: exp.Table, column: str) -> Read:
    select = table.find_ancestor(exp.Select)
    where = None if select is None else select.args.get("where")
    found = Read()
    for condition in [] if where is None else _together(where.this):
        compared = condition.this
        if not isinstance(compared, exp.Column) or compared.name != column:
            continue
        if isinstance(condition, exp.Is):
            found = found._replace(none=True)
        elif (instant := _constant(condition.expression)) is not None:
            if isinstance(condition, LATER):
                found = found._replace(after=max(found.after or instant, instant))
            elif isinstance(condition, EARLIER):
                found = found._replace(until=min(found.until or instant, instant))
    return found


def _together(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that are all true of a row."""
    if isinstance(condition, exp.Paren):
        yield from _together(condition.this)
    elif isinstance(condition, exp.And):
        yield from _together(condition.left)
        yield from _together(condition.right)
    else:
        yield condition


def _constant(value: exp.Expr | None) -> datetime | None:
    if not isinstance(value, exp.Cast) or not isinstance(value.this, exp.Literal):
        return None
    return datetime.fromisoformat(value.this.name).replace(tzinfo=None)
