"""How the words of a rule are coloured: by the parser, and by rules for editors that have none.

`classify` is the truth: it knows that `last` is a function in `last(purchase.at)` and a word of
the language in `over last 30d`. `RULES` say the same as regular expressions, which the TextMate
grammar and the Pygments lexer are made of; a test compares all three over every rule file here.
"""

from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from segue.grammar.lexer import MISTAKES, Token, tokenize
from segue.grammar.machine import Machine
from segue.grammar.span import Span
from segue.grammar.stop import Stop
from segue.grammar.tables import LITERALS, MARKS, PHRASES, RULES, WORDS
from segue.grammar.words import RESERVED


class Colour(StrEnum):
    """The classes of tokens that are told apart."""

    COMMENT = "comment"
    STRING = "string"
    NUMBER = "number"
    KEYWORD = "keyword"
    DEFINITION = "definition"
    FUNCTION = "function"
    NAME = "name"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    INVALID = "invalid"


class Coloured(NamedTuple):
    """One token and its class."""

    span: Span
    colour: Colour


_NUMBERS = ("TIMESTAMP", "DATE", "PERCENT", "DURATION", "NUMBER")
_PUNCTUATION = frozenset("()[]{},:")
_DEFINING = (
    *("metric", "condition", "define", "segment", "tiers", "tier", "lifecycle", "stage"),
    *("score", "state", "campaign"),
)


# ------------------------------------------------------------------ by the parser


def classify(text: str, path: str = "") -> list[Coloured]:
    """The tokens of a text with their classes, comments included, in order."""
    tokens, comments = tokenize(text, path)
    tokens, names = _names(tokens)
    found = [Coloured(comment.span, Colour.COMMENT) for comment in comments]
    for token, following in pairwise(tokens):
        colour = names.get(token.span.start) or _by_kind(token)
        if colour is Colour.NAME and _is_called(token, following):
            colour = Colour.FUNCTION
        found.append(Coloured(token.span, colour))
    return sorted(found, key=lambda c: c.span.start)


def _by_kind(token: Token) -> Colour:
    kind = token.kind
    if kind in MISTAKES:
        return Colour.INVALID
    if kind in _NUMBERS:
        return Colour.NUMBER
    if kind == "STRING":
        return Colour.STRING
    if kind in ("NAME", "PATH", "VERSION"):
        return Colour.NAME
    if kind == "COMPARISON" or kind in MARKS.values():
        return Colour.PUNCTUATION if token.text in _PUNCTUATION else Colour.OPERATOR
    return Colour.KEYWORD


def _is_called(token: Token, following: Token) -> bool:
    touches = following.span.start == token.span.end
    return token.kind != "VERSION" and following.kind == "LPAR" and touches


def _names(tokens: list[Token]) -> tuple[list[Token], dict[int, Colour]]:
    """The tokens, and where those begin that are read as names, soft keywords included."""
    names: dict[int, Colour] = {}
    machine = Machine(list(tokens), _BUILDERS, names)
    if machine.run():
        # Operators of several words that are names here have been taken apart.
        return machine.tokens, names
    _go_on(machine)
    return tokens, names


def _go_on(machine: Machine) -> None:
    from segue.grammar.diagnosis import diagnose
    from segue.grammar.recovery import Recovery

    recovery = Recovery(machine)
    for _ in range(len(machine.tokens)):
        recovery.go_on(diagnose(Stop(machine)).repair)
        if machine.run():
            return


_Names = dict[int, Colour]


def _name(names: _Names, span: Span, token: Token) -> int:
    names[token.span.start] = Colour.NAME
    return token.span.start


def _definition(names: _Names, span: Span, name: int, *parts: Any) -> None:
    names[name] = Colour.DEFINITION


def _list(names: _Names, span: Span, *elements: Any) -> list[Any]:
    return list(elements)


def _grow(names: _Names, span: Span, elements: list[Any], element: Any) -> list[Any]:
    elements.append(element)
    return elements


def _nothing(names: _Names, span: Span, *parts: Any) -> None:
    return None


_MADE: dict[str, Callable[..., Any]] = {
    "identifier": _name,
    "path": _name,
    "empty": _list,
    "first": _list,
    "pair": _list,
    "append": _grow,
    "add_item": _grow,
    **dict.fromkeys(_DEFINING, _definition),
}
_BUILDERS = tuple(_MADE.get(name, _nothing) if name else None for _, _, name, _ in RULES)


# ------------------------------------------------------------------ by regular expressions


class Rule(NamedTuple):
    """One way a token looks. Rules are tried in order at each place, and never across lines.

    `colours` are those of the groups of the pattern (None for space), or that of the whole match
    where it has no groups. The patterns mean the same to Python's `re` and to
    Oniguruma, which editors use.
    """

    pattern: str
    colours: tuple[Colour | None, ...]


_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_PATH = rf"{_NAME}(?:\.{_NAME})*"
_START = r"(?<![A-Za-z0-9_.])"
_END = r"(?![A-Za-z0-9_])"
_TEXT = LITERALS["STRING"]
_UNITS = ("day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years")
# Keywords that a bracket may follow at once; any other word before a bracket is called.
_BEFORE_BRACKETS = (*sorted(RESERVED - {"null"}), "disjoint", "exhaustive", "when", "by", "predict")


def _words(*words: str) -> str:
    return f"{_START}(?:{'|'.join(sorted(words, key=lambda w: (-len(w), w)))}){_END}"


def _one_line(pattern: str) -> str:
    return pattern.replace(r"\s+", "[ \\t]+").replace(r"\b", _END)


def rules() -> tuple[Rule, ...]:
    """The rules, made from the tables of the grammar: a new keyword is in them by itself."""
    literal_start = r"(?<![A-Za-z0-9_])"
    title = rf"(?:{_TEXT}[ \t]+)?"
    bound = rf"(?=[ \t]+{title}(?:when[ \t]*[<>=!]|otherwise{_END}))"
    soft = [word for word in WORDS if word not in (*RESERVED, *_UNITS)]
    return (
        Rule(r"#[^\n]*", (Colour.COMMENT,)),
        Rule(_TEXT, (Colour.STRING,)),
        Rule(
            rf"({_words(*(w for w in _DEFINING if w != 'tier'))})([ \t]+)({_NAME})",
            (Colour.KEYWORD, None, Colour.DEFINITION),
        ),
        Rule(rf"{_START}(?!content{_END}){_NAME}{bound}", (Colour.DEFINITION,)),
        *(Rule(_START + _one_line(p), (Colour.KEYWORD,)) for p in PHRASES.values()),
        *(Rule(literal_start + LITERALS[kind], (Colour.NUMBER,)) for kind in _NUMBERS),
        Rule(rf"{_START}(?!(?:{'|'.join(_BEFORE_BRACKETS)})\(){_PATH}(?=\()", (Colour.FUNCTION,)),
        Rule(rf"{_START}{_NAME}(?:\.{_NAME})+", (Colour.NAME,)),
        Rule(_words(*(w for w in RESERVED if w in WORDS)), (Colour.KEYWORD,)),
        # Before a comma or a bracket ends what it is in, a word is an argument or an element.
        Rule(rf"{_words(*(w for w in soft if w != 'ago'))}(?=[ \t]*[,)])", (Colour.NAME,)),
        Rule(_words(*soft), (Colour.KEYWORD,)),
        *(
            Rule(rf"(?<={before} )(?:{'|'.join(_UNITS)}){_END}", (Colour.KEYWORD,))
            for before in ("calendar", "this")
        ),
        Rule(_START + _NAME, (Colour.NAME,)),
        Rule(LITERALS["VERSION"], (Colour.NAME,)),
        Rule(r"[=!<>]=|[<>=*/+-]|\?\?", (Colour.OPERATOR,)),
        Rule(r"[()\[\]{},:]", (Colour.PUNCTUATION,)),
    )
