"""Places in a text: offsets in code points here, lines and UTF-16 units in an editor."""

import re
from bisect import bisect_right

from lsprotocol import types

from segue.grammar.span import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_BEYOND = 0xFFFF
"""Characters above take two units of UTF-16."""


class Lines:
    """The lines of one text. `encoding` is what the client counts columns in."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self._encoding = encoding
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def offset(self, position: types.Position) -> int:
        """The code point at a position; one beyond the end of a line is at its end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        line = self._line(position.line)
        if line.isascii() or self._encoding == "utf-32":
            return start + min(position.character, len(line))
        units = 0
        for index, character in enumerate(line):
            if units >= position.character:
                return start + index
            units += self._units(character)
        return start + len(line)

    def position(self, offset: int) -> types.Position:
        """The position of a code point."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : offset]
        if before.isascii() or self._encoding == "utf-32":
            return types.Position(line, len(before))
        return types.Position(line, sum(self._units(character) for character in before))

    def range(self, start: int, end: int) -> types.Range:
        """The range between two code points."""
        return types.Range(self.position(start), self.position(end))

    def span(self, span: Span) -> types.Range:
        """The range of a span; that of a whole line where the span only knows its line."""
        if span.end > span.start or span.line == 1:
            return self.range(span.start, span.end)
        if span.start or span.line > len(self._starts):
            return self.range(span.start, span.end)
        start = self._starts[span.line - 1]
        return self.range(start, start + len(self._line(span.line - 1)))

    def everything(self) -> types.Range:
        """The range of the whole text."""
        return self.range(0, len(self.text))

    def _line(self, number: int) -> str:
        start = self._starts[number]
        last = number + 1 == len(self._starts)
        end = len(self.text) if last else self._starts[number + 1]
        return self.text[start:end].rstrip("\r\n")

    def _units(self, character: str) -> int:
        if self._encoding == "utf-8":
            return len(character.encode("utf-8", "replace"))
        return 2 if ord(character) > _BEYOND else 1
