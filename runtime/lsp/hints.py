"""Inlay hints: the types of metrics, beside their names."""

from collections.abc import Iterator

from lsprotocol import types

from segue.grammar import ast
from segue.runtime.lsp.describe import planned
from segue.runtime.lsp.workspace import View


def inlay_hints(view: View, shown: types.Range) -> list[types.InlayHint]:
    """The hints of the part of a file that is on the screen."""
    return [
        hint for hint in _hints(view) if shown.start.line <= hint.position.line <= shown.end.line
    ]


def _hints(view: View) -> Iterator[types.InlayHint]:
    for block in view.snapshot.index.blocks.values() if view.snapshot.index else ():
        if block.name_span.path != view.path or not isinstance(block.node, ast.Metric):
            continue
        definition = planned(view.snapshot, block.name)
        if definition is None:
            continue
        yield types.InlayHint(
            position=view.lines.position(block.name_span.end),
            label=f": {definition.expr.type}",
            kind=types.InlayHintKind.Type,
        )
