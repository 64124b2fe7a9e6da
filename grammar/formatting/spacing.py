"""Tokens side by side: the one-line text of a stretch of them."""

from collections.abc import Sequence

from segue.grammar.lexer import Token
from segue.grammar.tables import PHRASES

_LITERALS = frozenset(
    {"NUMBER", "PERCENT", "DURATION", "STRING", "DATE", "TIMESTAMP", "TRUE", "FALSE", "PATH"}
)
_ENDS = frozenset({"RPAR", "RSQB"})
_CALL_LIKE = frozenset({"DISJOINT", "EXHAUSTIVE", "VERSION"})


class Line:
    """The tokens of a file, and how they are set side by side."""

    def __init__(self, tokens: Sequence[Token], names: set[int]) -> None:
        self.tokens = tokens
        self.names = names

    def text(self, first: int, last: int) -> str:
        """The tokens from one to another on one line."""
        parts = []
        for index in range(first, last + 1):
            if index > first and self.spaced(index):
                parts.append(" ")
            parts.append(self.word(index))
        return "".join(parts)

    def word(self, index: int) -> str:
        """One token, its words a single space apart."""
        token = self.tokens[index]
        return " ".join(token.text.split()) if token.kind in PHRASES else token.text

    def spaced(self, index: int) -> bool:
        """Whether a space stands before a token."""
        before, token = self.tokens[index - 1], self.tokens[index]
        if before.kind in ("LPAR", "LSQB") or token.kind in ("RPAR", "RSQB", "COMMA", "VERSION"):
            return False
        if token.kind == "COLON":
            return False
        if token.kind == "LPAR":
            return not (self.is_name(index - 1) or before.kind in _CALL_LIKE)
        return not (before.kind == "MINUS" and self._is_sign(index - 1))

    def is_name(self, index: int) -> bool:
        """Whether a token stands for a name, whatever word it is spelt with."""
        return index in self.names

    def _is_sign(self, index: int) -> bool:
        """Whether a minus belongs to what follows it rather than between two operands."""
        before = self.tokens[index - 1]
        operand = self.is_name(index - 1) or before.kind in _LITERALS or before.kind in _ENDS
        return not operand
