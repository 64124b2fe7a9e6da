"""The parser, the TextMate grammar and the Pygments lexer colour every rule file alike."""

import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from textmate_grammar.parsers.base import LanguageParser

from segue.grammar.highlighting import Colour, classify
from segue.grammar.parser import parse
from segue.grammar.textmate import SCOPES, textmate
from segue.runtime.pygments_lexer import TOKENS, SegueLexer

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide.md"


def corpus() -> dict[str, str]:
    """Every rule file of the repository that has no syntax error, and the examples of the guide."""
    texts = {
        str(file.relative_to(ROOT)): file.read_text("utf-8")
        for file in sorted(ROOT.rglob("*.seg"))
        if not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    }
    guide = re.findall(r"^```seg\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    texts |= {f"guide example {number}": text for number, text in enumerate(guide, 1)}
    return {name: text for name, text in texts.items() if not parse(text, name).diagnostics}


CORPUS = corpus()


def by_parser(text: str) -> list[Colour | None]:
    """The colour of every character that is no space, by the real lexer and parser."""
    found: list[Colour | None] = [None] * len(text)
    for span, colour in classify(text):
        for place in range(span.start, span.end):
            found[place] = colour
    return _without_spaces(text, found)


def by_textmate(text: str) -> list[Colour | None]:
    """The same by the TextMate grammar, in an engine that runs it as editors do."""
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    found: list[Colour | None] = [None] * len(text)
    parsed = _engine().parse_string(text)
    for (line, column), part, scopes in parsed.flatten() if parsed else ():
        start = lines[line] + column
        for place in range(start, start + len(part)):
            found[place] = _SCOPES.get(scopes[-1])
    return _without_spaces(text, found)


def by_pygments(text: str) -> list[Colour | None]:
    """The same by the Pygments lexer."""
    found: list[Colour | None] = [None] * len(text)
    for start, kind, part in SegueLexer().get_tokens_unprocessed(text):
        for place in range(start, start + len(part)):
            found[place] = _TOKENS.get(kind)
    return _without_spaces(text, found)


_SCOPES = {scope: colour for colour, scope in SCOPES.items()}
_TOKENS = {kind: colour for colour, kind in TOKENS.items()}


@cache
def _engine() -> LanguageParser:
    return LanguageParser(textmate())


def _without_spaces(text: str, found: list[Colour | None]) -> list[Colour | None]:
    return [
        colour if character not in " \t\r\n" or colour is None else None
        for character, colour in zip(text, found, strict=True)
    ]


def _words(text: str, found: list[Colour | None]) -> list[tuple[str, Colour | None]]:
    """Readable: the words of a text with the colours of their first characters."""
    return [(m.group(), found[m.start()]) for m in re.finditer(r"[^\s()\[\],]+|[()\[\],]", text)]


@pytest.mark.parametrize("name", CORPUS)
def test_the_textmate_grammar_says_what_the_parser_says(name: str) -> None:
    text = CORPUS[name]
    expected, found = by_parser(text), by_textmate(text)

    assert _words(text, found) == _words(text, expected)
    assert found == expected


@pytest.mark.parametrize("name", CORPUS)
def test_the_pygments_lexer_says_what_the_parser_says(name: str) -> None:
    text = CORPUS[name]
    expected, found = by_parser(text), by_pygments(text)

    assert _words(text, found) == _words(text, expected)
    assert found == expected


def test_the_corpus_shows_every_colour() -> None:
    seen = {colour for text in CORPUS.values() for colour in by_parser(text)}

    assert seen == {None, *Colour} - {Colour.INVALID}


def test_a_word_of_the_language_can_be_a_name() -> None:
    text = "metric last = count(email_open over last 30d)\nmetric b = last(purchase.at)"

    colours = [(text[s.start : s.end], c) for s, c in classify(text) if s.start > 0]

    assert ("last", Colour.DEFINITION) in colours
    assert ("last", Colour.KEYWORD) in colours
    assert ("last", Colour.FUNCTION) in colours


def test_a_half_written_text_keeps_its_colours() -> None:
    text = "segment a { when opens >= and }\nmetric b = 1"

    colours = {text[s.start : s.end]: c for s, c in classify(text)}

    assert colours["a"] == colours["b"] == Colour.DEFINITION
    assert colours["when"] == colours["and"] == Colour.KEYWORD


def test_the_textmate_file_is_up_to_date() -> None:
    sys.path.insert(0, str(ROOT / "editors"))
    try:
        from generate import TEXTMATE, text
    finally:
        sys.path.pop(0)

    assert TEXTMATE.read_text("utf-8") == text(), "run: python editors/generate.py"


def test_the_extension_names_files_that_exist() -> None:
    folder = ROOT / "editors" / "vscode"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    (language,) = package["contributes"]["languages"]
    (grammar,) = package["contributes"]["grammars"]

    for name in (package["main"], language["configuration"], grammar["path"]):
        assert (folder / name).is_file()
    assert grammar["language"] == language["id"]
    assert grammar["scopeName"] == textmate()["scopeName"]
    assert json.loads((folder / language["configuration"]).read_text("utf-8"))["brackets"]
