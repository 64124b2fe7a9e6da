"""Where the items and clauses of a file stand among its tokens.

The same automaton as for parsing, with builders that keep places instead of meanings: the
formatter moves tokens about and so keeps every literal and bracket as it was written.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from segue.grammar.lexer import Token
from segue.grammar.machine import Machine
from segue.grammar.span import Span
from segue.grammar.tables import RULES


@dataclass(frozen=True, slots=True)
class Piece:
    """An item or a clause: the rule it was read by, its tokens, and the pieces inside it."""

    rule: str
    first: int
    last: int
    inner: tuple["Piece", ...] = ()


@dataclass(slots=True)
class Places:
    """What the builders note: which tokens are names, and where tokens begin and end."""

    first_at: dict[int, int]
    last_at: dict[int, int]
    names: set[int] = field(default_factory=set)


def read_pieces(tokens: list[Token]) -> tuple[list[Piece], set[int]]:
    """The items of a sound file, and the positions of the tokens that stand for names."""
    places = Places({}, {})
    machine = Machine(tokens, _BUILDERS, places)
    for index, token in enumerate(tokens[:-1]):
        places.first_at[token.span.start] = places.last_at[token.span.end] = index
    machine.run()
    return machine.values[1], places.names


def _piece(rule: str) -> Callable[..., Piece]:
    def build(places: Places, span: Span, *parts: Any) -> Piece:
        inner = [p for part in parts for p in (part if isinstance(part, list) else [part])]
        first, last = places.first_at[span.start], places.last_at[span.end]
        return Piece(rule, first, last, tuple(p for p in inner if isinstance(p, Piece)))

    return build


def _name(places: Places, span: Span, token: Token) -> None:
    places.names.add(places.first_at[span.start])


def _nothing(places: Places, span: Span, *parts: Any) -> None:
    return None


_LISTS: dict[str, Callable[..., Any]] = {
    "empty": lambda places, span: [],
    "first": lambda places, span, element: [element],
    "pair": lambda places, span, left, right: [left, right],
    "identifier": _name,
    "path": _name,
}
_PIECES = (
    *("metric", "condition", "define", "segment", "tiers", "tier", "assertion"),
    *("lifecycle", "stage", "state", "update", "reaction", "score"),
    *("campaign", "trigger_at", "trigger_when", "content", "content_otherwise"),
    *("monitor", "finding", "clause"),
)


def _add(places: Places, span: Span, elements: list[Any], element: Any) -> list[Any]:
    elements.append(element)
    return elements


def _builder(function: str) -> Callable[..., Any] | None:
    if not function:
        return None
    if function in ("append", "add_item"):
        return _add
    if function in _PIECES:
        return _piece(function)
    special = _LISTS.get(function)
    return special or _nothing


_BUILDERS = tuple(_builder(function) for _, _, function, _ in RULES)
