"""Portable regular expressions: which are refused, and that all engines match alike."""

import re

import pytest
from sqlglot import exp

from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.regex import Flavour, translate, validate
from segue.compiler.sql.trees import column
from sql.shop import Rows, Shop

TEXTS = [
    *["abc", "ABC", "a1", "a\nb", "abc\n", "\nabc", "٣", "é", "a b", "a_b", "a-b", "", "aab"],
    *["foo bar", "x.y", "x+y", "tab\t", "\u00a0", "🙂", "ſ", "K", "a\r\nb", "a\x0bb", "ab ", "a$"],
    *["^a", "a.b", "(x)", "[y]", "a\\b", "a\x85b", "a\u2028b", "{2}", "a{2}", "\x0b0b", "]", "&&"],
]
PATTERNS = [
    *["^a", "c$", "^abc$", "a.b", "^.$", "^.{2}$", r"\d", r"\w", r"^\w+$", r"\s", r"\S", r"^\S+$"],
    *[r"[\w-]", r"[^\d]", "a$|b$", "^(a|b).*$", r"\.", r"\$", r"^\^", "x[.+]y", "(?:ab|AB)+"],
    *["a{1,2}b", "^$", r"\(x\)", r"\[y\]", r"a\\b", r"[\s]$", "^.*$", r"^[^\n]*$", r"a\v?b"],
    *[r"[\v]0", r"\{2\}", "]", "[&]", "[a-c]{3}", "(a|aa)+$", "x|", "[^a-z]", r"[\]]", r"[\\]"],
]
REFUSED = {
    r"\bword\b": "different things",
    "(?=x)": "look-around",
    "(?i)x": "flags",
    r"(a)\1": "different things",
    r"\p{L}": "different things",
    "a+?": "lazy",
    "a**": "repetition of a repetition",
    "^*": "cannot be repeated",
    "*a": "nothing to repeat",
    "a{2": "begins a repetition",
    "a{300}": "255",
    "(a{100}){100}": "1000 times",
    "a{3,2}": "counts down",
    "(a": "never closed",
    "a)": "without",
    "[a": "never closed",
    "[]": "empty class",
    "[[:alpha:]]": "inside a class",
    "[z-a]": "range",
    r"[\D]": "in a class",
    "a\\": "ends with",
}


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    assert REFUSED[pattern] in (validate(pattern) or "")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_taken(pattern: str) -> None:
    assert validate(pattern) is None


def test_all_engines_match_alike(shop: Shop) -> None:
    rows: Rows = {"people": [{"person_id": i, "name": text} for i, text in enumerate(TEXTS)]}
    shop.fill(rows)
    target = dialect(shop.engine.dialect)
    items = [target.matches(column("name"), pattern) for pattern in PATTERNS]
    query = exp.select(column("person_id"), *items).from_(exp.to_table("people", quoted=True))
    found = {
        key: [bool(x) for x in values]
        for key, *values in shop.engine.run(query.sql(target.sqlglot))
    }
    compiled = [re.compile(translate(p, Flavour.PYTHON), re.ASCII) for p in PATTERNS]
    for i, text in enumerate(TEXTS):
        expected = [pattern.search(text) is not None for pattern in compiled]
        differing = [p for p, a, b in zip(PATTERNS, found[i], expected, strict=True) if a is not b]
        assert differing == [], text
