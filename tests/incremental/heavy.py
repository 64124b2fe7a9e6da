"""The same random histories on the engines that take long to install or to start.

Not among the ordinary tests, by its name; what it needs is said in `tests/membership/heavy.py`:

    python -m pytest tests/incremental/heavy.py
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from parity.case import Case

from incremental.histories import follow, search
from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse
from segue.runtime.warehouse.snowflake import SnowflakeWarehouse

Check = Callable[[int], None]


@contextmanager
def on_clickhouse(folder: Path) -> Iterator[Check]:
    pytest.importorskip("chdb")
    from parity.engines.clickhouse import loading

    class Engine:
        def load(self, case: Case) -> None:
            for statement in loading(case):
                warehouse.execute_text(statement)

    def check(seed: int) -> None:
        schemas = f"s{next(numbers)}"
        follow(seed, warehouse, Engine(), schemas)
        for how in ("part", "full"):
            warehouse.execute_text(f"DROP DATABASE {schemas}_{how}")

    numbers = count()
    with ClickHouseWarehouse.open("chdb://memory") as warehouse:
        yield check


@contextmanager
def on_snowflake(folder: Path) -> Iterator[Check]:
    pytest.importorskip("fakesnow")
    from parity.engines.snowflake import Snowflake

    engine, numbers = Snowflake(), count()
    engine.duckdb.execute("SET TimeZone = 'UTC'")
    with SnowflakeWarehouse(engine.connection) as warehouse:
        yield lambda seed: follow(seed, warehouse, engine, f"s{next(numbers)}")


ENGINES = {"clickhouse": on_clickhouse, "snowflake": on_snowflake}


@pytest.mark.parametrize("name", ENGINES)
def test_equal_to_a_full_run(name: str, tmp_path: Path) -> None:
    with ENGINES[name](tmp_path) as check:
        search(4, check)
