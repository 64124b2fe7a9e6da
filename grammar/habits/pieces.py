"""What the habits share: the words around where a parse stopped, and findings of their kind."""

from collections.abc import Iterable

from segue.grammar import codes
from segue.grammar.lexer import Token
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import Repair
from segue.grammar.span import Span
from segue.grammar.stop import Stop


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


def words_at(stop: Stop, offset: int, count: int) -> tuple[str, ...]:
    """So many words from a place on, in small letters."""
    return tuple(stop.at(offset + i).text.lower() for i in range(count))


def says(stop: Stop, offset: int, *words: str) -> bool:
    """Whether the words stand in a place, in any letters."""
    return words_at(stop, offset, len(words)) == words


def foreign(message: str, span: Span, help: str, repair: Repair | None = None) -> Mistake:
    """A finding about another language's spelling."""
    return mistake(codes.FOREIGN_SPELLING, message, span, help=help, repair=repair)
