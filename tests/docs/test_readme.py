"""The README shows what really comes out: its rule's SQL, and its table of segments."""

import re
from pathlib import Path

from click.testing import CliRunner

from segue.runtime.cli import main
from segue.runtime.demo.cdnow import create_cdnow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CATALOG = """\
timezone: Europe/Paris
entity: {name: customer, table: customers, key: customer_id}
events:
  email_open: {table: email_opens, at: opened_at}
  email_click: {table: email_clicks, at: clicked_at}
"""


def block(language: str, after: str = "") -> str:
    found = re.search(rf"```{language}\n(.*?)```", README[README.index(after) :], re.DOTALL)
    assert found is not None
    return found[1]


def test_the_rule_becomes_the_sql_shown(tmp_path: Path) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(block("seg"), "utf-8")

    result = CliRunner().invoke(
        main, ["compile", str(tmp_path), "--as", "wide", "--as-of", "2025-12-01T00:00:00Z"]
    )

    shown = [line for line in block("sql").splitlines() if "--" not in line and "…" not in line]
    compiled = result.stdout.splitlines()
    start = compiled.index(shown[0])
    assert compiled[start : start + len(shown)] == shown


def test_the_table_is_that_of_the_shipped_purchases(tmp_path: Path) -> None:
    project = ROOT / "rulesets" / "cdnow"
    create_cdnow(project / "purchases.csv.gz", tmp_path / "cdnow.duckdb")

    database = str(tmp_path / "cdnow.duckdb")
    arguments = ["run", str(project), "--database", database, "--as-of", "1998-07-01"]
    result = CliRunner().invoke(main, arguments)

    shown = [line.split() for line in block("text", "## Try it").splitlines() if "," in line]
    printed = [line.split() for line in result.stdout.splitlines()]
    assert len(shown) >= 3
    assert [row for row in shown if row not in printed] == []


def test_the_gate_runs_the_command_that_the_readme_gives() -> None:
    assert "pip install '.[test]' && python -m pytest" in README
    assert "python -m pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
