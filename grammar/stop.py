"""Where and in what surroundings a parse stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from segue.grammar.lexer import END, Token
from segue.grammar.machine import Machine
from segue.grammar.tables import ACTIONS, BODIES, WORDS
from segue.grammar.words import ITEMS

OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSING = frozenset(OPENING.values())
NAMES = frozenset({"NAME", "PATH", *WORDS.values()})


@dataclass(frozen=True)
class Stop:
    """The token a parse could not take, and what surrounds it."""

    machine: Machine

    @property
    def index(self) -> int:
        """The position of the token in the list of tokens."""
        return self.machine.index

    @property
    def token(self) -> Token:
        """The token that does not fit."""
        return self.machine.tokens[self.index]

    def at(self, offset: int) -> Token:
        """The token so many places further on, or back."""
        tokens = self.machine.tokens
        return tokens[min(max(self.index + offset, 0), len(tokens) - 1)]

    @cached_property
    def expected(self) -> set[str]:
        """The terminals that would have fitted."""
        return self.machine.expected()

    @property
    def body(self) -> str:
        """The list of clauses or items that is next to go on, if nothing else is under way."""
        return BODIES.get(self.machine.states[-1], "")

    def bodies(self) -> Iterator[int]:
        """Positions on the stack of the lists that are open, innermost first."""
        states = self.machine.states
        return (i for i in range(len(states) - 1, -1, -1) if states[i] in BODIES)

    def open_brackets(self) -> list[Token]:
        """The brackets that are open, innermost last."""
        brackets: list[Token] = []
        for value in self.machine.values:
            if isinstance(value, Token) and value.kind in OPENING:
                brackets.append(value)
            elif isinstance(value, Token) and value.kind in CLOSING:
                brackets.pop()
        return brackets

    def open_bracket(self) -> Token | None:
        """The innermost bracket that is open."""
        brackets = self.open_brackets()
        return brackets[-1] if brackets else None

    def block(self) -> str:
        """`segment`, `stage`, …: the block the parse stopped in."""
        return next((self._block_at(i) for i in self.bodies()), "")

    def _block_at(self, position: int) -> str:
        name = BODIES[self.machine.states[position]].removesuffix("_body")
        return "" if name == "items" else name

    def begins_line(self, offset: int = 0) -> bool:
        """Whether a token is the first one of its line."""
        index = self.index + offset
        return begins_line(self.machine.tokens, index)

    def ends_clause(self) -> bool:
        """Whether the token shows that what came before it was meant to be over."""
        token = self.token
        if token.kind == END or begins_item(self.machine.tokens, self.index):
            return True
        if token.kind == "RBRACE":
            return True
        return self.begins_line() and any(
            token.kind in ACTIONS[self.machine.states[i]] for i in self.bodies()
        )


def begins_line(tokens: list[Token], index: int) -> bool:
    """Whether a token is the first one of its line."""
    if index <= 0:
        return True
    before = tokens[index - 1]
    return tokens[index].span.line > before.span.line + before.text.count("\n")


def begins_item(tokens: list[Token], index: int) -> bool:
    """Whether a token begins an item: an item's keyword at the start of a line, then a name."""
    token = tokens[index]
    if token.text not in ITEMS or token.span.column != 1 or not begins_line(tokens, index):
        return False
    return token.text == "assert" or tokens[index + 1].kind in NAMES
