"""Where something stands in a source file."""

from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters in one source file.

    `start` and `end` are offsets in code points; `line` and `column` are 1-based and belong
    to `start`.
    """

    path: str
    start: int
    end: int
    line: int
    column: int

    def to(self, other: "Span") -> "Span":
        """The range from the start of this span to the end of `other`."""
        return self._replace(end=other.end)


NOWHERE = Span("", 0, 0, 1, 1)
