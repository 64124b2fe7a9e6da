"""A finding is known by its rule and its definition, not by its place."""

import pytest

from lint.ruleset import linted

TEXT = """\
metric opens = count(email_open over last 30d)

segment readers "Open our mails" {
  when opens >= 10 and email_subscribed == true
}
"""


def fingerprints(text: str) -> list[str]:
    return [finding.fingerprint for finding in linted(text).findings]


@pytest.mark.parametrize(
    "text",
    [
        "# A comment.\n\n\n" + TEXT,
        TEXT.replace(" and ", "\n\n   and "),
        TEXT.replace("opens >= 10", "opens >= (10)"),
        TEXT.replace("metric opens =", "metric   opens   ="),
        'condition c = true\nsegment other "Another" { when c }\n' + TEXT,
    ],
)
def test_moving_a_line_and_formatting_changes_nothing(text: str) -> None:
    assert fingerprints(text) == fingerprints(TEXT)


@pytest.mark.parametrize(
    "text",
    [TEXT.replace("10", "11"), TEXT.replace("segment readers", "segment openers")],
)
def test_another_definition_has_another_fingerprint(text: str) -> None:
    assert len(fingerprints(text)) == 1
    assert fingerprints(text) != fingerprints(TEXT)


def test_two_findings_of_one_rule_in_one_definition_differ() -> None:
    twice = fingerprints(TEXT.replace("opens >= 10", "true == email_subscribed"))

    assert len(twice) == len(set(twice)) > 1
