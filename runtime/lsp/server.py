"""The wiring: which request of the protocol goes to which capability."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from segue.runtime.lsp import (
    actions,
    completion,
    diagnostics,
    folding,
    formatting,
    hints,
    hover,
    navigation,
    rename,
    signature,
    symbols,
    tokens,
)
from segue.runtime.lsp.workspace import Workspace

SHORTEST_WAIT = 0.01
LONGEST_WAIT = 0.5
"""Seconds without a keystroke before everything is analysed again: a third of what that takes, so
that a small project answers at once and a large one is not busy all the time."""

LINT_WAIT = 0.15
"""Seconds after the errors before the lint rules run: longer than between two keystrokes."""

INVALID_PARAMS = -32602

T = TypeVar("T")


class SegueServer(LanguageServer):
    """A language server that publishes the findings of all files a little after each change."""

    def __init__(self, version: str) -> None:
        super().__init__("segue", version)
        self.projects = Workspace()
        self.settled = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._took = SHORTEST_WAIT
        self._published: set[str] = set()

    def changed(self) -> None:
        """Analyse again, once nothing more has changed for a moment."""
        self.settled.clear()
        if self._timer is not None:
            self._timer.cancel()
        wait = min(max(self._took / 3, SHORTEST_WAIT), LONGEST_WAIT)
        self._timer = asyncio.get_running_loop().call_later(wait, self.publish)

    def publish(self) -> None:
        """Sends the errors of every file, and has the lint rules run soon."""
        # Its own time: a busy machine is no reason to wait longer.
        start = time.process_time()
        try:
            self._send(diagnostics.errors_first(self.projects))
        finally:
            self.settled.set()
        self._took = time.process_time() - start
        self._timer = asyncio.get_running_loop().call_later(LINT_WAIT, self.publish_all)

    def publish_all(self) -> None:
        """Sends the findings of every file, what the lint rules say included."""
        self._timer = None
        self._send(diagnostics.all_findings(self.projects))

    def _send(self, found: dict[str, list[types.Diagnostic]]) -> None:
        for uri in self._published - set(found):
            found[uri] = []
        for uri, items in found.items():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items))
        self._published = {uri for uri, items in found.items() if items}


def make_server(version: str) -> SegueServer:
    """The server, ready to be started."""
    server = SegueServer(version)
    _follow_texts(server)
    _answer_places(server)
    _answer_files(server)
    _answer_renames(server)
    return server


def _follow_texts(server: SegueServer) -> None:
    projects = server.projects

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        projects.encoding = str(server.workspace.position_encoding or "utf-16")
        projects.snippets = _takes_snippets(server.client_capabilities)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        projects.put(params.text_document.uri, params.text_document.text)
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        projects.put(uri, server.workspace.get_text_document(uri).source)
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        projects.close(params.text_document.uri)
        server.changed()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        projects.forget()
        server.changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        projects.forget()
        server.changed()


def _answer_places(server: SegueServer) -> None:
    """What is asked about one place of a file."""
    projects = server.projects

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def on_hover(params: types.HoverParams) -> types.Hover | None:
        return hover.hover(projects.view(params.text_document.uri), params.position)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[".", "(", " ", '"', "["]),
    )
    def on_completion(params: types.CompletionParams) -> types.CompletionList:
        # The project may be a keystroke old: the text around the cursor is not.
        view = projects.view(params.text_document.uri, settled=False)
        return completion.completion(view, params.position)

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    def on_signature(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        view = projects.view(params.text_document.uri, settled=False)
        return signature.signature_help(view, params.position)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def on_definition(params: types.DefinitionParams) -> types.Location | None:
        return navigation.definition(projects.view(params.text_document.uri), params.position)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def on_references(params: types.ReferenceParams) -> list[types.Location]:
        return navigation.references(
            projects.view(params.text_document.uri),
            params.position,
            definitions=params.context.include_declaration,
        )

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def on_highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        return navigation.highlight(projects.view(params.text_document.uri), params.position)


def _answer_files(server: SegueServer) -> None:
    """What is asked about a whole file, or all of them.

    Editors ask for colours, hints and actions after each keystroke: that waits for the analysis
    which is due, rather than causing one for each.
    """
    projects = server.projects

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def on_formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        return formatting.formatting(projects.view(params.text_document.uri, settled=False))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def on_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        return symbols.document_symbols(projects.view(params.text_document.uri, settled=False))

    @server.feature(types.WORKSPACE_SYMBOL)
    def on_workspace_symbols(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return symbols.workspace_symbols(projects, params.query)

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def on_folding(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        return folding.folding(projects.view(params.text_document.uri, settled=False))

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND)
    async def on_tokens(params: types.SemanticTokensParams) -> types.SemanticTokens:
        await server.settled.wait()
        return tokens.semantic_tokens(projects.view(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def on_hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        await server.settled.wait()
        return hints.inlay_hints(projects.view(params.text_document.uri), params.range)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]
        ),
    )
    async def on_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        await server.settled.wait()
        found = actions.code_actions(projects.view(params.text_document.uri), params.range)
        return actions.wanted(found, params.context.only)


def _answer_renames(server: SegueServer) -> None:
    projects = server.projects

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def on_prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
        view = projects.view(params.text_document.uri)
        return _or_refuse(lambda: rename.prepare(view, params.position))

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def on_rename(params: types.RenameParams) -> types.WorkspaceEdit:
        view = projects.view(params.text_document.uri)
        return _or_refuse(lambda: rename.rename(view, params.position, params.new_name))


def _takes_snippets(capabilities: types.ClientCapabilities) -> bool:
    documents = capabilities.text_document
    completions = documents.completion if documents else None
    item = completions.completion_item if completions else None
    return bool(item and item.snippet_support)


def _or_refuse(work: Callable[[], T]) -> T:
    """The result, or the reason for a refusal as an error that the editor shows."""
    try:
        return work()
    except rename.Refused as refused:
        raise JsonRpcException(str(refused), INVALID_PARAMS) from None
