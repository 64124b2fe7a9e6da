"""What the engines of SQL share: the query, its outputs, and rows turned into answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from parity.case import Case
from parity.engines.base import Answers, normal, outputs
from segue.compiler.plan.nodes import reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import CompiledQuery, Outputs, compile_query
from segue.compiler.sql.support import refusals


class SqlEngine(Protocol):
    """An engine of SQL: tables go in, rows come out."""

    name: str

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        ...

    def run(self, sql: str) -> Iterable[Sequence[Any]]:
        """The rows that a query gives."""
        ...


def everything(case: Case, engine: str) -> CompiledQuery:
    """The query for all metrics, segments and scores that the engine can compute."""
    plan = case.plan
    segments = possible(plan, engine, plan.segments)
    metrics = possible(plan, engine, plan.metrics)
    wanted = Outputs(metrics=metrics, segments=segments, scores=segments)
    return compile_query(plan, case.binding, engine, wanted)


def possible(plan: Plan, engine: str, definitions: Mapping[str, Definition]) -> tuple[str, ...]:
    """The definitions that an engine can compute."""
    target = dialect(engine)
    return tuple(
        name
        for name, found in definitions.items()
        if not any(refusals(plan, target, reachable([found.expr])))
    )


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
