"""What may be typed at a place in a half-written file: the parser stopped just there."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from segue.grammar.ast import Expression
from segue.grammar.building import BUILDERS
from segue.grammar.building.context import Context
from segue.grammar.lexer import END, Token, tokenize
from segue.grammar.machine import Machine
from segue.grammar.span import Span
from segue.grammar.stop import Stop
from segue.grammar.words import ITEMS

CURSOR = "$CURSOR"
"""A token that fits nowhere, so that the parse stops before it decides anything."""

_ITEM = re.compile(rf"^(?:{'|'.join(ITEMS)})\b", re.MULTILINE)
_WORD = re.compile(r"(?<![A-Za-z0-9_.])((?:[A-Za-z_][A-Za-z0-9_]*\.)*)([A-Za-z_][A-Za-z0-9_]*)?$")


@dataclass(frozen=True)
class Cursor:
    """A place where something is being typed.

    `start` is where the half-written word begins, `word` what there is of it, and `qualifier`
    the names with dots before it. Inside a text `quoted` is set, and `start` is its first quote.
    """

    stop: Stop
    start: int
    word: str = ""
    qualifier: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def values(self) -> list[Any]:
        """What has been read so far and is not finished: tokens, nodes and lists of them."""
        return self.stop.machine.values

    @cached_property
    def expected(self) -> frozenset[str]:
        """The terminals of the grammar that may stand here."""
        return frozenset(self.stop.machine.expected())

    @cached_property
    def complete(self) -> Expression | None:
        """The value that ends here, where an operator may follow it."""
        if "COMPARISON" not in self.expected:
            return None
        machine = self.stop.machine
        ahead = Machine(machine.tokens, machine.builders, machine.context)
        ahead.index = machine.index
        ahead.states, ahead.firsts = list(machine.states), list(machine.firsts)
        ahead.values = list(machine.values)
        ahead.finish("COMPARISON")
        value = ahead.values[-1]
        return value if isinstance(value, Expression) else None


def cursor_at(text: str, offset: int, path: str = "") -> Cursor | None:
    """The place at an offset, or None inside a comment."""
    before = text[:offset]
    item = max((match.start() for match in _ITEM.finditer(before)), default=0)
    before = before[item:]
    tokens, comments = tokenize(before, path)
    if comments and comments[-1].span.end == len(before):
        return None
    last = tokens[-2] if len(tokens) > 1 else None
    if last is not None and last.kind == "UNCLOSED_STRING" and last.span.end == len(before):
        stop = _parse(before[: last.span.start], path)
        return Cursor(stop, item + last.span.start, last.text[1:], quoted=True)
    match = _WORD.search(before)
    qualifier, word = (match.group(1), match.group(2) or "") if match else ("", "")
    start = len(before) - len(word)
    stop = _parse(before[: start - len(qualifier)], path)
    return Cursor(stop, item + start, word, tuple(qualifier.split(".")[:-1]))


def _parse(text: str, path: str) -> Stop:
    tokens, _ = tokenize(text, path)
    end = tokens[-1].span
    # Some errors look one token beyond the one at hand.
    tokens.insert(len(tokens) - 1, Token(CURSOR, "", Span(path, len(text), len(text), *end[3:])))
    machine = Machine(tokens, BUILDERS, Context(path))
    machine.run()
    if not _arrived(machine):
        _go_on(machine)
    return Stop(machine)


def _arrived(machine: Machine) -> bool:
    return machine.tokens[machine.index].kind in (CURSOR, END)


def _go_on(machine: Machine) -> None:
    """Over errors on the way, as parsing does. Imported late: most files have none."""
    from segue.grammar.diagnosis import diagnose
    from segue.grammar.recovery import Recovery

    recovery = Recovery(machine)
    while not _arrived(machine):
        recovery.go_on(diagnose(Stop(machine)).repair)
        machine.run()
