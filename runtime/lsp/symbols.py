"""The named blocks of a file, and of all files."""

from lsprotocol import types

from segue.compiler.analysis.symbols import Source
from segue.compiler.index.blocks import Block, blocks
from segue.grammar.parser import parse
from segue.runtime.lsp.workspace import View, Workspace

KINDS = {
    "metric": types.SymbolKind.Variable,
    "condition": types.SymbolKind.Boolean,
    "define": types.SymbolKind.Function,
    "segment": types.SymbolKind.Class,
    "tiers": types.SymbolKind.Enum,
    "tier": types.SymbolKind.EnumMember,
    "lifecycle": types.SymbolKind.Module,
    "stage": types.SymbolKind.EnumMember,
    "score": types.SymbolKind.Number,
    "state": types.SymbolKind.Field,
    "campaign": types.SymbolKind.Event,
}


def document_symbols(view: View) -> list[types.DocumentSymbol]:
    """The blocks of a file in order, each with those inside it."""
    outline: dict[str, types.DocumentSymbol] = {}
    for block in blocks_of(view):
        symbol = types.DocumentSymbol(
            name=block.name.rpartition(".")[2],
            detail=block.title or block.kind,
            kind=KINDS.get(block.kind, types.SymbolKind.Object),
            range=view.lines.span(block.node.span),
            selection_range=view.lines.span(block.name_span),
            children=[],
        )
        if block.inside:
            outline[block.inside].children = [*(outline[block.inside].children or ()), symbol]
        else:
            outline[block.name] = symbol
    return list(outline.values())


def blocks_of(view: View) -> list[Block]:
    """The named blocks of one file."""
    tree = parse(view.text, view.path).module
    return list(blocks(Source(view.module, tree)))


def workspace_symbols(workspace: Workspace, query: str) -> list[types.WorkspaceSymbol]:
    """The blocks of all open projects whose name holds the letters of the query in order."""
    found = []
    for snapshot in workspace.snapshots():
        for block in snapshot.index.blocks.values() if snapshot.index else ():
            if not _fits(query.lower(), block.name.lower()):
                continue
            view = workspace.view(workspace.uri(snapshot.root / block.name_span.path))
            found.append(
                types.WorkspaceSymbol(
                    location=view.location(block.name_span),
                    name=block.name,
                    kind=KINDS.get(block.kind, types.SymbolKind.Object),
                    container_name=block.title or None,
                )
            )
    return found


def _fits(query: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in query)
