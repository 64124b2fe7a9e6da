"""Folding: blocks, and comments of several lines."""

from lsprotocol import types

from segue.grammar.lexer import tokenize
from segue.runtime.lsp.symbols import blocks_of
from segue.runtime.lsp.workspace import View


def folding(view: View) -> list[types.FoldingRange]:
    """What can be folded away in a file."""
    return [*_blocks(view), *_comments(view)]


def _blocks(view: View) -> list[types.FoldingRange]:
    ranges = (view.lines.span(block.node.span) for block in blocks_of(view))
    return [
        types.FoldingRange(r.start.line, r.end.line, kind=types.FoldingRangeKind.Region)
        for r in ranges
        if r.end.line > r.start.line
    ]


def _comments(view: View) -> list[types.FoldingRange]:
    """Comments on lines of their own, one below the other."""
    groups: list[list[int]] = []
    for comment in tokenize(view.text, view.path)[1]:
        start = comment.span.start - comment.span.column + 1
        if view.text[start : comment.span.start].strip():
            continue
        line = comment.span.line - 1
        if groups and groups[-1][-1] == line - 1:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [
        types.FoldingRange(group[0], group[-1], kind=types.FoldingRangeKind.Comment)
        for group in groups
        if len(group) > 1
    ]
