"""Ctrl-C at moments that are hard to meet: the statement has ended before anything else is sent."""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from segue.runtime.warehouse.patience import patiently
from segue.runtime.warehouse.postgres import PostgresWarehouse


def test_ctrl_c_as_a_statement_begins_waits_until_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = Thread.start

    def interrupted(thread: Thread) -> None:
        begin(thread)
        assert begun.wait(60)
        raise KeyboardInterrupt

    begun, stopped, ended = Event(), Event(), Event()

    def statement() -> None:
        begun.set()
        assert stopped.wait(60)
        ended.set()

    monkeypatch.setattr(Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        patiently(statement, stopped.set, None)
    assert ended.is_set()


def test_ctrl_c_before_a_statement_begins_lets_it_never_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, threads = Thread.start, []

    def interrupted(thread: Thread) -> None:
        threads.append(thread)
        raise KeyboardInterrupt

    done: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            patiently(lambda: done.append("run"), lambda: None, None)
    begin(threads[0])
    threads[0].join()
    assert done == []


def test_a_statement_that_had_not_begun_when_it_was_stopped_is_stopped_again() -> None:
    stops: list[str] = []
    second = Event()

    def stop() -> None:
        stops.append("stop")
        if len(stops) == 2:
            second.set()

    def statement() -> bool:
        return second.wait(60)

    with pytest.raises(Exception, match="ran longer than 1ms"):
        patiently(statement, stop, 1_000)
    assert len(stops) == 2


def test_ctrl_c_between_a_statement_and_its_answer_undoes_the_transaction(
    new_database: Callable[[], str],
) -> None:
    database = new_database()
    with PostgresWarehouse.open(database) as warehouse:
        warehouse.execute_text("CREATE TABLE people (id INT)")

        def interrupted() -> None:
            with warehouse.transaction():
                warehouse.execute_text("INSERT INTO people VALUES (1)")
                warehouse.connection.pgconn.send_query(b"SELECT pg_sleep(1000)")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
    with PostgresWarehouse.open(database) as warehouse:
        assert warehouse.execute_text("SELECT * FROM people") == []
