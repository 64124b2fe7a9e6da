"""Small tables of a store on Spark are files that are written and read without a job.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import java
import pytest

from segue.runtime.membership.store import Store

pytest.importorskip("pyspark")

NOTES = """CREATE TABLE segue.notes (
    number BIGINT NOT NULL, note TEXT, at TIMESTAMP, kept BOOLEAN, size DOUBLE)"""
COLUMNS = ("number", "note", "at", "kept", "size")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    if absent := java.missing():
        pytest.skip(absent)
    from segue.runtime.warehouse.spark import SparkWarehouse

    with SparkWarehouse.open(str(tmp_path), str(tmp_path / "store"), "local[2]") as warehouse:
        yield Store(warehouse)


def jobs(store: Store) -> int:
    warehouse: Any = store.warehouse
    return int(warehouse.session.sparkContext._jsc.sc().statusStore().jobsList(None).size())


def notes(store: Store) -> list[tuple[Any, ...]]:
    return sorted(store.fetch(store("SELECT * FROM segue.notes")))


def test_rows_of_values_need_no_job(store: Store) -> None:
    at = store.warehouse.moment(1_717_200_000_123_456)
    before = jobs(store)
    with store.warehouse.transaction():
        store.execute(NOTES)
        store.insert("notes", COLUMNS, [(1, "it's", at, True, 0.5), (2, None, None, None, None)])
        store.insert("notes", COLUMNS, [(-3, "\u00e9\n", at, False, -1e300)])
        store.execute("UPDATE segue.notes SET note = :new WHERE number = :old", new="new", old=1)
    moment = datetime(2024, 6, 1, 0, 0, 0, 123_456)
    assert notes(store) == [
        (-3, "\u00e9\n", moment, False, -1e300),
        (1, "new", moment, True, 0.5),
        (2, None, None, None, None),
    ]
    assert jobs(store) == before


def test_rows_of_a_query_join_those_of_values(store: Store) -> None:
    with store.warehouse.transaction():
        store.execute(NOTES)
        store.insert("notes", ("number", "note"), [(1, "a"), (2, "b")])
        store.execute(
            """INSERT INTO segue.notes (number, note)
               SELECT SUM(n.number), MAX(n.note) FROM segue.notes AS n"""
        )
        store.insert("notes", ("number", "note"), [(4, "d")])
    assert [row[:2] for row in notes(store)] == [(1, "a"), (2, "b"), (3, "b"), (4, "d")]


def test_another_connection_reads_them(store: Store) -> None:
    from segue.runtime.warehouse.spark import SparkWarehouse

    with store.warehouse.transaction():
        store.execute(NOTES)
        store.insert("notes", ("number", "note"), [(1, "a")])
    warehouse: Any = store.warehouse
    other = Store(SparkWarehouse(warehouse.session, warehouse.store))
    with other.warehouse.transaction():
        found = [row[:2] for row in notes(other)]
        other.execute("DELETE FROM segue.notes WHERE number = :one", one=1)
    assert found == [(1, "a")]
    assert notes(other) == []
