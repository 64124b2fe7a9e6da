"""The TextMate grammar, for editors that colour text without a language server."""

from typing import Any

from segue.grammar.highlighting import Colour, rules

SCOPES = {
    Colour.COMMENT: "comment.line.number-sign.segue",
    Colour.STRING: "string.quoted.double.segue",
    Colour.NUMBER: "constant.numeric.segue",
    Colour.KEYWORD: "keyword.control.segue",
    Colour.DEFINITION: "entity.name.type.segue",
    Colour.FUNCTION: "entity.name.function.segue",
    Colour.NAME: "variable.other.segue",
    Colour.OPERATOR: "keyword.operator.segue",
    Colour.PUNCTUATION: "punctuation.segue",
}
"""What themes call each class of token."""


def textmate() -> dict[str, Any]:
    """The grammar as the JSON of a `.tmLanguage.json` file."""
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "information_for_contributors": "Made by `python editors/generate.py` from segue.lark.",
        "name": "Segue",
        "scopeName": "source.segue",
        "fileTypes": ["seg"],
        "patterns": [_pattern(rule.pattern, rule.colours) for rule in rules()],
    }


def _pattern(match: str, colours: tuple[Colour | None, ...]) -> dict[str, Any]:
    scopes = {str(i): {"name": SCOPES[c]} for i, c in enumerate(colours, 1) if c is not None}
    if len(colours) == 1:
        return {"match": match, **scopes["1"]}
    return {"match": match, "captures": scopes}
