"""`segue check`: what a person reads about a project, right or wrong.

`SEGUE_UPDATE=1 pytest tests/cli/test_check.py` writes the golden files anew; read the diff.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Segue = Callable[..., Result]
HERE = Path(__file__).parent


def test_a_project_without_faults(project: Path, segue: Segue) -> None:
    result = segue("check")
    assert (result.output, result.exit_code) == ("checked 2 files: no errors\n", 0)


@pytest.mark.parametrize("style", ["text", "concise", "json"])
@pytest.mark.parametrize("case", ["wrong_files", "wrong_rules"])
def test_all_findings_of_all_files_are_shown(
    case: str,
    style: str,
    segue: Segue,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE / case)
    result = segue("check", "--format", style)
    golden(HERE / case / f"check.{'json' if style == 'json' else style + '.txt'}", result.output)
    assert result.exit_code == 1


def test_json_is_json_and_nothing_else(project: Path, segue: Segue) -> None:
    assert json.loads(segue("check", "--format", "json").output) == {
        "diagnostics": [],
        "files": 2,
        "errors": 0,
        "warnings": 0,
        "hints": 0,
        "suppressed": 0,
        "baseline": 0,
        "undecided": [],
    }


def test_a_file_stands_for_its_project_and_paths_are_seen_from_here(
    project: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "rules.seg").write_text("segment x { when nothing }", "utf-8")
    monkeypatch.chdir(project / "email")
    result = segue("check", "buyers.seg", "--format", "concise")
    assert "../rules.seg:1:18: error[SEG010]: unknown name `nothing`" in result.output


def test_several_paths_of_one_project_check_it_once(project: Path, segue: Segue) -> None:
    result = segue("check", "rules.seg", "email", "email/buyers.seg")
    assert result.output == "checked 2 files: no errors\n"


def test_names_of_a_broken_file_are_not_called_unknown(project: Path, segue: Segue) -> None:
    (project / "rules.seg").write_text("metric opens_30d = count(", "utf-8")
    output = segue("check", "--format", "concise").output
    assert "SEG010" not in output
    assert "rules.seg:1:" in output


def test_colour_is_for_terminals_and_for_those_who_ask(
    project: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "rules.seg").write_text("segment x { when nothing }", "utf-8")
    assert "\x1b[" not in segue("check").output
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = segue("check").output
    assert "\x1b[31m\x1b[1merror[SEG010]" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in segue("check").output


def test_a_missing_path(project: Path, segue: Segue) -> None:
    result = segue("check", "nowhere")
    assert result.exit_code == 2
    assert result.output == "error: there is no file or folder `nowhere`\n"


def test_a_folder_that_is_no_project(
    tmp_path: Path, segue: Segue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = segue("check")
    assert result.exit_code == 2
    assert "is not in a Segue project" in result.output
    assert "segue init" in result.output


def test_a_project_without_rules(project: Path, segue: Segue) -> None:
    (project / "rules.seg").unlink()
    (project / "email" / "buyers.seg").unlink()
    result = segue("check")
    assert result.exit_code == 2
    assert "there are no rules in" in result.output


def test_settings_without_a_catalog(project: Path, segue: Segue) -> None:
    (project / "catalog.yml").rename(project / "shop.yml")
    (project / "segue.yml").write_text("target: dev\n", "utf-8")
    result = segue("check")
    assert result.exit_code == 2
    assert "there is no catalog" in result.output


def test_bytes_that_are_no_text(project: Path, segue: Segue) -> None:
    (project / "rules.seg").write_bytes(b"# fine\nmetric caf\xe9 = 1\n")
    result = segue("check", "--format", "concise")
    assert result.exit_code == 1
    assert "rules.seg:2:1: error[SEG065]: line 2 is not UTF-8 text" in result.output


def test_a_folder_that_rules_cannot_name(project: Path, segue: Segue) -> None:
    (project / "email").rename(project / "e-mail")
    assert "error[SEG066]" in segue("check", "--format", "concise").output
    (project / "segue.yml").write_text("ignore: e-mail\n", "utf-8")
    assert segue("check").output == "checked 1 file: no errors\n"


def test_hidden_folders_are_not_read(project: Path, segue: Segue) -> None:
    (project / ".trash").mkdir()
    (project / ".trash" / "old.seg").write_text("segment", "utf-8")
    assert segue("check").output == "checked 2 files: no errors\n"
