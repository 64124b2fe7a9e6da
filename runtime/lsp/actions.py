"""Code actions: what a finding says to write instead, written at a click."""

import re
from collections.abc import Iterator

from lsprotocol import types

from segue.compiler.analysis import codes as analysis_codes
from segue.grammar import codes as grammar_codes
from segue.grammar.diagnostics import Diagnostic
from segue.runtime.lsp.diagnostics import to_lsp
from segue.runtime.lsp.workspace import View

_MEANT = re.compile(r'did you mean (?:`([^`]+)`|"([^"]+)")\?')
_WRITE = re.compile(r"\bwrite `([^`…]+)`")
_WRITE_TEXT = re.compile(r'^write (".*")$')
# Findings whose span is just what the words after "write" stand in place of.
_REPLACED = frozenset(
    {
        analysis_codes.RATIO_AGAINST_NUMBER.id,
        analysis_codes.NUMBER_AGAINST_RATIO.id,
        analysis_codes.DURATION_AGAINST_NUMBER.id,
        grammar_codes.FOREIGN_SPELLING.id,
    }
)


def code_actions(view: View, place: types.Range) -> list[types.CodeAction]:
    """The fixes of the findings that touch a range."""
    return [
        _action(view, diagnostic, new)
        for diagnostic in view.snapshot.diagnostics
        if diagnostic.span.path == view.path and _touches(view.range(diagnostic.span), place)
        for new in _instead(view, diagnostic)
    ]


def _instead(view: View, diagnostic: Diagnostic) -> Iterator[str]:
    """What to write in place of what the finding is about."""
    meant = _MEANT.search(diagnostic.help)
    if meant is not None:
        name, value = meant.groups()
        yield f'"{value}"' if value else _with_folder(view, diagnostic, name)
    elif diagnostic.code in _REPLACED:
        write = _WRITE.search(diagnostic.message) or _WRITE.search(diagnostic.help)
        text = _WRITE_TEXT.match(diagnostic.help)
        if text is not None:
            yield text.group(1)
        elif write is not None and " x " not in f" {write.group(1)} ":
            yield write.group(1)


def _with_folder(view: View, diagnostic: Diagnostic, name: str) -> str:
    """A name in place of one with dots: the property that was meant belongs to its event."""
    written = view.text[diagnostic.span.start : diagnostic.span.end]
    owner, dot, _ = written.rpartition(".")
    is_property = "has no property" in diagnostic.message
    return f"{owner}{dot}{name}" if is_property else name


def _action(view: View, diagnostic: Diagnostic, new: str) -> types.CodeAction:
    edit = types.TextEdit(view.range(diagnostic.span), new)
    return types.CodeAction(
        title=f"Write `{new}`",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[to_lsp(view, diagnostic)],
        edit=types.WorkspaceEdit(changes={view.uri: [edit]}),
        is_preferred=True,
    )


def _touches(one: types.Range, other: types.Range) -> bool:
    def at(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return at(one.start) <= at(other.end) and at(other.start) <= at(one.end)
