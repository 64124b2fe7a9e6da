"""Formatting: the one layout of `segue fmt`."""

from lsprotocol import types

from segue.grammar.diagnostics import SegueError
from segue.grammar.format import FormatError, format_source
from segue.runtime.lsp.change import change
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
    if view.text == formatted:
        return []
    start, end, growth = change(view.text, formatted)
    return [types.TextEdit(view.lines.range(start, end), formatted[start : end + growth])]
