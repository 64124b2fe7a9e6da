"""How Spark reads a lake: events are shuffled once, by the key of the entity, or not at all.

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

pytest.importorskip("pyspark")

CATALOG = """
timezone: UTC
entity: {{name: customer, table: {customers}, key: {{column: customer_id, type: int}}}}
events:
  purchase: {{table: {purchases}, key: customer_id, at: at, properties: {{amount: int}}}}
"""
RULES = """
segment often  { when count(purchase over last 30d) >= 3 }
segment much   { when sum(purchase.amount over last 90d) >= 100 }
segment lately { when age(last(purchase.at)) <= 7d }
"""
AS_OF = 1_717_200_000_000_000
BUCKETS = 4


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark over customers and their purchases, as files and as tables in buckets of customers."""
    if absent := java.missing():
        pytest.skip(absent)
    from segue.runtime.warehouse.spark import SparkWarehouse

    folder = tmp_path_factory.mktemp("lake")
    for table, query in (
        ("customers", "SELECT i AS customer_id FROM range(100) AS t (i)"),
        (
            "purchases",
            "SELECT i % 100 AS customer_id, TIMESTAMP '2024-05-01' + INTERVAL (i) HOUR AS at, "
            "i % 50 AS amount FROM range(700) AS t (i)",
        ),
    ):
        duckdb.sql(f"COPY ({query}) TO '{folder}/{table}.parquet'")
    with SparkWarehouse.open(str(folder), str(folder / "store"), "local[2]") as warehouse:
        session = warehouse.session
        # Tables of a real size are not sent to everybody.
        session.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
        for table in ("customers", "purchases"):
            writer = session.table(table).write.bucketBy(BUCKETS, "customer_id")
            writer.option("path", str(folder / f".{table}")).saveAsTable(f"bucketed_{table}")
        yield warehouse
        for table in ("customers", "purchases"):
            session.sql(f"DROP TABLE bucketed_{table}")
        session.conf.unset("spark.sql.autoBroadcastJoinThreshold")


def words(prefix: str = "") -> str:
    loaded = load_catalog(
        CATALOG.format(customers=f"{prefix}customers", purchases=f"{prefix}purchases")
    )
    assert loaded.catalog is not None, loaded.diagnostics
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], loaded.catalog).plan
    assert plan is not None
    binding = Binding(AS_OF, ZoneInfo(loaded.catalog.timezone))
    roots = [segment.expr for segment in plan.segments.values()]
    return compile_flags(plan, binding, "spark", roots).sql(pretty=False)


def exchanges(lake: Any, text: str) -> list[str]:
    """What Spark shuffles for a query, each by what."""
    plan = lake.session.sql(text)._jdf.queryExecution().executedPlan().toString()
    return re.findall(r"Exchange (\w+\(\w+)#", plan)


def test_events_are_shuffled_once_by_the_key(lake: Any) -> None:
    of_each_table = "hashpartitioning(customer_id"
    assert exchanges(lake, words()) == [of_each_table, of_each_table]


def test_tables_in_buckets_by_the_key_are_not_shuffled(lake: Any) -> None:
    assert exchanges(lake, words("bucketed_")) == []
    assert sorted(lake.execute_text(words("bucketed_"))) == sorted(lake.execute_text(words()))
