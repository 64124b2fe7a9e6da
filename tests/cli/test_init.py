"""`segue init`: a project that checks, and never an overwritten file."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

Segue = Callable[..., Result]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_example_that_checks_and_is_formatted(segue: Segue) -> None:
    result = segue("init", "shop")
    assert result.exit_code == 0
    assert result.output.endswith("next: segue check shop\n")
    assert segue("check", "shop").exit_code == 0
    assert segue("fmt", "--check", "shop").exit_code == 0
    assert segue("compile", "shop").exit_code == 0
    assert segue("docs", "shop").exit_code == 0
    assert segue("test", "shop").exit_code == 0


def test_nothing_is_overwritten(tmp_path: Path, segue: Segue) -> None:
    (tmp_path / "rules.seg").write_text("mine", "utf-8")
    result = segue("init")
    assert result.exit_code == 2
    assert "`rules.seg` is there already" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["rules.seg"]
    assert (tmp_path / "rules.seg").read_text("utf-8") == "mine"


def test_a_catalog_read_off_a_database(tmp_path: Path, segue: Segue) -> None:
    with duckdb.connect(str(tmp_path / "my shop.duckdb")) as database:
        database.execute("CREATE TABLE customers (customer_id BIGINT PRIMARY KEY, country TEXT)")
        database.execute(
            "CREATE TABLE orders (order_id BIGINT PRIMARY KEY, ordered_at TIMESTAMP, "
            "customer_id BIGINT REFERENCES customers (customer_id))"
        )
    result = segue("init", "rules", "--from", "my shop.duckdb")
    assert result.exit_code == 0
    assert 'path: "../my shop.duckdb"' in (tmp_path / "rules" / "segue.yml").read_text("utf-8")
    assert "count(order" in (tmp_path / "rules" / "rules.seg").read_text("utf-8")
    assert segue("check", "rules").exit_code == 0
    assert segue("fmt", "--check", "rules").exit_code == 0
    assert segue("test", "rules").exit_code == 0


def test_a_database_that_is_not_there(tmp_path: Path, segue: Segue) -> None:
    result = segue("init", "--from", "nowhere.duckdb")
    assert result.exit_code == 2
    assert "nowhere.duckdb" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_not_shown(tmp_path: Path, segue: Segue) -> None:
    result = segue("init", "--from", "postgres://me:hunter2@127.0.0.1:1/shop")
    assert result.exit_code == 2
    assert "hunter2" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_catalog_is_not_read_off_every_engine(tmp_path: Path, segue: Segue) -> None:
    result = segue("init", "--from", "clickhouse://localhost/shop")
    assert result.exit_code == 2
    assert "a catalog cannot be read off clickhouse yet" in result.output
    assert list(tmp_path.iterdir()) == []


def test_from_and_demo_exclude_each_other(segue: Segue) -> None:
    assert segue("init", "--demo", "--from", "x.duckdb").exit_code == 2


def test_the_demo_says_when_its_events_end(tmp_path: Path, segue: Segue) -> None:
    result = segue("init", "shop", "--demo")
    assert result.output.endswith(
        "its events end on 2025-12-01: segue run shop --as-of 2025-12-01\n"
    )
    assert sorted(p.name for p in (tmp_path / "shop").glob("*.duckdb*")) == ["shop.duckdb"]


def test_a_demo_that_is_interrupted_leaves_no_database(
    tmp_path: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("segue.runtime.demo.create_shop", interrupted)
    assert segue("init", "shop", "--demo").exit_code == 130
    assert list((tmp_path / "shop").iterdir()) == []


def test_the_first_rules_share_no_name_with_the_catalog(tmp_path: Path, segue: Segue) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (person_id INT PRIMARY KEY, ACTIVE VARCHAR)")
        connection.execute(
            "CREATE TABLE buys (buy_id INT PRIMARY KEY, person_id INT, bought_at TIMESTAMP)"
        )
        connection.execute("INSERT INTO people SELECT i, 'x' || i FROM range(30) t(i)")
    assert segue("init", "--from", "shop.duckdb").exit_code == 0
    assert segue("check").exit_code == 0
