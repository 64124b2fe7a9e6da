"""Expressions over several lines, where one line is too short for them."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from segue.grammar.formatting.spacing import Line

WIDTH = 100
INDENT = 2

_OPEN = frozenset({"LPAR", "LSQB"})
_CLOSE = frozenset({"RPAR", "RSQB"})
_SELECTION = frozenset({"WHERE", "OVER", "FOLLOWED_BY", "NOT_FOLLOWED_BY", "BY"})


class Row(NamedTuple):
    """One line of output: how far it is indented, its text, and the tokens it holds."""

    indent: int
    text: str
    first: int
    last: int


def fits(indent: int, text: str) -> bool:
    """Whether a line is short enough."""
    return indent + len(text) <= WIDTH


def operands(line: Line, first: int, last: int) -> list[tuple[int, int]]:
    """The stretches that read well below each other, each beginning with the word that joins it.

    Those are the operands of the loosest `or`, else of `and`; of `if` its three parts.
    """
    if line.tokens[first].kind == "IF" and not line.is_name(first):
        return _stretches(first, list(_outside(line, first, last, {"THEN", "ELSE"})), last)
    for starts in (_outside(line, first, last, {"OR"}), _conjunctions(line, first, last)):
        found = list(starts)
        if found:
            return _stretches(first, found, last)
    return [(first, last)]


def wrap(line: Line, indent: int, first: int, last: int) -> Iterator[Row]:
    """The lines of an expression, or of any stretch of tokens, from an indentation on."""
    text = line.text(first, last)
    if fits(indent, text):
        yield Row(indent, text, first, last)
        return
    parts = operands(line, first, last)
    if len(parts) > 1:
        for start, end in parts:
            yield from wrap(line, indent, start, end)
        return
    bracket = _widest_bracket(line, first, last)
    if bracket is None:
        yield from _fill(line, indent, first, last)
        return
    opening, closing = bracket
    yield Row(indent, line.text(first, opening), first, opening)
    for start, end in _elements(line, opening + 1, closing - 1):
        yield from wrap(line, indent + INDENT, start, end)
    yield Row(indent, line.text(closing, last), closing, last)


def _fill(line: Line, indent: int, first: int, last: int) -> Iterator[Row]:
    """As many elements of a list on each line as fit."""
    start = end = first
    starts = [i + 1 for i in _outside(line, first, last, {"COMMA"})]
    for part_start, part_end in _stretches(first, starts, last):
        if part_start > start and not fits(indent, line.text(start, part_end)):
            yield Row(indent, line.text(start, end), start, end)
            start = part_start
        end = part_end
    yield Row(indent, line.text(start, end), start, end)


def _elements(line: Line, first: int, last: int) -> list[tuple[int, int]]:
    """What stands in brackets, as the lines it breaks into."""
    starts = set(_outside(line, first, last, _SELECTION))
    starts |= {i + 1 for i in _outside(line, first, last, {"COMMA"})}
    if starts:
        return _stretches(first, sorted(starts - {first}), last)
    return operands(line, first, last)


def _widest_bracket(line: Line, first: int, last: int) -> tuple[int, int] | None:
    """The outermost pair of brackets with the longest text inside, if it holds anything."""
    best, size, depth, opening = None, 0, 0, first
    for index in range(first, last + 1):
        kind = line.tokens[index].kind
        if kind in _OPEN:
            opening = index if depth == 0 else opening
            depth += 1
        elif kind in _CLOSE:
            depth -= 1
            length = len(line.text(opening + 1, index - 1)) if depth == 0 else 0
            if length > size:
                best, size = (opening, index), length
    return best


def _outside(line: Line, first: int, last: int, kinds: Iterable[str]) -> Iterator[int]:
    """Positions of some words outside all brackets, after the first token."""
    depth, wanted = 0, frozenset(kinds)
    for index in range(first, last + 1):
        kind = line.tokens[index].kind
        if kind in _OPEN:
            depth += 1
        elif kind in _CLOSE:
            depth -= 1
        elif depth == 0 and index > first and kind in wanted and not line.is_name(index):
            yield index


def _conjunctions(line: Line, first: int, last: int) -> Iterator[int]:
    """Positions of every `and` outside brackets but those of `between … and …`."""
    in_between = False
    for index in _outside(line, first, last, {"BETWEEN", "AND"}):
        if line.tokens[index].kind == "BETWEEN":
            in_between = True
        elif in_between:
            in_between = False
        else:
            yield index


def _stretches(first: int, starts: list[int], last: int) -> list[tuple[int, int]]:
    edges = [first, *starts, last + 1]
    return [(start, end - 1) for start, end in pairwise(edges)]
