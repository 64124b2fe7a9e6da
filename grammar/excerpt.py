"""The line a finding is about, with marks under what is meant."""

from unicodedata import combining, east_asian_width

WIDEST = 140
"""Columns of a line that are shown; of a longer one, those around the marks."""
CUT = "…"


def excerpt(line: str, column: int, length: int, mark: str, label: str) -> tuple[str, str]:
    """A line as it is shown, and the line with the marks below it.

    `column` counts code points from 1. A tab stays a tab in both, so that the marks stand where
    they should under any tab width.
    """
    first = column - 1
    length = max(1, min(length, len(line) - first))
    start, end = _part(len(line), first, length)
    left, right = CUT if start else "", CUT if end < len(line) else ""
    shown = left + _printable(line[start:end]) + right
    padding = len(left) * " " + "".join(_blank(c) for c in line[start:first])
    marks = mark * max(1, sum(_width(c) for c in line[first : min(first + length, end)]))
    return shown, padding + marks + (f" {label}" if label else "")


def _part(size: int, first: int, length: int) -> tuple[int, int]:
    """From where to where a line is shown."""
    if size <= WIDEST:
        return 0, size
    middle = first + min(length, WIDEST // 2) // 2
    start = max(0, min(middle - WIDEST // 2, size - WIDEST))
    return start, start + WIDEST


def _printable(text: str) -> str:
    """Text that a terminal only shows: its control characters as pictures."""
    return "".join(chr(0x2400 + ord(c)) if ord(c) < 32 and c != "\t" else c for c in text)


def _blank(character: str) -> str:
    return "\t" if character == "\t" else " " * _width(character)


def _width(character: str) -> int:
    """The columns of a character on a terminal."""
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
