"""Going on after an error, so that one run reports all of them.

A mistake that can be read as what was meant is mended on the spot. Otherwise parsing goes on
with the next clause of the block, or with the next item.
"""

from dataclasses import dataclass

from segue.grammar.building.clauses import BROKEN
from segue.grammar.lexer import END, Token
from segue.grammar.machine import Machine, accepts
from segue.grammar.span import Span
from segue.grammar.stop import NAMES, Stop, begins_item, begins_line
from segue.grammar.tables import ACTIONS, BODIES
from segue.grammar.words import ITEMS


@dataclass(frozen=True, slots=True)
class Repair:
    """What was meant: other tokens in place of the next `instead_of` ones."""

    kinds: tuple[tuple[str, str], ...]
    instead_of: int = 1


DROP = Repair(())


def insert(kind: str, text: str) -> Repair:
    """A token that was left out."""
    return Repair(((kind, text),), instead_of=0)


def replace(kind: str, text: str) -> Repair:
    """A token that was misspelt."""
    return Repair(((kind, text),))


class Recovery:
    """Mends and skips; remembers how far it got, so that every step makes progress."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.inserted_at = -1
        self.resumed_at = -1

    def go_on(self, repair: Repair | None) -> None:
        """Bring the machine to where it can run again."""
        if repair is None or not self._mend(repair):
            self._resume()

    def _mend(self, repair: Repair) -> bool:
        machine, tokens, index = self.machine, self.machine.tokens, self.machine.index
        if repair.kinds and not accepts(machine.states, repair.kinds[0][0]):
            return False
        if repair.instead_of == 0:
            if self.inserted_at == index:
                return False
            # The token that follows moves one place on.
            self.inserted_at = index + len(repair.kinds)
        place = tokens[index].span
        if repair.instead_of == 0:
            place = Span(place.path, place.start, place.start, place.line, place.column)
        new = [Token(kind, text, place) for kind, text in repair.kinds]
        # The end of the file is no part of what was meant otherwise.
        until = min(index + repair.instead_of, len(tokens) - 1)
        tokens[index:until] = new
        return True

    def _resume(self) -> None:
        """Cut the stack back to a list of clauses or items and skip to what can continue it."""
        machine = self.machine
        stop = Stop(machine)
        positions = list(stop.bodies())
        index = machine.index
        before, row = machine.tokens[index - 1], ACTIONS[machine.states[positions[0]]]
        fresh = index - 1 > self.resumed_at and begins_line(machine.tokens, index - 1)
        if fresh and before.kind in row:
            # The word before, taken for a name, may have been meant as the next clause.
            index -= 1
        index, position = _next_start(machine, index, positions)
        self.resumed_at = machine.index = index
        body = BODIES[machine.states[position]]
        for stack in (machine.states, machine.values, machine.firsts):
            del stack[position + 1 :]
        if body != "items":
            machine.values[position].append(BROKEN)


def _next_start(machine: Machine, index: int, positions: list[int]) -> tuple[int, int]:
    """The next token that continues one of the open lists, and the list's place on the stack."""
    tokens, states, outermost = machine.tokens, machine.states, positions[-1]
    open_braces = 0
    for value in machine.values[positions[0] + 1 :]:
        open_braces += isinstance(value, Token) and value.kind == "LBRACE"
    for i in range(index, len(tokens)):
        kind = tokens[i].kind
        if kind == END or begins_item(tokens, i):
            return i, outermost
        if kind == "RBRACE":
            if open_braces == 0 and positions[0] != outermost:
                return i, positions[0]
            open_braces = max(0, open_braces - 1)
        elif kind == "LBRACE":
            open_braces += 1
        elif open_braces == 0 and (begins_line(tokens, i) or tokens[i - 1].kind == "RBRACE"):
            for position in positions:
                row = ACTIONS[states[position]]
                if kind in row and (position != outermost or _names_item(tokens, i)):
                    return i, position
    return len(tokens) - 1, outermost


def _names_item(tokens: list[Token], index: int) -> bool:
    token, following = tokens[index], tokens[index + 1]
    return token.text in ITEMS and (token.text == "assert" or following.kind in NAMES)
