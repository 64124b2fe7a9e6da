"""The engines that take long to install or to start agree with the plan too.

Not among the ordinary tests, by its name; docs/warehouses.md says how all such tests are run. The
default run compares at least 100,000 values on each engine:

    python -m pytest tests/parity/heavy.py

A longer run, different each time, is had with SEGUE_PARITY_EXAMPLES=1000. Some run as they are;
others have no engine that could be had, so that their SQL is run by a relative:

    clickhouse, bigquery, spark   the engine itself (Spark needs Java 17), Google's evaluator
    mysql                         a MariaDB of the machine's own (`tests/mariadb.py`)
    snowflake                     fakesnow, which is DuckDB behind Snowflake's driver
    redshift                      Postgres
    trino                         DuckDB

What is not there is skipped, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import java
import mariadb
import pytest

from parity.case import Case
from parity.engines.base import Engine
from parity.engines.forms import Forms
from parity.engines.reference import Reference
from parity.generate.cases import cases
from parity.test_parity import ENOUGH, EXAMPLES, search
from parity.test_regressions import documents, holds
from parity.verdict import COMPARISONS
from parity.written import load_case

ENTITIES = 275
"""Of each case: these engines take as long for many as for few."""


def as_is(case: Case) -> Case:
    """The case itself."""
    return case


def within_timestamps(case: Case) -> Case:
    """The case with instants that MySQL can hold."""
    from parity.engines.mysql import within_timestamps

    return within_timestamps(case)


def nothing() -> None:
    """Nothing is missing."""


@dataclass(frozen=True)
class Heavy:
    """An engine, what it needs, and the cases it can be given."""

    engine: str
    package: str
    fitted: Callable[[Case], Case] = as_is
    missing: Callable[[], str | None] = nothing
    """Why the program that the package needs is not on this machine."""
    forms: int = 5
    """How many cases are asked in all forms, which differ little from engine to engine."""


ENGINES = {
    "clickhouse": Heavy("ClickHouse", "chdb", forms=10),  # It runs with working tables.
    "bigquery": Heavy("BigQuery", "zetasql"),
    "spark": Heavy("Spark", "pyspark", missing=java.missing),
    "mysql": Heavy("MySQL", "pymysql", within_timestamps, mariadb.missing),
    "snowflake": Heavy("Snowflake", "fakesnow"),
    "redshift": Heavy("Redshift", "psycopg"),
    "trino": Heavy("Trino", "duckdb"),
}


@cache
def started(name: str) -> Engine:
    """An engine, started when a test first asks for it."""
    heavy = ENGINES[name]
    if find_spec(heavy.package) is None:
        pytest.skip(f"{heavy.package} is not installed")
    if absent := heavy.missing():
        pytest.skip(absent)
    engine: Engine = getattr(import_module(f"parity.engines.{name}"), heavy.engine)()
    return engine


@pytest.mark.parametrize("name", ENGINES)
def test_the_engine_agrees_with_the_plan(name: str) -> None:
    engine, fitted = started(name), ENGINES[name].fitted
    search([Reference(), engine], cases(variant=2, entities=ENTITIES).map(fitted), examples=32)
    assert EXAMPLES or COMPARISONS[name] >= ENOUGH
    few = cases(variant=3, entities=ENTITIES).map(fitted)
    search([Reference(), Forms(engine)], few, examples=ENGINES[name].forms)


@pytest.mark.parametrize("name", ENGINES)
def test_what_was_ever_found_is_right_on_the_engine(name: str) -> None:
    for given in documents():
        [document] = given.values
        # What an engine cannot do, it does not answer.
        holds(load_case(document), document["expect"], started(name), partial=True)


def test_spark_agrees_with_the_plan_where_it_compiles_too() -> None:
    started("spark")
    from parity.engines.spark import COMPILED, INTERPRETED, Spark

    try:
        # Fewer people: what is compiled stays in the memory of the session.
        compiling = cases(variant=4, entities=100)
        search([Reference(), Spark(COMPILED)], compiling, examples=5)
    finally:
        # One session for all tests of a process.
        Spark(INTERPRETED)
