"""Spark reads only the folders of a table whose column a query bounds.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import java
import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.statements import compile_flags
from segue.grammar.parser import parse
from segue.runtime.warehouse.misplaced import misplaced_rows

pytest.importorskip("pyspark")

CATALOG = """
entity: {{name: customer, table: customers, key: {{column: customer_id, type: int}}}}
events:
  purchase: {{table: {table}, key: customer_id, at: moment, partition: {partition}}}
"""
RULES = "segment often { when count(purchase over last 3d) >= 1 }"
AS_OF = 1_717_200_000_000_000
"""2024-06-01 at midnight."""
# How DuckDB names the folders, and what the catalog says of the column that Spark makes of them.
FOLDERS = {
    "days": ("%Y-%m-%d", "part", 4),
    "compact": ("%Y%m%d", "{column: part, type: int}", 4),
    "months": ("%Y-%m", "{column: part, by: month, type: string}", 2),
    "hours": ("%Y/%m/%d/%H", "{column: part, by: hour, format: yyyy/mm/dd/hh}", 73),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark over purchases, one an hour for ten days, in folders of every kind."""
    if absent := java.missing():
        pytest.skip(absent)
    from segue.runtime.warehouse.spark import SparkWarehouse

    folder = tmp_path_factory.mktemp("lake")
    nine = "SELECT i AS customer_id FROM range(9) t (i)"
    duckdb.sql(f"COPY ({nine}) TO '{folder}/customers.parquet'")
    hours = "SELECT i, TIMESTAMP '2024-05-22' + INTERVAL (i) HOUR AS moment FROM range(241) t (i)"
    for name, (format, _, _) in FOLDERS.items():
        part = f"strftime(moment, '{format}') AS part"
        parted = f"SELECT i % 9 AS customer_id, moment, {part} FROM ({hours})"
        how = "FORMAT parquet, PARTITION_BY (part)"
        duckdb.sql(f"COPY ({parted}) TO '{folder}/{name}' ({how})")
    with SparkWarehouse.open(str(folder), str(folder / "store"), "local[1]") as warehouse:
        yield warehouse


@pytest.mark.parametrize("name", FOLDERS)
def test_only_the_folders_of_a_window_are_read(name: str, lake: Any) -> None:
    _, partition, folders = FOLDERS[name]
    catalog = load_catalog(CATALOG.format(table=name, partition=partition)).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], catalog).plan
    assert plan is not None
    binding = Binding(AS_OF, ZoneInfo("UTC"))
    roots = [segment.expr for segment in plan.segments.values()]
    text = compile_flags(plan, binding, "spark", roots).sql(pretty=False)
    frame = lake.session.sql(text)
    frame.collect()
    shown = frame._jdf.queryExecution().executedPlan().toString()
    assert re.search(r"PartitionFilters: \[[^\]]*part", shown)
    read = lake.session.sql(
        f"SELECT COUNT(DISTINCT part) FROM {name} WHERE "
        + " AND ".join(re.findall(r"`part` [<>]=? (?:CAST\('.*?' AS \w+\)|'.*?'|\d+)", text))
    ).collect()[0][0]
    assert read == folders
    assert list(misplaced_rows(lake, catalog)) == []
