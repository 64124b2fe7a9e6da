"""What the engines of SQL share: the query, its outputs, and rows turned into answers."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from parity.case import Case
from parity.engines.base import Answers, normal, outputs
from segue.compiler.sql.query import CompiledQuery, Outputs, compile_query


class SqlEngine(Protocol):
    """An engine of SQL: tables go in, rows come out."""

    name: str

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        ...

    def run(self, sql: str) -> Iterable[Sequence[Any]]:
        """The rows that a query gives."""
        ...


def everything(case: Case, dialect: str) -> CompiledQuery:
    """The query for all metrics, segments and scores."""
    segments = tuple(case.plan.segments)
    wanted = Outputs(metrics=tuple(case.plan.metrics), segments=segments, scores=segments)
    return compile_query(case.plan, case.binding, dialect, wanted)


def ask(engine: SqlEngine, case: Case) -> Answers:
    """The answers for every entity."""
    engine.load(case)
    query = everything(case, engine.name)
    return answers(case, query.columns, engine.run(query.sql(pretty=False)))


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
