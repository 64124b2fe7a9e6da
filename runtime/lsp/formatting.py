"""Formatting: the one layout of `segue fmt`."""

from lsprotocol import types

from segue.grammar.diagnostics import SegueError
from segue.grammar.format import FormatError, format_source
from segue.runtime.lsp.workspace import View


def formatting(view: View) -> list[types.TextEdit]:
    """The edits that lay a file out; none while it has a syntax error."""
    if not view.path.endswith(".seg"):
        return []
    try:
        formatted = format_source(view.text, view.path)
    except (SegueError, FormatError):
        return []
    return _edits(view, formatted)


def _edits(view: View, formatted: str) -> list[types.TextEdit]:
    """One edit from the first to the last difference, so that cursors elsewhere stay put."""
    before = view.text
    if before == formatted:
        return []
    most = min(len(before), len(formatted))
    start = next((i for i in range(most) if before[i] != formatted[i]), most)
    left = most - start
    end = next((i for i in range(left) if before[-1 - i] != formatted[-1 - i]), left)
    place = view.lines.range(start, len(before) - end)
    return [types.TextEdit(place, formatted[start : len(formatted) - end])]
