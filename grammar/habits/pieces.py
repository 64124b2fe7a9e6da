"""What the habits share: the words around where a parse stopped, and findings of their kind."""

from collections.abc import Iterable

from segue.grammar import codes
from segue.grammar.lexer import Token
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import Repair
from segue.grammar.span import Span
from segue.grammar.stop import NAMES, Stop


def written(tokens: Iterable[Token]) -> str:
    """Tokens as they stand in the source, but on one line."""
    parts: list[str] = []
    end = None
    for token in tokens:
        if end is not None and token.span.start > end:
            parts.append(" ")
        parts.append(token.text)
        end = token.span.end
    return "".join(parts)


def operand_before(stop: Stop, back: int = 0) -> list[Token]:
    """The name or the call that ends right before the place, or so many tokens further back:
    `plan`, `last(purchase.at)`. Nothing where something else ends there."""
    tokens = stop.machine.tokens[: max(stop.index - back, 0)]
    if not tokens or tokens[-1].kind in NAMES:
        return tokens[-1:]
    depth = 0
    for place in range(len(tokens) - 1, 0, -1):
        depth += (tokens[place].kind == "RPAR") - (tokens[place].kind == "LPAR")
        if depth == 0:
            called = tokens[place].kind == "LPAR" and tokens[place - 1].kind in NAMES
            return tokens[place - 1 :] if called else []
    return []


def words_at(stop: Stop, offset: int, count: int) -> tuple[str, ...]:
    """So many words from a place on, in small letters."""
    return tuple(stop.at(offset + i).text.lower() for i in range(count))


def says(stop: Stop, offset: int, *words: str) -> bool:
    """Whether the words stand in a place, in any letters."""
    return words_at(stop, offset, len(words)) == words


def foreign(message: str, span: Span, help: str, repair: Repair | None = None) -> Mistake:
    """A finding about another language's spelling."""
    return mistake(codes.FOREIGN_SPELLING, message, span, help=help, repair=repair)
