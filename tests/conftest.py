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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on Spark come first, and so to one process: each that has one starts a Java."""
    items.sort(key=lambda item: not starts_spark(item))


def starts_spark(item: pytest.Item) -> bool:
    """Whether a test needs a Spark."""
    heavy = item.path.name.startswith("heavy")
    return heavy and ("spark" in item.nodeid or item.path.name == "heavy_lake.py")


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
