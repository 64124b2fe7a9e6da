"""The shipped rulesets are free of findings, formatted, tested, and have members in their data."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main
from segue.runtime.demo.cdnow import create_cdnow
from segue.runtime.demo.shop import create_shop

RULESETS = Path(__file__).parents[2] / "rulesets"
PROJECTS = sorted(path.parent for path in RULESETS.glob("*/*.seg"))


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def members(project: Path, database: Path, as_of: str) -> dict[str, int]:
    result = segue("run", project, "--database", database, "--as-of", as_of, "--format", "json")
    assert result.exit_code == 0, result.output
    return {row["segment"]: row["members"] for row in json.loads(result.stdout)["segments"]}


@pytest.mark.parametrize("project", sorted(set(PROJECTS)), ids=lambda path: path.name)
@pytest.mark.parametrize("command", [("check",), ("fmt", "--check"), ("test",)], ids=" ".join)
def test_a_shipped_ruleset_is_in_order(project: Path, command: tuple[str, ...]) -> None:
    result = segue(*command, project)

    assert result.exit_code == 0, result.output


def test_the_purchases_of_cdnow_fall_into_these_segments(tmp_path: Path) -> None:
    project = RULESETS / "cdnow"
    create_cdnow(project / "purchases.csv.gz", tmp_path / "cdnow.duckdb")

    assert members(project, tmp_path / "cdnow.duckdb", "1998-07-01") == {
        "champions": 527,
        "big_spenders": 734,
        "bulk_buyers": 671,
        "regulars": 800,
        "one_and_done": 11908,
        "gift_givers": 832,
        "slipping_away": 1974,
        "came_back": 399,
        "lapsed": 15238,
    }


def test_every_behavioural_segment_has_members_in_the_made_up_shop(tmp_path: Path) -> None:
    until = datetime(2025, 12, 1, tzinfo=UTC)
    create_shop(tmp_path / "shop.duckdb", customers=500, until=until)

    counted = members(RULESETS / "behavioral", tmp_path / "shop.duckdb", "2025-12-01T00:00:00Z")

    assert all(0 < count < 250 for count in counted.values()), counted
