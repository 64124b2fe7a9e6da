"""Whatever is written, the checker answers with findings and never with an exception."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.grammar.parser import parse

RULESETS = Path(__file__).parents[2] / "rulesets"
FILES = [path.read_text(encoding="utf-8") for path in sorted(RULESETS.glob("*/*.seg"))]
TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|[\w.%]+|[^\s\w]|\s+')
CATALOG = load_catalog((RULESETS / "behavioral" / "catalog.yml").read_text("utf-8")).catalog
WORDS = sorted({token for text in FILES for token in TOKEN.findall(text)})


@st.composite
def damaged_files(draw: st.DrawFn) -> str:
    """A shipped file with a few of its words dropped, doubled, swapped or replaced."""
    tokens = TOKEN.findall(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 6))):
        i = draw(st.integers(0, len(tokens) - 1))
        j = draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "replace"])):
            case "drop":
                tokens[i] = " "
            case "double":
                tokens[i] += " " + tokens[i]
            case "swap":
                tokens[i], tokens[j] = tokens[j], tokens[i]
            case _:
                tokens[i] = draw(st.sampled_from(WORDS))
    return "".join(tokens)


def check(text: str) -> None:
    assert CATALOG is not None
    parsed = parse(text, "rules.seg")
    result = analyse([Source((), parsed.module)], CATALOG)
    assert (result.plan is None) == bool(result.diagnostics)
    for finding in (*parsed.diagnostics, *result.diagnostics):
        assert finding.message
        assert 0 <= finding.span.start <= finding.span.end <= len(text) + 1


@settings(max_examples=400, deadline=None)
@given(damaged_files())
def test_a_damaged_file_is_answered_with_findings(text: str) -> None:
    check(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_words_in_any_order_are_answered_with_findings(text: str) -> None:
    check(f"metric a = {text}")


@pytest.mark.parametrize(
    "text",
    [
        "metric a = " + " + ".join(["1"] * 20_000),
        "segment a { when " + " and ".join(["email_subscribed"] * 20_000) + " }",
        "\n".join(f"metric m{i} = m{i + 1} + 1" for i in range(5_000)),
    ],
    ids=["a long sum", "a long conjunction", "a long chain of metrics"],
)
def test_size_alone_breaks_nothing(text: str) -> None:
    check(text)
