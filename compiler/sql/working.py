"""A query whose shared steps are tables of a session, made one after the other before it.

Some engines compute a step of WITH anew wherever it is read, and take longer to plan a deep query
than to run it. There a run makes these tables first, reads them, and drops them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

TableOf = Callable[[str], exp.Table]
"""The table of a session for a step of this name."""


@dataclass(frozen=True, slots=True)
class WorkingTable:
    """A table, and the query of its rows."""

    table: exp.Table
    query: exp.Query


def needed(query: exp.Query, steps: dict[str, exp.Query]) -> dict[str, exp.Query]:
    """The steps that a query reads, those that they read themselves before them, as copies."""
    wanted = _read(query, steps)
    for name in reversed(steps):
        if name in wanted:
            wanted |= _read(steps[name], steps)
    return {name: step.copy() for name, step in steps.items() if name in wanted}


def _read(query: exp.Query, steps: Mapping[str, exp.Query]) -> set[str]:
    return {table.name for table in query.find_all(exp.Table) if table.name in steps}
