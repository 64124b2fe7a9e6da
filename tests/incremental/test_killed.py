"""What is kept is right after a run that died anywhere, and with two runs at once, without
transactions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import duckdb
import pytest
from membership.in_parts import PartsOfDuckDB

from incremental.histories import contents, run
from incremental.streams import Moment
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.python.snapshot import Snapshot
from segue.grammar.parser import parse
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Row

CATALOG = """
lateness: 1d
entity: {name: customer, table: customers, key: id, attributes: {country: string}}
events: {order: {table: orders, key: customer, at: at, properties: {amount: int}}}
"""
RULES = """
segment buyers   { when count(order over last 7d) >= 1 and country == "FR" }
segment spenders { when sum(order.amount over last 20d) >= 30 }
segment big      { when max(order.amount over last 20d) >= 40 }
"""
STEP = 6
"""Statements that a run does more than the one before it."""
START = datetime(2024, 3, 20, 12, tzinfo=UTC)


class Killed(BaseException):
    """The process is no more."""


class Dying(PartsOfDuckDB):
    """Does so many statements, and then nothing any more."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, statements: int) -> None:
        super().__init__(connection)
        self.left = statements

    def execute_text(self, text: str) -> list[Row]:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return super().execute_text(text)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        people = "SELECT i AS id, 'FR' AS country FROM range(40) t(i)"
        connection.execute(f"CREATE TABLE customers AS {people}")
        connection.execute(
            """CREATE TABLE orders AS SELECT i * 7 % 40 AS customer, i % 23 AS amount,
                 TIMESTAMP '2024-06-01' - INTERVAL (i * 9) HOUR AS "at" FROM range(400) t(i)"""
        )
        yield connection


def moment(day: int) -> Moment:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], catalog).plan
    assert plan is not None
    at = to_microseconds(START + timedelta(days=day))
    return Moment({}, plan, Binding(at, ZoneInfo("UTC")), catalog)


def check(connection: duckdb.DuckDBPyConnection, day: int) -> None:
    """A run of a day leaves what full ones leave in a schema of their own."""
    warehouse = PartsOfDuckDB(connection.cursor())
    assert run(warehouse, moment(day), "part", full=False).extent.incremental or day == 0
    # A run that was killed when it was published counts.
    while last_run(connection, "full") < last_run(connection, "part"):
        run(PartsOfDuckDB(connection.cursor()), moment(day), "full", full=True)
    found, expected = contents(warehouse, "part"), contents(warehouse, "full")
    assert found == expected


def last_run(connection: duckdb.DuckDBPyConnection, schema: str) -> int:
    store = Store(PartsOfDuckDB(connection.cursor()), schema)
    return store.last_run()[0] if store.exists() else 0


def test_a_run_that_is_killed_after_any_statement_is_simply_run_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    check(connection, 0)
    for day in count(1):
        dying = Dying(connection.cursor(), STEP * day)
        try:
            run(dying, moment(day), "part", full=False)
        except Killed:
            check(connection, day)
        else:
            break
    assert day > 7


def test_of_two_runs_at_once_one_counts_and_the_next_goes_on_from_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    def overtaken() -> Snapshot | None:
        check(connection, 1)
        return None

    check(connection, 0)
    with pytest.raises(Refusal, match="another run has finished while this one was at work"):
        run(PartsOfDuckDB(connection), moment(1), "part", full=False, survey=overtaken)
    check(connection, 2)
