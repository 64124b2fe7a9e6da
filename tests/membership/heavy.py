"""Runs on the engines that take long to install or to start are as those on all others.

Not among the ordinary tests, by its name:

    pip install '.[test,engines]' && python -m pytest tests/membership/heavy.py

Spark needs Java 17. `-k clickhouse` runs one of them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from membership.test_refresh import *  # noqa: F403
from membership.world import World


class ClickHouseWorld(World):
    def prepare(self) -> None:
        self.warehouse.execute_text(
            "CREATE TABLE marks (key String, segment String) ENGINE = MergeTree ORDER BY tuple()"
        )


@pytest.fixture(params=["clickhouse"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    match request.param:
        case "clickhouse":
            from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

            with ClickHouseWarehouse.open("chdb://memory") as warehouse:
                yield ClickHouseWorld(warehouse)
                warehouse.execute_text("DROP TABLE marks")
                warehouse.execute_text("DROP DATABASE IF EXISTS segue")
