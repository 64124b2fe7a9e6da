"""`segue test --write --from-diff`: who a change moves becomes tests of the new rules."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diff.repository import Repository, repository
from segue.runtime.cli import main

TESTS = """
as_of: 2025-08-20T12:00:00Z

tests:
  # Those we know best.
  - name: only looks
    given: {events: {visit: [3d ago]}}  # in August
    expect: {not_in: [buyers]}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = repository(tmp_path)
    made.write({"rules.test.yml": TESTS})
    made.commit()
    monkeypatch.chdir(made.root)
    return made


def change(shop: Repository, old: str, new: str) -> None:
    text = (shop.root / "rules.seg").read_text("utf-8")
    assert old in text
    shop.write({"rules.seg": text.replace(old, new)})


def segue_test(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments])


def test_who_enters_and_who_leaves_become_tests_of_the_new_rules(shop: Repository) -> None:
    change(shop, "over last 30d", "over 60d ago to 30d ago")

    segue_test("--write", "--from-diff", "HEAD")

    written = (shop.root / "rules.test.yml").read_text("utf-8")
    assert written.startswith(TESTS)
    added = written.removeprefix(TESTS)
    assert "  - name: 'buyers: enters, compared with HEAD'\n    unconfirmed: true  #" in added
    assert "in: [buyers]" in added
    assert "  - name: 'buyers: leaves, compared with HEAD'\n" in added
    assert "not_in: [buyers]" in added
    assert "not_in: [visitors]" in added
    assert "4 unconfirmed" in segue_test().output


def test_written_tests_pass_and_are_not_written_twice(shop: Repository) -> None:
    change(shop, "orders_30d >= 2", "orders_30d >= 3")

    first = segue_test("--write", "--from-diff", "HEAD")
    written = (shop.root / "rules.test.yml").read_text("utf-8")
    again = segue_test("--write", "--from-diff", "HEAD")

    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "wrote 2 tests into rules.test.yml: look at what each expects" in first.output
    assert "nothing to write: each customer whom the change moves has a test" in again.output
    assert (shop.root / "rules.test.yml").read_text("utf-8") == written


def test_a_test_that_shows_the_change_is_enough(shop: Repository) -> None:
    change(shop, "orders_30d >= 2", "orders_30d >= 4")
    given = "given: {events: {purchase: [3d ago, 2d ago, 1d ago]}}"
    tests = f"{TESTS}  - {{name: thrice, {given}, expect: {{not_in: [buyers]}}}}\n"
    shop.write({"rules.test.yml": tests})

    result = segue_test("--write", "--from-diff", "HEAD")

    added = (shop.root / "rules.test.yml").read_text("utf-8").removeprefix(tests)
    assert "wrote 1 test into" in result.output
    assert "visitors: enters, compared with HEAD" in added
    assert "buyers: leaves" not in added


def test_what_means_the_same_needs_no_test(shop: Repository) -> None:
    change(shop, "orders_30d >= 2", "orders_30d > 1")

    result = segue_test("--write", "--from-diff", "HEAD")

    assert "nothing to write" in result.output
    assert (shop.root / "rules.test.yml").read_text("utf-8") == TESTS


def test_from_diff_needs_write(shop: Repository) -> None:
    result = segue_test("--from-diff", "HEAD")

    assert result.exit_code == 2
    assert "--from-diff says which tests to write" in result.output
