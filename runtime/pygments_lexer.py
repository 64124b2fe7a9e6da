"""The Pygments lexer: rules in colour in documentation, slides and terminals.

Registered as `segue`, so that ```` ```segue ```` in Sphinx or MkDocs finds it.
"""

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
    _TokenType,
)

from segue.grammar.highlighting import Colour, Rule, rules

TOKENS: dict[Colour, _TokenType] = {
    Colour.COMMENT: Comment.Single,
    Colour.STRING: String.Double,
    Colour.NUMBER: Number,
    Colour.KEYWORD: Keyword,
    Colour.DEFINITION: Name.Class,
    Colour.FUNCTION: Name.Function,
    Colour.NAME: Name,
    Colour.OPERATOR: Operator,
    Colour.PUNCTUATION: Punctuation,
}


def _entry(rule: Rule) -> tuple[str, Any]:
    kinds = [TOKENS[c] if c is not None else Whitespace for c in rule.colours]
    if len(kinds) == 1:
        return rule.pattern, kinds[0]
    groups: Any = bygroups(*kinds)  # type: ignore[no-untyped-call]  # its stubs have no types
    return rule.pattern, groups


class SegueLexer(RegexLexer):
    """Colours `.seg` files."""

    name = "Segue"
    url = "https://github.com/segue-lang/segue"
    aliases: ClassVar[list[str]] = ["segue", "seg"]
    filenames: ClassVar[list[str]] = ["*.seg"]
    mimetypes: ClassVar[list[str]] = ["text/x-segue"]
    flags = re.NOFLAG
    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [(r"\s+", Whitespace), *(_entry(rule) for rule in rules())]
    }
