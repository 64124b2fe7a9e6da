"""What an incremental run on BigQuery reads of tables with a partition for each day.

Not among the ordinary tests, by its name; see `tests/membership/heavy_bigquery.py`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main

pytest.importorskip("google.cloud.bigquery")
pytest.importorskip("zetasql")

import bigquery
import bigquery_server
import pruning
import sqlglot
from parity.tables import Store

CATALOG = """
lateness: 1d
entity: {name: customer, table: customers, key: id, attributes: {country: string}}
events:
  order: {table: orders, key: customer, at: at, properties: {amount: {type: int, min: 0}}}
"""
RULES = """
segment buyers   { when count(order over last 7d) >= 1 and country == "FR" }
segment spenders { when sum(order.amount over last 90d) >= 3 }
segment recent   { when age(last(order.at over last 30d)) <= 5d }
"""
CUSTOMERS, DAYS = 50, 120
NOW = datetime(2024, 3, 20, tzinfo=UTC)
DAY = timedelta(days=1)


class Shop:
    """A project whose orders have a partition for each day, and what its runs ask."""

    def __init__(self, folder: Path, project: bigquery.BigQuery, key: Path) -> None:
        self.folder, self.project = folder, project
        (folder / "catalog.yml").write_text(CATALOG)
        (folder / "rules.seg").write_text(RULES)
        target = f"{{engine: bigquery, project: {bigquery.PROJECT}, dataset: shop, keyfile: {key}}}"
        (folder / "segue.yml").write_text(f"target: prod\ntargets:\n  prod: {target}\n")
        people = [(i, "FR" if i % 2 else "DE") for i in range(CUSTOMERS)]
        project.load("customers", {"id": Store.INT, "country": Store.TEXT}, people)
        self.orders = [(i % CUSTOMERS, i % 7, NOW + DAY / 2 - i * DAY / 4) for i in range(4 * DAYS)]
        self.sell()

    def sell(self, *more: tuple[int, int, datetime]) -> None:
        """More orders."""
        self.orders += more
        columns = {"customer": Store.INT, "amount": Store.INT, "at": Store.UTC}
        self.project.load("orders", columns, self.orders, partitioned="at")

    def run(self, day: int, *options: str) -> str:
        """What a run of a day says; `jobs` are its own afterwards."""
        self.project.jobs.clear()
        as_of = (NOW + day * DAY).isoformat()
        arguments = ["run", str(self.folder), "--as-of", as_of, *options]
        result = CliRunner().invoke(main, arguments, env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def jobs(self) -> list[bigquery.Job]:
        return list(self.project.jobs.values())

    def rows_read(self) -> int:
        """How many orders were in partitions that the jobs could not skip."""
        return sum(job.read["orders"] for job in self.jobs)

    def reads(self) -> list[pruning.Read]:
        """Between which instants each place of a job reads orders."""
        trees = (sqlglot.parse_one(job.text, read="bigquery") for job in self.jobs)
        return [found for tree in trees for found in pruning.reads(tree, "orders", "at")]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    project = bigquery.BigQuery()
    with bigquery_server.served(project) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        yield Shop(tmp_path, project, bigquery_server.keyfile(tmp_path, address))


def members(shop: Shop) -> list[tuple[Any, ...]]:
    return sorted(shop.project.rows("SELECT segment, key FROM `segue`.`members`"))


def test_an_incremental_run_reads_the_days_that_changed(shop: Shop) -> None:
    shop.run(-1)
    assert "incremental: " in shop.run(0)
    few, reads, found = shop.rows_read(), shop.reads(), members(shop)
    shop.run(0, "--full")
    assert members(shop) == found
    assert few < shop.rows_read() / 5
    for read in reads:
        assert read.none or (read.after and read.until and read.until - read.after <= 2 * DAY)


def test_a_row_of_an_old_day_is_noticed_by_what_bigquery_knows_of_partitions(shop: Shop) -> None:
    shop.run(-1)
    shop.sell((1, 5, NOW - 20 * DAY))
    assert "older rows of `orders` are others: 2024-02-29 has 5 and had 4" in shop.run(0)
