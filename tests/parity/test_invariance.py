"""What may not change an answer: the order of rows, the future, and narrower windows."""

from dataclasses import replace
from random import Random

import pytest

from parity.case import Case, Tables
from parity.compare import differences
from parity.engines.base import Engine
from parity.engines.duckdb import DuckDB
from parity.engines.python import Evaluator
from parity.engines.reference import Reference, read_moment
from parity.generate.cases import case
from parity.generate.rulesets import Tally
from parity.written import write_case
from segue.compiler.plan.demand import narrow

CASES = range(1_000_000, 1_000_040)


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    return [Evaluator(), DuckDB()]


def made(seed: int) -> Case:
    return case(Random(seed), Tally(), entities=40, definitions=10)


def with_tables(given: Case, tables: Tables) -> Case:
    changed = replace(given, tables=tables)
    changed.__dict__["plan"] = given.plan
    return changed


@pytest.mark.parametrize("seed", CASES)
def test_the_order_of_rows_does_not_matter(seed: int, engines: list[Engine]) -> None:
    given = made(seed)
    shuffled = {
        name: replace(table, rows=Random(seed).sample(table.rows, len(table.rows)))
        for name, table in given.tables.items()
    }
    same_answers(given, with_tables(given, shuffled), engines)


@pytest.mark.parametrize("seed", CASES)
def test_events_after_as_of_do_not_exist(seed: int, engines: list[Engine]) -> None:
    given = made(seed)
    same_answers(given, with_tables(given, until_as_of(given)), engines)


def test_most_cases_have_events_after_as_of() -> None:
    with_a_future = sum(until_as_of(given) != given.tables for given in map(made, CASES))
    assert with_a_future > len(CASES) / 2


def until_as_of(given: Case) -> Tables:
    """The tables of a case without later events."""
    times = {
        event.table.name: event.at.name
        for name in given.catalog.events
        for event in given.catalog.members(name)
    }
    # Without their row, entities would have no answer at all: one that is an event too stays,
    # also if that event is still to come.
    times.pop(given.catalog.entity.table.name, None)
    tables = dict(given.tables)
    for name, column in times.items():
        rows = [
            row
            for row in tables[name].rows
            if (at := read_moment(row[column])) is not None and at <= given.binding.as_of
        ]
        tables[name] = replace(tables[name], rows=rows)
    return tables


def same_answers(given: Case, other: Case, engines: list[Engine]) -> None:
    for engine in engines:
        answers = {"before": engine.evaluate(given), "after": engine.evaluate(other)}
        assert not differences(answers), f"{engine.name}\n{write_case(given, 'changed')}"


def test_narrower_windows_have_the_same_members() -> None:
    narrowed = 0
    judge = Reference()
    for seed in range(2_000_000, 2_000_500):
        given = made(seed)
        roots = {name: segment.expr for name, segment in given.plan.segments.items()}
        found = narrow(given.plan.graph, list(roots.values()))
        narrowed += len(found.changed) > 0
        if found.changed:
            answers = {
                "before": judge.values(given, roots),
                "after": judge.values(given, dict(zip(roots, found.roots, strict=True))),
            }
            assert not differences(answers), write_case(given, "narrowed")
    assert narrowed >= 20
