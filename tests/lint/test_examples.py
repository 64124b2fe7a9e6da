"""`segue test --write --from-lint`: customers who show what lint rules found become tests."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """
entity: {name: customer, table: customers, key: id, attributes: {since: timestamp}}
events:
  purchase: {table: purchases, at: at, properties: {amount: int}}
  answer: {table: answers, at: at, properties: {score: int}}
"""
RULES = """
condition recent = exists(purchase over last 14d)
segment big "Much" { when count(purchase over last 90d) >= 2 }
segment new "New" { when age(since) <= 30d }
segment huge "More" { when count(purchase over last 90d) >= 5 }

assert disjoint(big, new)
assert big implies recent

tiers mood by last(answer.score) {
  happy   when >= 8
  unhappy otherwise
}

lifecycle customer {
  stage fan  { enter when exists(purchase over last 30d)   next lost }
  stage lost { enter when not exists(answer over last 30d) next fan }
}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "shop.seg").write_text(RULES, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def segue_test(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments])


def written(shop: Path) -> dict[str, tuple[object, object]]:
    """The tests by name: what is given, and what is expected."""
    text = (shop / "tests" / "shop.test.yml").read_text("utf-8")
    return {t["name"]: (t.get("given"), t["expect"]) for t in yaml.safe_load(text)["tests"]}


def test_each_customer_who_shows_a_finding_becomes_a_test(shop: Path) -> None:
    result = segue_test("--write", "--from-lint")

    assert "wrote 5 tests into tests/shop.test.yml: look at what each expects" in result.output
    tests = written(shop)
    assert {name: expected for name, (_, expected) in tests.items()} == {
        "SEG206: somebody is in both big and new": {"in": ["big", "new"]},
        "SEG206: somebody is in big and not in recent": {
            "in": ["big"],
            "metrics": {"recent": False},
        },
        "SEG204: somebody is in big and not in huge": {"in": ["big"], "not_in": ["huge"]},
        "SEG215: whoever has no last(answer.score) is in the tier unhappy": {"in": ["unhappy"]},
        "SEG211: somebody moves at every run: fan → lost → fan": {"stages": {"customer": "lost"}},
    }
    given, _ = tests["SEG211: somebody moves at every run: fan → lost → fan"]
    assert isinstance(given, dict)
    assert given["stages"] == {"customer": "fan"}


def test_written_tests_pass_unconfirmed_and_are_not_written_twice(shop: Path) -> None:
    segue_test("--write", "--from-lint")
    before = (shop / "tests" / "shop.test.yml").read_text("utf-8")

    again = segue_test("--write", "--from-lint")

    assert "5 passed, 5 unconfirmed" in again.output
    assert "nothing to write: each customer who shows a finding has a test" in again.output
    assert (shop / "tests" / "shop.test.yml").read_text("utf-8") == before


def test_what_a_person_said_of_the_customer_stands(shop: Path) -> None:
    segue_test("--write", "--from-lint=SEG206")
    file = shop / "tests" / "shop.test.yml"
    meant = file.read_text("utf-8").replace("in: [big, new]", "in: [big]\n      not_in: [new]")
    file.write_text(meant, "utf-8")

    again = segue_test("--write", "--from-lint=SEG206")

    assert again.exit_code == 1
    assert "nothing to write" in again.output
    assert file.read_text("utf-8") == meant


def test_only_the_rules_that_are_named(shop: Path) -> None:
    segue_test("--write", "--from-lint=SEG215,back-and-forth")

    assert [name[:6] for name in written(shop)] == ["SEG215", "SEG211"]


def test_rules_that_show_nobody_have_nothing_to_write(shop: Path) -> None:
    result = segue_test("--write", "--from-lint=SEG501")

    assert "nothing to write: no finding of these rules is shown by a customer" in result.output
    assert not (shop / "tests").exists()


def test_an_unknown_rule_is_told_and_so_is_a_path_in_its_place(shop: Path) -> None:
    assert "there is no rule `SEG999`" in segue_test("--write", "--from-lint=SEG999").output
    result = segue_test("--write", "--from-lint", ".")
    assert result.exit_code == 2
    assert "a path goes before the option: `segue test . --write --from-lint`" in result.output


def test_it_says_which_tests_to_write_and_so_needs_write(shop: Path) -> None:
    result = segue_test("--from-lint")
    assert result.exit_code == 2
    assert "--from-lint says which tests to write" in result.output
