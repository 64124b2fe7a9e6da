"""One file per mistake: `errors/name.seg` and what is said about it in `errors/name.txt`.

After a change of wording, run with SEGUE_UPDATE=1 and review the difference.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from segue.grammar import ast
from segue.grammar.codes import SYNTAX_CODES, Code
from segue.grammar.diagnostics import render
from segue.grammar.parser import MOST_ERRORS, parse

SOURCES = sorted((Path(__file__).parent / "errors").glob("*.seg"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_says_what_is_wrong(source: Path, golden: Callable[[Path, str], None]) -> None:
    with source.open(encoding="utf-8", newline="") as file:
        text = file.read()
    found = parse(text, source.name).diagnostics
    assert found
    rendered = "\n\n".join(render(d, {source.name: text}) for d in found) + "\n"
    golden(source.with_suffix(".txt"), rendered)


@pytest.mark.parametrize("code", SYNTAX_CODES, ids=lambda code: code.id)
def test_every_code_has_an_example_that_shows_it(code: Code) -> None:
    assert code.id in {d.code for d in parse(code.example, "example.seg").diagnostics}


def test_every_code_occurs_in_the_examples() -> None:
    found = {
        d.code
        for source in SOURCES
        for d in parse(source.read_text(encoding="utf-8"), source.name).diagnostics
    }
    assert found == {code.id for code in SYNTAX_CODES}


def test_sound_items_around_a_broken_one_are_read() -> None:
    result = parse("metric a = 1\nsegment b { when ( }\nmetric c = 3\n", "x.seg")
    names = [item.name.text for item in result.module.items if isinstance(item, ast.Metric)]
    assert names == ["a", "c"]
    assert len(result.diagnostics) == 1


def test_a_mended_mistake_still_makes_its_item() -> None:
    result = parse("segment a {\n  when b = 3\n}\n", "x.seg")
    assert parse("segment a { when b == 3 }", "x.seg").module == result.module


def test_gives_up_on_what_is_no_rule_file() -> None:
    assert len(parse("metric a = b && c\n" * 1_000, "x.seg").diagnostics) == MOST_ERRORS


def test_spans_point_into_the_text() -> None:
    text = "metric a =\n  count(email_open last 30d)\n"
    (finding,) = parse(text, "x.seg").diagnostics
    assert text[finding.span.start : finding.span.end] == "last"
    assert (finding.span.line, finding.span.column) == (2, 20)
