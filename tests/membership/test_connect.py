"""Databases that cannot be reached, and what is said about them."""

import sqlite3
from pathlib import Path

import pytest

from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.connect import connect, database_target


@pytest.mark.parametrize(
    "address",
    [
        "postgres://me:hunt er2@localhost/shop",
        "postgresql://me:hunter2@hunter2@localhost:1/shop",
        "postgres://me:hunt/er2@localhost/shop",
        "postgres://me:hunter2%zz@localhost/shop",
        "postgres://me:hunter2@localhost:1/shop",
        "postgres:/me:hunter2@localhost:1/shop",
        "me:hunter2@localhost/shop",
        "host=localhost password=hunter2",
    ],
)
def test_no_part_of_a_password_is_shown(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        connect(database_target(address))
    assert "hunt" not in str(refused.value)
    assert "er2" not in str(refused.value)


def test_an_address_of_clickhouse_that_is_cut_up_wrongly_is_refused() -> None:
    pytest.importorskip("clickhouse_connect")
    with pytest.raises(Refusal, match="the address of the ClickHouse server cannot be read") as no:
        connect(database_target("clickhouse://me:hunter2#/@localhost/shop"))
    assert "hunter2" not in str(no.value)


def test_an_engine_that_there_is_not_is_named() -> None:
    with pytest.raises(Refusal, match="no engine is reached as `oracle://`"):
        database_target("oracle://me@localhost/shop")


def test_a_file_of_sqlite_may_be_called_anything(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE a (b)")
    with connect(database_target(str(path))) as warehouse:
        assert warehouse.dialect == "sqlite"
