"""`segue train`, `card` and `score`, as a user runs them on a demo shop."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main
from segue.runtime.demo import create_shop

CATALOG = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"
RULES = """
metric opens     = count(email_open over last 30d) tags features
metric orders    = count(purchase over last 90d) tags features
metric quiet_for = age(last(email_open.at)) tags features

score will_buy "An order in the next 30 days": probability {
  predict exists(purchase over next 30d)
  from    all metrics tagged features
  with    random_forest(trees = 15, depth = 4)
  train   every 30d over last 180d
}

score coin "Nothing can foretell this": probability {
  predict bucket(customer_id, "coin", 2) == 0 and exists(email_open over next 30d)
  from    orders
  with    random_forest(trees = 5)
  train   every 30d over last 120d
}
"""

pytestmark = pytest.mark.usefixtures("few_replicates")

Segue = Callable[..., Result]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("demo") / "shop.duckdb"
    create_shop(path, customers=300)
    return path.read_bytes()


@pytest.fixture
def segue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: bytes) -> Segue:
    (tmp_path / "catalog.yml").write_bytes(CATALOG.read_bytes())
    (tmp_path / "scores.seg").write_text(RULES, encoding="utf-8")
    (tmp_path / "shop.duckdb").write_bytes(demo)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((200, 40)))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


AT = ("--database", "shop.duckdb", "--as-of", "2025-11-01")


def test_a_score_that_is_worth_it_is_kept_with_its_card(segue: Segue) -> None:
    result = segue("train", "will_buy", *AT)
    assert result.exit_code == 0, result.output
    assert "will_buy An order in the next 30 days" in result.output
    assert "wrote models/will_buy/v1.json" in result.output
    card = Path("models/will_buy/v1.md").read_text("utf-8")
    assert card.startswith("# will_buy v1\n")
    assert "On rows it has not seen it beats every baseline: Brier score 0." in card
    assert segue("card", "will_buy").output == card


def test_the_same_training_again_is_the_same_version(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    result = segue("train", "will_buy", *AT)
    assert "the same model is there already: models/will_buy/v1.json" in result.output
    later = segue("train", "will_buy", *AT[:-1], "2025-11-15", "--format", "json")
    (found,) = json.loads(later.output)["scores"]
    assert (found["version"], found["new"], found["beats_baseline"]) == (2, True, True)
    assert found["report"]["origin"]["estimator"] == "random_forest"


def test_a_score_that_foretells_nothing_is_kept_only_by_force(segue: Segue) -> None:
    result = segue("train", "coin", *AT)
    assert result.exit_code == 1
    assert "worse than a baseline by" in result.output
    assert "not kept; --force keeps it" in result.output
    assert not Path("models").exists()
    forced = segue("train", "coin", *AT, "--force")
    assert forced.exit_code == 0
    assert "- It was kept because it was forced to be." in Path("models/coin/v1.md").read_text()


def test_a_dry_run_writes_nothing(segue: Segue) -> None:
    result = segue("train", "will_buy", *AT, "--dry-run")
    assert "dry run, nothing written" in result.output
    assert not Path("models").exists()


def test_everybody_is_scored_into_one_table(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    for day in ("2025-11-01", "2025-11-02"):
        result = segue("score", *AT[:-1], day)
        assert result.exit_code == 0, result.output
    assert "will_buy v1: 300 customers as of 2025-11-01T23:00:00Z, in segue.scores" in result.output
    with duckdb.connect("shop.duckdb") as connection:
        rows = connection.execute(
            'SELECT score, version, "at", count(*), min(number) >= 0, max(number) <= 1, '
            "count(micros) FROM segue.scores GROUP BY ALL"
        ).fetchall()
    assert [(*row[:2], str(row[2]), *row[3:]) for row in rows] == [
        ("will_buy", 1, "2025-11-01 23:00:00", 300, True, True, 0)
    ]


def test_drift_says_what_moved_and_writes_nothing(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    result = segue("score", "will_buy", "--drift", *AT, "--format", "json")
    (found,) = json.loads(result.output)["scores"]
    assert [one["name"] for one in found["features"]] == ["opens", "orders", "quiet_for", "score"]
    assert result.exit_code == int(any(f["verdict"] == "moved far" for f in found["features"]))
    table = segue("score", "will_buy", "--drift", *AT).output
    assert "will_buy v1, trained as of 2025-10-31T23:00:00Z, against 300 customers" in table
    with duckdb.connect("shop.duckdb") as connection:
        assert (
            connection.execute("FROM duckdb_tables() WHERE schema_name = 'segue'").fetchall() == []
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "wil_buy", *AT), "there is no score `wil_buy`"),
        (("score", "will_buy", *AT), "`will_buy` was never trained here"),
        (("score", *AT), "no score was trained yet"),
        (("card", "will_buy@v0"), "`will_buy@v0` names no model"),
        (("train", "will_buy", *AT[:-1], "2020-01-01"), "the label of `will_buy` is `false`"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    segue: Segue, arguments: tuple[str, ...], message: str
) -> None:
    result = segue(*arguments)
    assert result.exit_code == 2
    assert f"error: {message}" in result.output


def test_a_version_that_is_not_there_names_those_that_are(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    result = segue("card", "will_buy@v7")
    assert "there is no version 7 of `will_buy`" in result.output
    assert "there are v1" in result.output


def test_a_feature_that_means_something_else_by_now_must_be_trained_again(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    Path("scores.seg").write_text(
        RULES.replace("email_open over last 30d", "email_open over last 7d")
    )
    result = segue("score", "will_buy", *AT)
    assert result.exit_code == 2
    assert (
        "v1 of `will_buy` was trained on another `opens` than the one in the rules" in result.output
    )
    assert segue("train", "will_buy", *AT).exit_code == 0


@pytest.mark.parametrize("command", [("train",), ("score",), ("score", "--drift")])
def test_a_column_of_another_type_that_a_score_reads_is_refused(
    segue: Segue, command: tuple[str, ...]
) -> None:
    segue("train", "will_buy", *AT)
    with duckdb.connect("shop.duckdb") as connection:
        connection.execute("ALTER TABLE page_views ALTER viewed_at TYPE VARCHAR")
    assert segue(*command, "will_buy", *AT).exit_code in (0, 1)
    with duckdb.connect("shop.duckdb") as connection:
        connection.execute("ALTER TABLE purchases ALTER purchased_at TYPE VARCHAR")
    result = segue(*command, "will_buy", *AT)
    assert result.exit_code == 2
    assert "`purchases.purchased_at` is a time, and in duckdb it is `VARCHAR`" in result.output


def test_without_the_libraries_the_extra_is_named(
    segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    result = segue("train", *AT)
    assert result.exit_code == 2
    assert "scikit-learn is not installed" in result.output
    assert "pip install 'segue-lang[scores]'" in result.output


def test_a_page_has_its_plots_and_nothing_from_elsewhere(segue: Segue) -> None:
    segue("train", "will_buy", *AT)
    segue("card", "will_buy", "--format", "html", "--out", "card.html")
    page = Path("card.html").read_text("utf-8")
    assert page.count("<svg") == 2
    assert "http" not in page
    assert "<script" not in page
