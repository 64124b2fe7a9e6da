"""The guide's examples are rules that compile, and its error is the one people see."""

import re
from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import AnalysisResult, analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.grammar.diagnostics import render
from segue.grammar.parser import parse

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str, mark: str = "") -> list[str]:
    return [body for name, note, body in BLOCK.findall(text) if (name, note) == (language, mark)]


def compiled(text: str) -> AnalysisResult:
    parsed = parse(text, "guide.seg")
    assert not parsed.diagnostics, render(parsed.diagnostics[0], {"guide.seg": text})
    shop = ROOT / "rulesets" / "behavioral" / "catalog.yml"
    catalog = load_catalog(shop.read_text(encoding="utf-8")).catalog
    assert catalog is not None
    return analyse([Source((), parsed.module)], catalog)


def test_the_examples_of_the_guide_compile_together() -> None:
    text = "\n".join(blocks(GUIDE, "seg"))

    result = compiled(text)

    assert [render(d, {"guide.seg": text}) for d in result.diagnostics] == []
    assert result.plan is not None
    assert len(result.plan.segments) >= 10


@pytest.mark.parametrize("text", blocks(GUIDE, "seg", "error"))
def test_an_error_in_the_guide_is_the_one_shown_below_it(text: str) -> None:
    result = compiled(text)

    shown = [render(d, {"guide.seg": text}) for d in result.diagnostics]
    assert shown
    assert all(message + "\n" in blocks(GUIDE, "text") for message in shown)


def test_the_words_of_retail_are_those_of_their_ruleset() -> None:
    rules = (ROOT / "rulesets" / "vocabulary" / "retail.seg").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+? \| `(.+)` \|$", GUIDE, re.MULTILINE)

    def bare(text: str) -> str:
        return re.sub(r"\s+", "", text)

    parts = [part for row in rows for part in row.split(" and ")]
    assert len(rows) == 9
    assert [part for part in parts if bare(part.removesuffix(" == 5")) not in bare(rules)] == []
