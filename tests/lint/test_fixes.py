"""Fixes are made together where they fit, over and over, and never at the cost of a comment."""

from collections.abc import Mapping, Sequence

from lint.ruleset import linted
from segue.compiler.lint.finding import Edit, Finding, Fix
from segue.compiler.lint.fixes import apply, fix_all
from segue.compiler.lint.policy import Policy
from segue.grammar.span import Span

DEFAULT = Policy()


def fixed(text: str, *, unsafe: bool = False) -> str:
    """The text after all fixes."""

    def check(texts: Mapping[str, str]) -> Sequence[Finding]:
        return linted(texts["rules.seg"], DEFAULT).findings

    findings = linted(text, DEFAULT).findings
    return fix_all({"rules.seg": text}, findings, check, unsafe=unsafe).texts["rules.seg"]


def edit(text: str, old: str, new: str) -> Edit:
    start = text.index(old)
    return Edit(Span("rules.seg", start, start + len(old), 1, start + 1), new)


def test_one_fix_makes_room_for_the_next() -> None:
    text = "segment a {\n  when not not (email_subscribed == true)\n}\n"

    assert fixed(text) == "segment a {\n  when email_subscribed\n}\n"


def test_what_is_unsafe_is_left_alone_unless_it_is_asked_for() -> None:
    text = "segment a {\n  when email_subscribed == false\n}\n"

    assert fixed(text) == text
    assert fixed(text, unsafe=True) == "segment a {\n  when not email_subscribed\n}\n"


def test_brackets_are_written_where_they_are_needed() -> None:
    text = "segment a {\n  when not not (email_subscribed or balance > 5) and balance > 1\n}\n"

    assert "when (email_subscribed or balance > 5) and balance > 1" in fixed(text)


def test_a_fix_that_would_lose_a_comment_is_not_made() -> None:
    text = 'segment a {\n  when country == "FR" # home\n    or country == "DE"\n}\n'

    assert fixed(text) == text


def test_a_file_that_was_formatted_stays_formatted() -> None:
    before = 'segment a {\n  when country == "FR"\n    or country == "DE"\n}\n'

    assert fixed(before) == 'segment a {\n  when country in ["FR", "DE"]\n}\n'


def test_a_file_that_was_not_formatted_keeps_its_layout() -> None:
    text = "segment   a { when email_subscribed == true }"

    assert fixed(text) == "segment   a { when email_subscribed }"


def test_of_two_fixes_of_one_place_the_first_is_made() -> None:
    text = "segment a { when true }"
    first = Fix("", (edit(text, "true", "false"),))
    second = Fix("", (edit(text, "{ when true }", "{ when not true }"),))

    assert apply({"rules.seg": text}, [first, second]) == (
        {"rules.seg": "segment a { when false }"},
        1,
    )


def test_the_edits_of_a_fix_are_made_together_or_not_at_all() -> None:
    text = "segment a { when true } segment b { when false }"
    first = Fix("", (edit(text, "true", "false"),))
    both = Fix("", (edit(text, "true", "not true"), edit(text, "b {", "c {")))

    assert apply({"rules.seg": text}, [first, both])[1] == 1


def test_a_text_that_could_not_be_read_is_thrown_away() -> None:
    text = "segment a { when true }"
    broken = Fix("", (edit(text, "true", "and and"),))

    assert apply({"rules.seg": text}, [broken]) == ({"rules.seg": text}, 0)


def test_a_fix_that_breaks_the_ruleset_does_not_keep_others_from_being_made() -> None:
    text = "segment a { when email_subscribed == true } segment b { when true }"
    good = linted(text, DEFAULT).findings
    bad = Finding(good[0].diagnostic, Fix("", (edit(text, "when true", "when nobody"),)))

    def check(texts: Mapping[str, str]) -> Sequence[Finding] | None:
        return None if "nobody" in texts["rules.seg"] else ()

    made = fix_all({"rules.seg": text}, [bad, *good], check, unsafe=False)

    assert made.texts["rules.seg"] == "segment a { when email_subscribed } segment b { when true }"
    assert made.fixes == 1
