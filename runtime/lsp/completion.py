"""Completion: what fits at the cursor, by type."""

from lsprotocol import types

from segue.compiler.completion.candidates import (
    Candidate,
    CandidateKind,
    Surroundings,
    candidates,
)
from segue.grammar import ast
from segue.grammar.cursor import Cursor, cursor_at
from segue.runtime.lsp.describe import describe
from segue.runtime.lsp.workspace import View

KINDS = {
    CandidateKind.METRIC: types.CompletionItemKind.Variable,
    CandidateKind.CONDITION: types.CompletionItemKind.Variable,
    CandidateKind.SEGMENT: types.CompletionItemKind.Class,
    CandidateKind.SCORE: types.CompletionItemKind.Function,
    CandidateKind.DEFINE: types.CompletionItemKind.Function,
    CandidateKind.EVENT: types.CompletionItemKind.Event,
    CandidateKind.PROPERTY: types.CompletionItemKind.Property,
    CandidateKind.ATTRIBUTE: types.CompletionItemKind.Field,
    CandidateKind.FUNCTION: types.CompletionItemKind.Function,
    CandidateKind.PARAMETER: types.CompletionItemKind.Variable,
    CandidateKind.VALUE: types.CompletionItemKind.EnumMember,
    CandidateKind.KEYWORD: types.CompletionItemKind.Keyword,
    CandidateKind.OPERATOR: types.CompletionItemKind.Operator,
    CandidateKind.WORD: types.CompletionItemKind.Text,
}


def completion(view: View, position: types.Position) -> types.CompletionList:
    """The list an editor shows while somebody types."""
    offset = view.lines.offset(position)
    around = _surroundings(view)
    cursor = cursor_at(view.text, offset, view.path) if view.path.endswith(".seg") else None
    if cursor is None or around is None:
        return types.CompletionList(is_incomplete=False, items=[])
    found = candidates(cursor, around)
    end = _end(view, cursor, offset)
    place = view.lines.range(cursor.start, end)
    return types.CompletionList(False, [_item(view, candidate, place) for candidate in found])


def _surroundings(view: View) -> Surroundings | None:
    snapshot = view.snapshot
    best, catalog = snapshot.best, snapshot.catalog
    if best is None or catalog is None:
        return None
    return Surroundings(catalog, best.symbols, best.known, view.module, _words(view))


def _words(view: View) -> tuple[tuple[str, str], ...]:
    """The priorities, actions, tags… that segments of the project name."""
    found: dict[tuple[str, str], None] = {}
    for source in view.snapshot.sources:
        for item in source.tree.items:
            for clause in ("priority", "cadence", "actions", "tags", "do", "start", "stop"):
                value = getattr(item, clause, None)
                for word in value if isinstance(value, tuple) else (value,):
                    if isinstance(word, ast.Identifier):
                        found[(clause, word.text)] = None
    return tuple(found)


def _end(view: View, cursor: Cursor, offset: int) -> int:
    """Where the text to be replaced ends: behind the closing quote, if there is one."""
    closed = cursor.quoted and view.text[offset : offset + 1] == '"'
    return offset + 1 if closed else offset


def _item(view: View, candidate: Candidate, place: types.Range) -> types.CompletionItem:
    snippet = candidate.called and view.workspace.snippets
    text = f"{candidate.text}($0)" if snippet else candidate.text
    documentation = describe(view.snapshot, candidate.target) if candidate.target else ""
    return types.CompletionItem(
        label=candidate.text,
        kind=KINDS[candidate.kind],
        detail=candidate.detail or str(candidate.kind),
        documentation=types.MarkupContent(types.MarkupKind.Markdown, documentation)
        if documentation
        else None,
        sort_text=f"{candidate.rank}{candidate.text}",
        filter_text=candidate.text,
        text_edit=types.TextEdit(place, text),
        insert_text_format=types.InsertTextFormat.Snippet
        if snippet
        else types.InsertTextFormat.PlainText,
    )
