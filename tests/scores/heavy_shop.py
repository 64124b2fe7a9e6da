"""Scores of a shop on engines that take long to install or to start: as on DuckDB, to the member.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import java
import pytest
from click.testing import CliRunner
from membership.heavy_shop import loaded_clickhouse, loaded_snowflake, tables

from segue.runtime.cli import main
from segue.runtime.demo import create_shop

CATALOG = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"
DAY = "2025-12-01"
RULES = """
metric opens  = count(email_open over last 30d)
metric orders = count(purchase)
metric quiet  = age(last(activity.at))

score leaving "No sign of life in the next 30 days": probability {
  predict not exists(activity over next 30d)
  among   signed_up_at <= as_of
  from    opens, orders, quiet, plan
  with    random_forest(trees = 10, depth = 4)
  train   every 60d over last 180d
  holdout 20%
}

score spending "What they will spend in the next 90 days": amount {
  predict sum(purchase.amount over next 90d)
  among   signed_up_at <= as_of
  from    opens, orders, quiet, plan
  with    gradient_boosting(trees = 10, depth = 3)
  serve   table within 7d
  train   every 180d over last 360d
  holdout 20%
}

segment will_leave { when leaving() >= 10% }
segment will_spend { when spending() >= 20 }
"""
SETTINGS = """
targets:
  duckdb: {{engine: duckdb, path: shop.duckdb}}
  clickhouse: {{engine: clickhouse, dsn: "chdb://{folder}/ch"}}
  snowflake: {{engine: snowflake, account: a, user: u, password: p, database: shop}}
  spark: {{engine: spark, path: lake, store: store, master: "local[2]"}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, its database, and the tables of that as Parquet."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "catalog.yml").write_bytes(CATALOG.read_bytes())
    (folder / "rules.seg").write_text(RULES)
    (folder / "segue.yml").write_text(SETTINGS.format(folder=folder))
    create_shop(folder / "shop.duckdb", customers=200)
    (folder / "lake").mkdir()
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        for name in tables(connection):
            connection.execute(f"COPY {name} TO '{folder}/lake/{name}.parquet'")
    return folder


@pytest.fixture(scope="module")
def expected(shop: Path) -> list[str]:
    return said(shop, "duckdb")


def said(shop: Path, target: str) -> list[str]:
    """The models, the scores and the members that an engine comes to."""
    where = ["--project", str(shop), "--target", target]
    trained = segue("train", *where, "--as-of", DAY, "--force", "--format", "json")
    scored = segue("score", *where, "--as-of", DAY, "--format", "json")
    segue("run", str(shop), "--target", target, "--as-of", DAY)
    members = segue("export", "members", *where, "--columns", "segment,key")
    return [
        *(one["digest"] for one in json.loads(trained)["scores"]),
        *(str(one["distribution"]) for one in json.loads(scored)["scores"]),
        *sorted(members.splitlines()),
    ]


def segue(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(params=["clickhouse", "snowflake", "spark"])
def target(request: pytest.FixtureRequest, shop: Path) -> Iterator[str]:
    match request.param:
        case "clickhouse":
            pytest.importorskip("clickhouse_connect")
            loaded_clickhouse(shop)
            yield "clickhouse"
        case "snowflake":
            fakesnow = pytest.importorskip("fakesnow")
            with fakesnow.patch():
                loaded_snowflake(shop)
                yield "snowflake"
        case _:
            pytest.importorskip("pyspark")
            if absent := java.missing():
                pytest.skip(absent)
            from parity.engines.spark import Spark

            # A session that runs already is used: this one plans faster than another computes.
            Spark()
            yield "spark"


def test_an_engine_trains_scores_and_runs_as_duckdb_does(
    shop: Path, target: str, expected: list[str]
) -> None:
    assert any("will_leave" in line for line in expected)
    assert any("will_spend" in line for line in expected)
    assert said(shop, target) == expected
