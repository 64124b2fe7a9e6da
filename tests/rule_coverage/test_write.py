"""`segue test --write`: tests for what no test has tried."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rule_coverage.test_reports import project as project
from rule_coverage.test_reports import segue as segue
from segue.runtime.testing.append import appended, indentation

Segue = Callable[..., Result]


def test_what_is_written_covers_everything(project: Path, segue: Segue) -> None:
    tests = project / "rules.test.yml"
    before = tests.read_text("utf-8")

    first = segue("--write")
    assert first.exit_code == 0, first.output
    assert "into rules.test.yml: look at what each expects" in first.output

    written = tests.read_text("utf-8")
    assert written.startswith(before)
    assert "  - name: 'keen: plan == \"pro\" is false and decides'\n" in written
    assert "    unconfirmed: true  # computed from the rules" in written

    again = segue("--write", "--coverage", "--fail-under", "100")
    assert again.exit_code == 0, again.output
    assert "nothing to write" in again.output
    assert tests.read_text("utf-8") == written


def test_unconfirmed_tests_pass_and_are_told(project: Path, segue: Segue) -> None:
    segue("--write")
    lines = segue().output.splitlines()
    number = (project / "rules.test.yml").read_text("utf-8").count("unconfirmed: true")
    assert f"{number} unconfirmed in " in lines[0]
    assert lines[1].startswith(f"rules.test.yml: {number} unconfirmed: computed from the rules")


def test_a_person_may_disagree(project: Path, segue: Segue) -> None:
    segue("--write")
    tests = project / "rules.test.yml"
    text = tests.read_text("utf-8")
    assert "      not_in: [keen]" in text
    tests.write_text(text.replace("      not_in: [keen]", "      in: [keen]", 1), "utf-8")
    assert segue().exit_code == 1


def test_what_nobody_can_show_is_said(project: Path, segue: Segue) -> None:
    rules = "segment odd { when points >= 5 and points >= 3 }\n"
    (project / "rules.seg").write_text(rules, "utf-8")
    (project / "rules.test.yml").unlink()
    result = segue("--write")
    assert "rules.seg:1:36: no customer can: odd: points >= 3 is false and decides (proved)" in (
        result.output
    )
    assert (project / "tests" / "rules.test.yml").exists()
    assert "passed" in segue().output


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("tests:\n  - name: a\n", "  "),
        ("tests:\n- name: a\n", ""),
        ("tests:  # why\n    # first\n    - name: a\n      as_of: 2025-01-01\n# end\n", "    "),
        ("tests: [{name: a}]\n", None),
        ("tests:\n  - name: a\nas_of: 2025-01-01\n", None),
        ("tests:\n", None),
        ("", None),
    ],
)
def test_where_a_test_can_be_added(text: str, indent: str | None) -> None:
    assert indentation(text) == indent


def test_comments_and_layout_stay() -> None:
    text = "tests:\n\n    # first\n    - {name: a,   expect: {in: [b]}}  # so\n"
    assert appended(text, ["- name: c\n  expect: d\n"], "    ") == (
        text + "\n    - name: c\n      expect: d\n"
    )


def test_whether_a_test_is_confirmed_is_true_or_false(project: Path, segue: Segue) -> None:
    tests = project / "rules.test.yml"
    text = tests.read_text("utf-8")
    tests.write_text(text.replace("a pro\n", "a pro\n    unconfirmed: maybe\n"), "utf-8")
    result = segue()
    assert result.exit_code == 2
    assert "`unconfirmed` is true or false" in result.output


def test_windows_line_ends_stay(project: Path, segue: Segue) -> None:
    tests = project / "rules.test.yml"
    before = tests.read_text("utf-8").replace("\n", "\r\n").encode()
    tests.write_bytes(before)
    segue("--write")
    written = tests.read_bytes()
    assert written.startswith(before)
    assert written.count(b"\n") == written.count(b"\r\n") > before.count(b"\n")


def test_part_of_the_tests_is_no_ground_to_write_more(segue: Segue) -> None:
    for arguments in (["-k", "pro"], ["rules.test.yml"]):
        result = segue("--write", *arguments)
        assert result.exit_code == 2
        assert "--write looks at all tests of a project" in result.output
