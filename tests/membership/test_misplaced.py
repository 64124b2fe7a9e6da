"""`segue check --partitions`: whether rows are in the partitions that the catalog promises."""

import sqlite3
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """
entity: {{name: person, table: people, key: id}}
events:
  purchase:
    table: purchases
    key: person_id
    at: moment
    partition: {partition}
  visit: {{table: purchases, key: person_id, at: moment}}
"""
RULES = "segment buyer { when exists(purchase over last 30d) }"
ROWS = (
    ("2026-01-10 00:00:00", "2026-01-10"),
    ("2026-01-10 23:59:59", "2026-01-10"),
    ("2026-01-10 20:00:00", "2026-01-12"),
    (None, None),
)


def check(folder: Path, partition: str, rows: tuple[tuple[str | None, str | None], ...]) -> Result:
    (folder / "catalog.yml").write_text(CATALOG.format(partition=partition), "utf-8")
    (folder / "rules.seg").write_text(RULES, "utf-8")
    with duckdb.connect(folder / "shop.duckdb") as connection:
        kind = "VARCHAR" if "format" in partition else "DATE"
        connection.execute("CREATE TABLE people (id INTEGER)")
        connection.execute(f"CREATE TABLE purchases (person_id INT, moment TIMESTAMP, dt {kind})")
        connection.executemany("INSERT INTO purchases VALUES (1, ?, ?)", rows)
    words = ["check", str(folder), "--partitions", "--database", str(folder / "shop.duckdb")]
    return CliRunner().invoke(main, words)


def test_rows_where_the_catalog_says_are_no_finding(tmp_path: Path) -> None:
    found = check(tmp_path, "{column: dt, lag: 2d}", ROWS)
    assert (found.output, found.exit_code) == (
        "all rows are in the partitions that the catalog says\n",
        0,
    )


def test_a_finding_says_which_rows_are_elsewhere_and_what_would_hold(tmp_path: Path) -> None:
    found = check(tmp_path, "dt", ROWS)
    assert found.exit_code == 1
    assert "SEG073" in found.output
    assert "`purchases.dt` does not hold the day of `moment` in 1 of 2 partitions" in found.output
    assert "`2026-01-12` has rows of 2026-01-10T20:00:00Z to 2026-01-10T20:00:00Z" in found.output
    assert "with `lag: 2d` they would see all" in found.output


@pytest.mark.parametrize(
    ("at", "lead"), [("2026-01-11 00:00:00", "lead: 1m"), ("2026-01-12 01:30:00", "lead: 2d")]
)
def test_rows_may_be_in_a_partition_before_their_time(tmp_path: Path, at: str, lead: str) -> None:
    assert f"with `{lead}`" in check(tmp_path, "dt", ((at, "2026-01-10"),)).output
    (tmp_path / "shop.duckdb").unlink()
    promised = check(tmp_path, f"{{column: dt, {lead}}}", ((at, "2026-01-10"),))
    assert promised.exit_code == 0


def test_rows_in_no_partition_are_a_finding(tmp_path: Path) -> None:
    found = check(tmp_path, "dt", (("2026-01-10 20:00:00", None),))
    assert (
        "rows of 2026-01-10T20:00:00Z to 2026-01-10T20:00:00Z are in no partition" in found.output
    )


def test_texts_in_another_format_are_a_finding(tmp_path: Path) -> None:
    found = check(
        tmp_path, "{column: dt, format: yyyymmdd}", (("2026-01-10 20:00:00", "2026-01-10"),)
    )
    assert "`2026-01-10` is not written as `yyyymmdd`" in found.output


def on_sqlite(folder: Path, rows: tuple[tuple[str | None, str | None], ...]) -> Result:
    check(folder, "dt", ROWS)
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.execute("CREATE TABLE people (id INTEGER)")
        connection.execute("CREATE TABLE purchases (person_id INT, moment TEXT, dt TEXT)")
        connection.executemany("INSERT INTO purchases VALUES (1, ?, ?)", rows)
    words = ["check", str(folder), "--partitions", "--database", str(folder / "shop.sqlite")]
    return CliRunner().invoke(main, words)


def test_days_of_sqlite_are_texts_and_are_checked_too(tmp_path: Path) -> None:
    assert "in 1 of 2 partitions" in on_sqlite(tmp_path, ROWS).output


def test_days_that_sqlite_would_compare_wrongly_are_refused(tmp_path: Path) -> None:
    found = on_sqlite(tmp_path, (("2026-01-10 00:00:00", "2026/01/10"),))
    assert found.exit_code == 2
    assert "`purchases.dt` holds `2026/01/10`" in found.output


def test_a_row_outside_of_its_partition_is_not_found_by_a_run(tmp_path: Path) -> None:
    check(tmp_path, "dt", (("2026-01-10 20:00:00", "2025-11-01"),))
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("INSERT INTO people VALUES (1)")
    run = ["run", str(tmp_path), "--database", str(tmp_path / "shop.duckdb"), "--dry-run"]
    found = CliRunner().invoke(main, [*run, "--as-of", "2026-01-20", "--format", "json"]).output
    assert '"members": 0' in found
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("UPDATE purchases SET dt = '2026-01-10'")
    found = CliRunner().invoke(main, [*run, "--as-of", "2026-01-20", "--format", "json"]).output
    assert '"members": 1' in found
