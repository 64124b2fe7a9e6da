"""Amounts of many places, as large as their column can hold them."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from segue.runtime.cli import main
from segue.runtime.warehouse.connect import connect, database_target


@pytest.fixture(params=["duckdb", "postgres"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]
) -> str:
    if request.param == "postgres":
        return new_database()
    path = str(tmp_path / "shop.duckdb")
    duckdb.connect(path).close()
    return path


@pytest.mark.parametrize("scale", [4, 6, 9])
def test_an_amount_of_18_digits_is_read_whatever_its_places(
    scale: int, database: str, tmp_path: Path
) -> None:
    whole = "9" * (18 - scale)
    largest = f"{whole}.{'9' * scale}"
    (tmp_path / "catalog.yml").write_text(
        "entity: {name: person, table: people, key: id, "
        f"attributes: {{amount: decimal({scale})}}}}\n"
    )
    (tmp_path / "rules.seg").write_text(
        f"segment rich {{ when amount > {whole}.0 }}\nsegment poor {{ when amount < -{whole}.0 }}\n"
    )
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text(f"CREATE TABLE people (id BIGINT, amount DECIMAL(18, {scale}))")
        warehouse.execute_text(
            f"INSERT INTO people VALUES (1, {largest}), (2, -{largest}), (3, {whole})"
        )
    command = ["run", str(tmp_path), "--database", database, "--as-of", "2025-12-01"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output

    columns = ("--columns", "segment,key,amount", "--project", str(tmp_path))
    exported = CliRunner().invoke(main, ["export", *columns, "--database", database])
    assert exported.stdout.splitlines()[1:] == [f"poor,2,-{largest}", f"rich,1,{largest}"]
