"""No input whatever makes the parser raise, and what it says can be shown."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.grammar.diagnostics import render
from segue.grammar.format import format_source
from segue.grammar.lexer import tokenize
from segue.grammar.parser import parse
from segue.grammar.span import Span
from segue.grammar.tables import MARKS, WORDS

TOUR = (Path(__file__).parent / "formatted" / "tour.in.seg").read_text(encoding="utf-8")
PIECES = [
    *WORDS,
    *MARKS,
    *("a", "b.c", "f", "3", "15%", "30d", "30m", "2024-02-30", '"x"', "'y'", '"', "null", "@v3"),
    *("==", "<", "&&", "!", "is missing", "not in", "starts with", "is null", "# c\n", "\n", "\r"),
    *("\ufeff", "\x00", "\ud800", "é", "“"),
]


def check(text: str) -> None:
    result = parse(text, "x.seg")
    for finding in result.diagnostics:
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
        assert render(finding, {"x.seg": text})
    if not result.diagnostics:
        once = format_source(text, "x.seg")
        assert format_source(once, "x.seg") == once


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from([" ", "\n", "\r\n", "\t"]))
def test_any_words_of_the_language(words: list[str], between: str) -> None:
    check(between.join(words))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_files(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TOUR.split("\n\n")))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 15)))
        put = data.draw(st.one_of(st.just(""), st.sampled_from(PIECES), st.text(max_size=3)))
        text = text[:start] + put + text[end:]
    check(text)


DEEP = {
    "brackets": "metric a = " + "(" * 10_000 + "1" + ")" * 10_000,
    "unclosed brackets": "metric a = " + "(" * 10_000,
    "calls": "metric a = " + "f(" * 10_000 + "1" + ")" * 10_000,
    "not": "condition a = " + "not " * 10_000 + "b",
    "signs": "metric a = " + "-" * 10_000 + "1",
    "sums": "metric a = " + "1 + " * 10_000 + "1",
    "defaults": "metric a = " + "b ?? " * 10_000 + "1",
    "choices": "metric a = " + "if b then 1 else " * 10_000 + "1",
    "braces": "segment a " + "{" * 10_000,
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_is_no_crash(kind: str) -> None:
    found = parse(DEEP[kind], "x.seg").diagnostics
    # Brackets leave no trace in the tree, so any number of closed ones is fine.
    assert bool(found) == (kind != "brackets")


def test_long_chains_of_and_are_flat() -> None:
    result = parse("condition a = " + "b and " * 10_000 + "b", "x.seg")
    assert result.diagnostics == ()


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "# only a comment", "\r\n\r\n", "\t"])
def test_files_without_items(text: str) -> None:
    result = parse(text, "x.seg")
    assert (result.module.items, result.diagnostics) == ((), ())


def test_line_ends_and_marks_do_not_matter() -> None:
    plain = "metric a = 1\n\nsegment b {\n  when c > 3\n}\n"
    expected = parse(plain, "x.seg").module
    for text in (plain.replace("\n", "\r\n"), "\ufeff" + plain, plain.rstrip("\n"), plain * 1):
        result = parse(text, "x.seg")
        assert (result.module, result.diagnostics) == (expected, ())


def test_a_byte_order_mark_is_no_column() -> None:
    tokens, _ = tokenize("\ufeffmetric a = 1", "x.seg")
    assert tokens[0].span == Span("x.seg", 1, 7, 1, 1)


def test_operators_of_several_words_may_be_split_by_line_breaks() -> None:
    tokens, _ = tokenize("a not\n  in b", "x.seg")
    assert [(t.kind, t.span.line, t.span.column) for t in tokens[:3]] == [
        ("NAME", 1, 1),
        ("NOT_IN", 1, 3),
        ("NAME", 2, 6),
    ]
