"""What the engines of SQL share: the query, its outputs, and rows turned into answers."""

from collections.abc import Iterable, Sequence
from typing import Any

from parity.case import Case
from parity.engines.base import Answers, normal, outputs
from parity.tables import Row, Table
from segue.compiler.sql.query import Outputs, compile_query


def statement(
    case: Case, dialect: str, *, members_only: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The query for everything, and the names of its columns, the key first."""
    plan = case.plan
    segments = tuple(plan.segments)
    wanted = Outputs(metrics=tuple(plan.metrics), segments=segments, scores=segments)
    if members_only:
        wanted = Outputs(segments=segments)
    query = compile_query(plan, case.binding, dialect, wanted)
    return query.sql(pretty=False), query.columns


def answers(case: Case, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Answers:
    """The rows of a result by column and entity."""
    types = outputs(case.plan)
    found: Answers = {name: {} for name in columns[1:]}
    for key, *values in rows:
        for name, value in zip(columns[1:], values, strict=True):
            found[name][key] = normal(value, types[name])
    return found


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def values(table: Table, row: Row) -> list[Any]:
    """A row in the order of the table's columns."""
    return [row[column] for column in table.columns]
