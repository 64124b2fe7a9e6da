"""`segue run` and `segue explain` on a demo shop."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main
from segue.runtime.demo import create_shop

RULES = Path(__file__).parents[2] / "rulesets" / "behavioral"

Segue = Callable[..., Result]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("demo") / "shop.duckdb"
    create_shop(path, customers=200)
    return path.read_bytes()


@pytest.fixture
def segue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: bytes) -> Segue:
    for name in ("catalog.yml", "metrics.seg", "segments.seg"):
        (tmp_path / name).write_bytes((RULES / name).read_bytes())
    (tmp_path / "shop.duckdb").write_bytes(demo)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((200, 40)))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


RUN = ("run", "--database", "shop.duckdb", "--as-of", "2025-11-30")


def test_a_run_counts_segments_by_priority(segue: Segue) -> None:
    result = segue(*RUN)
    assert result.exit_code == 0, result.output
    lines = result.output.split("\n")
    segments = [line.split()[0] for line in lines if line.strip().endswith("added")]
    assert segments[:2] == ["purchase_intent", "at_risk_churn"]
    assert "run 1 · as of 2025-11-29T23:00:00Z · 200 customers · ruleset " in result.output


def test_the_same_run_again_says_that_nothing_changed(segue: Segue) -> None:
    segue(*RUN)
    result = segue(*RUN)
    assert "run 2, the same rules as of the same instant: nothing changed" in result.output


def test_a_run_as_of_an_instant_to_come_is_refused_unless_it_writes_nothing(segue: Segue) -> None:
    refused = segue(*RUN[:-1], "9999-12-30")
    assert refused.exit_code == 2
    assert "is still to come, and history is written forwards" in refused.output
    assert segue(*RUN[:-1], "9999-12-30", "--dry-run").exit_code == 0
    assert "run 1 ·" in segue(*RUN).output


def test_json_of_a_run(segue: Segue) -> None:
    segue(*RUN)
    data = json.loads(segue(*RUN[:-1], "2025-12-01", "--format", "json").output)
    assert (data["run_id"], data["entities"]) == (2, 200)
    assert data["previous_as_of"] == "2025-11-29T23:00:00Z"
    for segment in data["segments"]:
        assert segment["stayed"] + segment["entered"] == segment["members"]
        assert segment["share"] == segment["members"] / 200


def test_members_are_those_of_the_python_backend(segue: Segue) -> None:
    segue(*RUN)
    with duckdb.connect("shop.duckdb", read_only=True) as connection:
        members = connection.execute(
            "SELECT segment, min(key), max(key) FROM segue.members GROUP BY segment"
        ).fetchall()
    assert members
    for segment, first, last in members:
        for key in (first, last):
            result = segue("explain", segment, str(key), *RUN[1:])
            assert result.exit_code == 0, result.output
            assert result.output.startswith(f"customer {key} is in {segment}")


def test_a_dry_run_leaves_the_file_as_it_was(segue: Segue) -> None:
    before = Path("shop.duckdb").read_bytes()
    result = segue(*RUN, "--dry-run")
    assert "dry run, nothing written" in result.output
    assert Path("shop.duckdb").read_bytes() == before


def test_going_back_is_refused(segue: Segue) -> None:
    segue(*RUN)
    result = segue(*RUN[:-1], "2025-11-01")
    assert result.exit_code == 2
    assert "the last run was as of 2025-11-29T23:00:00Z" in result.output


OTHERS = "segment known { when email_subscribed }"


def test_another_project_on_the_same_schema_is_refused(segue: Segue) -> None:
    assert segue(*RUN).exit_code == 0
    Path("segments.seg").write_text(OTHERS)
    members = "SELECT segment, COUNT(*) FROM segue.members GROUP BY 1 ORDER BY 1"
    with duckdb.connect("shop.duckdb") as connection:
        before = connection.execute(members).fetchall()

    refused = segue(*RUN)

    assert refused.exit_code == 2
    assert "the rules have nothing of what the schema `segue` holds: " in refused.output
    assert "choose another schema" in refused.output
    with duckdb.connect("shop.duckdb") as connection:
        assert connection.execute(members).fetchall() == before


def test_rules_that_take_the_place_of_all_others_say_so(segue: Segue) -> None:
    assert segue(*RUN).exit_code == 0
    Path("segments.seg").write_text(OTHERS)

    replaced = segue(*RUN, "--replace")

    assert replaced.exit_code == 0, replaced.output
    with duckdb.connect("shop.duckdb") as connection:
        names = connection.execute("SELECT DISTINCT segment FROM segue.members").fetchall()
    assert names == [("known",)]
    assert segue(*RUN).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--database", "nowhere.duckdb"), "there is no database `nowhere.duckdb`"),
        (("run", "--database", "shop.duckdb", "--target", "x"), "exclude each other"),
        ((*RUN[:-1], "yesterday"), "`yesterday` is no instant"),
        ((*RUN, "--segment", "high_engagment"), "did you mean `high_engagement`?"),
        (("run", "--database", "postgres://127.0.0.1:1/x"), "cannot connect to Postgres"),
        (("explain", "high_engagment", "1", *RUN[1:]), "did you mean `high_engagement`?"),
        (("explain", "high_engagement", "ann", *RUN[1:]), "`ann` is no key"),
        (("explain", "high_engagement", "999999", *RUN[1:]), "there is no customer with"),
    ],
)
def test_refusals(segue: Segue, arguments: tuple[str, ...], message: str) -> None:
    result = segue(*arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("written", "instead", "code", "line"),
    [
        ("table: email_opens", "table: email_openings", "SEG070", "table: email_openings"),
        ("id: open_id", "id: open_id\n    key: customer", "SEG071", "    key: customer"),
        ("id: open_id\n    at: opened_at", "at: opened_on", "SEG071", "    at: opened_on"),
        ("type: duration(s), column: seconds", "type: duration(s)", "SEG071", "duration: {type"),
    ],
)
def test_what_the_warehouse_lacks_is_told_with_the_line_of_the_catalog(
    segue: Segue, written: str, instead: str, code: str, line: str
) -> None:
    catalog = Path("catalog.yml").read_text("utf-8")
    assert written in catalog
    Path("catalog.yml").write_text(catalog.replace(written, instead), "utf-8")
    result = segue(*RUN)
    assert result.exit_code == 2
    assert f"error[{code}]" in result.output
    assert line in result.output


def test_explain_as_json(segue: Segue) -> None:
    data = json.loads(segue("explain", "high_engagement", "7", *RUN[1:], "--format", "json").output)
    assert data["key"] == "7"
    assert data["condition"]["kind"] == "all"
    assert [part["text"] for part in data["condition"]["parts"]] == [
        "email_opens_30d >= 10",
        "click_rate_30d >= 15%",
        "time_since_last_click <= 7d",
    ]
    assert data["warehouse"] == {"engine": "duckdb", "member": data["member"], "agrees": True}


def test_explain_tells_when_somebody_entered(segue: Segue) -> None:
    segue(*RUN)
    with duckdb.connect("shop.duckdb", read_only=True) as connection:
        row = connection.execute("SELECT segment, key FROM segue.members LIMIT 1").fetchone()
    assert row is not None
    result = segue("explain", row[0], str(row[1]), *RUN[1:])
    last = result.output.rstrip().splitlines()[-1]
    assert last == "runs: entered as of 2025-11-29T23:00:00Z (run 1: the segment was new)"


def test_every_customer_is_explained_as_the_warehouse_has_it(segue: Segue) -> None:
    for key in range(1, 21):
        result = segue("explain", "purchase_intent", str(key), *RUN[1:])
        assert result.exit_code == 0, result.output
