"""`segue fmt`: one layout, and never a file worse than before."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from segue.grammar.format import FormatError

Segue = Callable[..., Result]
UNTIDY = "segment  x{when   true}"
TIDY = "segment x { when true }\n"


def test_files_are_written_in_place(project: Path, segue: Segue) -> None:
    rules = project / "rules.seg"
    rules.write_text(UNTIDY, "utf-8")
    rules.chmod(0o640)
    result = segue("fmt")
    assert result.exit_code == 0
    assert "formatted rules.seg\n" in result.output
    assert rules.read_text("utf-8") == TIDY
    assert stat.S_IMODE(rules.stat().st_mode) == 0o640
    assert [path.name for path in project.iterdir() if path.name.startswith(".")] == []


def test_check_writes_nothing_and_fails(project: Path, segue: Segue) -> None:
    rules = project / "rules.seg"
    rules.write_text(UNTIDY, "utf-8")
    result = segue("fmt", "--check")
    assert result.exit_code == 1
    assert "would format rules.seg" in result.output
    assert rules.read_text("utf-8") == UNTIDY


def test_diff_shows_what_would_change(project: Path, segue: Segue) -> None:
    (project / "rules.seg").write_text(UNTIDY, "utf-8")
    result = segue("fmt", "--diff", "rules.seg")
    assert result.exit_code == 1
    assert f"-{UNTIDY}\n+{TIDY}" in result.output


def test_formatted_files_are_left_alone(project: Path, segue: Segue) -> None:
    before = (project / "rules.seg").stat().st_mtime_ns
    assert segue("fmt", "--check").exit_code == 0
    assert segue("fmt").exit_code == 0
    assert (project / "rules.seg").stat().st_mtime_ns == before


def test_a_file_with_an_error_is_left_and_the_others_are_formatted(
    project: Path, segue: Segue
) -> None:
    (project / "rules.seg").write_text("segment x {", "utf-8")
    (project / "email" / "buyers.seg").write_text(UNTIDY, "utf-8")
    result = segue("fmt")
    assert result.exit_code == 1
    assert "error[SEG" in result.output
    assert (project / "rules.seg").read_text("utf-8") == "segment x {"
    assert (project / "email" / "buyers.seg").read_text("utf-8") == TIDY


def test_a_formatter_that_changes_the_meaning_writes_nothing(
    project: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, path: str) -> str:
        raise FormatError("it would not mean the same")

    monkeypatch.setattr("segue.runtime.cli.fmt.format_source", broken)
    before = (project / "rules.seg").read_text("utf-8")
    result = segue("fmt", "rules.seg")
    assert result.exit_code == 1
    assert "left as it is" in result.output
    assert (project / "rules.seg").read_text("utf-8") == before


def test_a_filter(segue: Segue) -> None:
    result = segue("fmt", "-", input=UNTIDY)
    assert (result.stdout, result.exit_code) == (TIDY, 0)
    assert segue("fmt", "-", "--check", input=UNTIDY).exit_code == 1
    assert segue("fmt", "-", input="segment").exit_code == 1


def test_a_folder_outside_any_project(
    tmp_path: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.seg").write_text(UNTIDY, "utf-8")
    assert segue("fmt", ".").exit_code == 0
    assert (tmp_path / "a.seg").read_text("utf-8") == TIDY
    assert segue("fmt", "b.seg").exit_code == 2
