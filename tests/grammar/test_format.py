"""`formatted/name.in.seg` as it was written, `formatted/name.seg` as it is laid out.

After a change of layout, run with SEGUE_UPDATE=1 and review the difference.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.grammar import format as formatter
from segue.grammar.diagnostics import SegueError
from segue.grammar.format import FormatError, format_source
from segue.grammar.lexer import tokenize
from segue.grammar.parser import parse

SOURCES = sorted((Path(__file__).parent / "formatted").glob("*.in.seg"))
ITEMS = [
    item
    for source in SOURCES
    for item in source.read_text(encoding="utf-8").split("\n\n")
    if not parse(item, "x.seg").diagnostics
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name.split(".")[0])
def test_layout(source: Path, golden: Callable[[Path, str], None]) -> None:
    text = source.read_text(encoding="utf-8")
    expected = source.with_name(source.name.replace(".in.", "."))
    golden(expected, format_source(text, source.name))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name.split(".")[0])
def test_formatted_files_stay_as_they_are(source: Path) -> None:
    once = format_source(source.read_text(encoding="utf-8"), source.name)
    assert format_source(once, source.name) == once
    assert not re.search(r"[ \t]$", once, re.MULTILINE)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_layout_with_any_comments(data: st.DataObject) -> None:
    items = data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3))
    gap = st.sampled_from(
        [" ", " ", " ", "\n", "\n\n\n", "  # behind\n", "\n# own\n", "\n\n# x\n\n"]
    )
    words = [t.text for item in items for t in tokenize(item, "x.seg")[0]]
    text = "".join(word + data.draw(gap) for word in words)
    once = format_source(text, "x.seg")
    assert format_source(once, "x.seg") == once
    assert parse(once, "x.seg").module == parse(text, "x.seg").module
    assert sorted(re.findall("#.*", once)) == sorted(re.findall("#.*", text))


def test_clauses_come_in_one_order() -> None:
    text = 'segment a {\n  owner "crm"\n  actions b\n  when c\n}\n'
    assert format_source(text, "x.seg") == (
        'segment a {\n  when c\n  actions b\n  owner   "crm"\n}\n'
    )


def test_files_with_errors_are_left_alone() -> None:
    with pytest.raises(SegueError, match="SEG008"):
        format_source("metric a = b && c", "x.seg")


@pytest.mark.parametrize("output", ["metric a = 2  # why\n", "metric a = 1\n", "metric a = (\n"])
def test_refuses_to_change_meaning_or_lose_comments(
    output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatter, "_lay_out", lambda text, path: output)
    with pytest.raises(FormatError):
        format_source("metric a = 1  # why\n", "x.seg")
