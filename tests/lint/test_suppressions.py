"""Where a suppression holds, and what is said of one that holds nothing."""

import pytest

from lint.ruleset import codes, linted
from segue.compiler.lint.policy import PathPolicy, Policy
from segue.grammar.diagnostics import Severity

DEFAULT = Policy()


def found(text: str, policy: Policy = DEFAULT) -> list[str]:
    return codes(linted(text, policy))


def test_behind_a_line_it_is_about_that_line() -> None:
    text = (
        "segment a {\n"
        "  when email_subscribed == true # segue: ignore[SEG303] the house style\n"
        "   and email_subscribed == true\n"
        "}\n"
    )
    assert found(text) == ["SEG303", "SEG306"]


def test_before_a_definition_it_is_about_all_of_it() -> None:
    text = (
        "# segue: ignore[SEG303, repeated-condition] the house style\n"
        "segment a {\n"
        "  when email_subscribed == true\n"
        "   and email_subscribed == true\n"
        "}\n"
        "segment b { when email_subscribed == true }\n"
    )
    result = linted(text, DEFAULT)

    assert codes(result) == ["SEG303"]
    assert result.suppressed == 3
    assert result.findings[0].diagnostic.span.line == 6


def test_on_a_line_of_its_own_inside_it_is_about_the_next_line() -> None:
    text = (
        "segment a {\n"
        "  when email_subscribed\n"
        "   # segue: ignore[SEG301] counts read better here\n"
        "   and count(purchase) > 0\n"
        "   and count(cart_add) > 0\n"
        "}\n"
    )
    assert found(text) == ["SEG301"]


def test_for_a_whole_file() -> None:
    text = (
        "segment a { when email_subscribed == true }\n"
        "segment b { when true == email_subscribed }\n"
        "# segue: ignore-file[SEG303, constant-first] made by a tool\n"
    )
    assert found(text) == []


def test_one_that_suppresses_nothing_is_found() -> None:
    assert found("segment a { when email_subscribed } # segue: ignore[SEG303] once\n") == ["SEG901"]


def test_a_reason_that_is_still_to_be_written_is_none() -> None:
    text = "segment a { when email_subscribed == true } # segue: ignore[SEG303] because …\n"

    assert found(text) == ["SEG902"]


def test_one_of_a_rule_that_did_not_run_is_not() -> None:
    text = "segment a { when email_subscribed } # segue: ignore[SEG303] once\n"

    assert found(text, Policy(select=("SEG9",))) == []


def test_a_suppression_can_be_suppressed() -> None:
    text = "# segue: ignore-file[SEG902] agreed\nsegment a { when 1 > 0 } # segue: ignore[SEG102]\n"

    assert found(text) == []


@pytest.mark.parametrize(
    "comment", ["# segue: ignore", "# segue: off", "# segue:ignore[]", "# segue: ignore SEG303"]
)
def test_a_comment_to_the_linter_that_it_cannot_read(comment: str) -> None:
    assert found(f"segment a {{ when email_subscribed }} {comment}\n") == ["SEG903"]


def test_a_text_that_looks_like_one_is_none() -> None:
    assert found('segment a "# segue: ignore" { when email_subscribed }\n') == []


def test_a_rule_can_be_left_out_of_some_files() -> None:
    text = "segment a { when email_subscribed == true }\n"
    paths = (PathPolicy("rules*", ("clarity",)),)

    assert found(text, Policy(paths=paths)) == []
    assert found(text, Policy(paths=(PathPolicy("old", ("all",)),))) != []


def test_a_severity_can_be_set() -> None:
    policy = Policy(select=("SEG303",), severity={"SEG303": Severity.ERROR})

    (finding,) = linted("segment a { when email_subscribed == true }", policy).findings

    assert finding.diagnostic.severity is Severity.ERROR
