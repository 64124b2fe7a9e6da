"""The project of docs/testing.md behaves as the page says."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[number]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    catalog = (ROOT / "rulesets" / "behavioral" / "catalog.yml").read_text("utf-8")
    (tmp_path / "catalog.yml").write_text(catalog, "utf-8")
    (tmp_path / "rules.seg").write_text(block("seg"), "utf-8")
    (tmp_path / "rules.test.yml").write_text(block("yaml"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_coverage_is_the_one_shown(project: Path) -> None:
    output = CliRunner().invoke(main, ["test", "--coverage"]).stdout
    shown = "\n".join(line.rstrip() for line in output.splitlines()[2:])
    assert shown == block("text").rstrip()


def test_the_written_test_is_the_one_shown(project: Path) -> None:
    CliRunner().invoke(main, ["test", "--write"])
    written = (project / "rules.test.yml").read_text("utf-8")
    assert written.startswith(block("yaml"))
    name = block("yaml", 1).splitlines()[0]
    assert name in written
    assert "unconfirmed: true  # computed" in block("yaml", 1)
    result = CliRunner().invoke(main, ["test", "--fail-under", "100"])
    assert result.exit_code == 0, result.output
