"""What is tried again, and what never is."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from membership.world import World
from segue.runtime.membership.slots import Slot
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse import retrying
from segue.runtime.warehouse.failures import Cause, StatementFailed
from segue.runtime.warehouse.postgres import PostgresWarehouse


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.001)


class Failing:
    """Fails as often as it has errors, and then is done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


CONFLICT = StatementFailed(Cause.CONFLICT, "deadlock detected")


def test_a_transaction_that_another_one_undid_is_run_anew() -> None:
    run = Failing(CONFLICT, CONFLICT)
    assert retrying.undone(run) == "done"
    assert run.calls == 3


@pytest.mark.parametrize(
    "error",
    [StatementFailed(Cause.OTHER, "connection lost"), Refusal("another run is writing"), OSError()],
)
def test_a_run_that_failed_otherwise_is_not_repeated(error: Exception) -> None:
    run = Failing(error)
    with pytest.raises(type(error)):
        retrying.undone(run)
    assert run.calls == 1


def test_it_ends_after_some_attempts() -> None:
    run = Failing(*[CONFLICT] * 9)
    with pytest.raises(StatementFailed, match="deadlock"):
        retrying.undone(run)
    assert run.calls == retrying.TIMES


def test_a_server_that_starts_is_waited_for(monkeypatch: pytest.MonkeyPatch, postgres: str) -> None:
    connect = psycopg.connect
    attempts = Failing(psycopg.OperationalError("FATAL:  the database system is starting up"))

    def starting(*given: object, **named: object) -> object:
        attempts()
        return connect(*given, **named)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(psycopg, "connect", starting)
    with PostgresWarehouse.open(postgres) as warehouse:
        assert warehouse.execute_text("SELECT 1") == [(1,)]
    assert attempts.calls == 2


def test_a_wrong_password_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Failing(*[psycopg.OperationalError("password authentication failed")] * 3)
    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: attempts())
    with pytest.raises(Refusal, match="password authentication failed"):
        PostgresWarehouse.open("postgresql://me@localhost/shop")
    assert attempts.calls == 1


def test_a_run_that_postgres_could_not_serialize_is_run_anew(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = make_conninfo(postgres, options="-c default_transaction_isolation=serializable")
    with PostgresWarehouse.open(strict) as warehouse, PostgresWarehouse.open(postgres) as other:
        world = World(warehouse)
        world.people(ann="reader")
        world.run({"reader": "first"})
        slots = Store.slots
        meddled = []

        def meddle(store: Store) -> list[Slot]:
            found = slots(store)
            if not meddled:
                meddled.append(other.execute_text("UPDATE segue.segments SET word = word"))
            return found

        monkeypatch.setattr(Store, "slots", meddle)
        outcome = retrying.undone(lambda: world.run({"reader": "second"}))

        assert outcome.run_id == 2
        assert outcome.counts[0].change == "changed"
        assert meddled
