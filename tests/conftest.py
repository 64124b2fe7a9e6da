"""What the tests of every part share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import java
import postgres
import pytest
from hypothesis import settings

# A machine with other things to do takes longer for an example than Hypothesis allows by itself.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Says how Spark is started, whoever starts it."""
    os.environ.setdefault("JDK_JAVA_OPTIONS", java.SHORT_LIVED)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process begins with what takes minutes, so that none is left with it at the end; the
    first one with what is on Spark, since each that has such a test starts a Java."""
    first, *others = queues = [[] for _ in range(processes())]
    spark = [item for item in items if starts_spark(item)]
    long = [item for item in items if takes_minutes(item) and item not in spark]
    first += spark
    for number, item in enumerate(long):
        (others or [first])[number % max(1, len(others))].append(item)
    rest = [item for item in items if item not in {*spark, *long}]
    left = len(items)
    items.clear()
    for number, queue in enumerate(queues):
        # As many as xdist sends to the process at first.
        share = left // (len(queues) - number)
        more = max(0, share - len(queue))
        items += [*queue, *rest[:more]]
        left, rest = left - share, rest[more:]
    items += rest


def processes() -> int:
    """How many processes share the tests."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def starts_spark(item: pytest.Item) -> bool:
    """Whether a test needs a Spark."""
    heavy = item.path.name.startswith("heavy")
    return heavy and ("spark" in item.nodeid or item.path.name == "heavy_lake.py")


def takes_minutes(item: pytest.Item) -> bool:
    """Whether a test goes through random cases on an engine that takes long."""
    return item.path.name == "heavy.py" and item.path.parent.name in ("incremental", "parity")


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compare with a file; with SEGUE_UPDATE=1 in the environment, write the file instead."""

    def compare(expected: Path, actual: str) -> None:
        if os.environ.get("SEGUE_UPDATE"):
            expected.write_text(actual, encoding="utf-8", newline="")
        with expected.open(encoding="utf-8", newline="") as file:
            assert actual == file.read()

    return compare


@pytest.fixture(scope="session")
def new_database() -> Callable[[], str]:
    """Makes an empty Postgres database and gives its address; one server for all tests."""
    return postgres.new_database


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whoever has nothing left to do takes tests from who has: some take a minute each."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
