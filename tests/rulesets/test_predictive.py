"""The scores of the shipped rulesets are trained, small, and their rules act on them."""

import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main
from segue.runtime.demo.cdnow import create_cdnow
from segue.runtime.demo.shop import create_shop

ROOT = Path(__file__).parents[2]
RULESETS = ROOT / "rulesets"
CUSTOMERS = 250
TIERS = (
    ("high_churn_risk", "medium_churn_risk", "low_churn_risk"),
    ("high_value_potential", "medium_value_potential", "low_value_potential"),
    ("imminent_purchase", "near_term_purchase", "long_term_nurture"),
)


COMMANDS = re.search(
    r"^```sh\n(.*?)^```$",
    (ROOT / "docs" / "scores.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def smaller(project: Path, *changes: tuple[str, str]) -> None:
    """Fewer trees and snapshots, for a test that is done soon."""
    file = project / "scores.seg"
    text = file.read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which somebody has done what docs/scores.md says, in a small shop."""
    folder = tmp_path_factory.mktemp("predictive")
    for name in ("predictive", "behavioral"):
        shutil.copytree(RULESETS / name, folder / "rulesets" / name)
    smaller(
        folder / "rulesets" / "predictive",
        ("trees = 100", "trees = 8"),
        ("every 15d over last 180d", "every 30d over last 90d"),
        ("every 30d over last 360d", "every 90d over last 360d"),
    )
    create_shop(
        folder / "shop.duckdb", customers=CUSTOMERS, until=datetime(2025, 12, 1, tzinfo=UTC)
    )
    assert COMMANDS is not None
    first, *commands = COMMANDS[1].splitlines()
    assert first == "python -m segue.runtime.demo shop shop.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in commands:
            # So small a shop may teach nothing.
            more = ["--force"] if " train " in command else []
            result = segue(*shlex.split(command)[1:], *more)
            assert result.exit_code == 0, (command, result.output)
    return folder


def test_the_tiers_of_every_score_divide_all_customers(shop: Path) -> None:
    with duckdb.connect(str(shop / "shop.duckdb")) as connection:
        rows = connection.execute(
            "SELECT segment, count(*) FROM segue.members GROUP BY ALL"
        ).fetchall()
    members = dict(rows)

    for tiers in TIERS:
        assert sum(members.get(name, 0) for name in tiers) == CUSTOMERS
    assert members["high_value_potential"] == pytest.approx(CUSTOMERS / 4, abs=5)


def test_a_rule_that_follows_the_newest_model_is_fixed_by_naming_it(shop: Path) -> None:
    project = shop / "rulesets" / "predictive"
    found = segue("check", project, "--format", "json", "--no-solver")
    assert set(re.findall(r"SEG\d+", found.stdout)) == {"SEG418"}

    assert segue("check", project, "--fix", "--no-solver").exit_code == 0

    assert (project / "segments.seg").read_text("utf-8").count("@v1()") == 3


def test_a_feature_that_is_changed_asks_for_another_training(shop: Path) -> None:
    copy = shop / "rulesets" / "changed"
    shutil.copytree(shop / "rulesets" / "predictive", copy)
    file = copy / "features.seg"
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("count(email_open over last 30d)", "count(email_open over last 9d)", 1),
        "utf-8",
    )

    result = segue("check", copy)

    assert result.exit_code == 1
    assert "was trained on another `email_opens` than the one of now" in result.output
    shutil.rmtree(copy)


def test_what_cdnow_customers_will_do_is_foretold_or_not_said_at_all(tmp_path: Path) -> None:
    project, database = tmp_path / "cdnow", tmp_path / "cdnow.duckdb"
    shutil.copytree(RULESETS / "cdnow", project)
    smaller(
        project,
        ("trees = 60", "trees = 20"),
        ("trees = 30", "trees = 10"),
        ("every 30d over last 450d", "every 90d over last 450d"),
    )
    create_cdnow(RULESETS / "cdnow" / "purchases.csv.gz", database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("DELETE FROM customers WHERE customer_id % 8 > 0")
        connection.execute("DELETE FROM purchases WHERE customer_id % 8 > 0")

    result = segue(
        *("train", "--project", project, "--database", database, "--as-of", "1998-07-01"),
    )

    # Who comes back can be told from an eighth of the log; what they will spend cannot.
    assert result.exit_code == 1
    assert sorted(path.parent.name for path in project.glob("models/*/v1.json")) == [
        "next_order",
        "silent_risk",
    ]
    assert result.output.count("better than every baseline by") == 2
    assert "not kept; --force keeps it" in result.output
