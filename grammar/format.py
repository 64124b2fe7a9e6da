"""`segue fmt`: the canonical layout of a file, comments and meaning kept."""

from collections import Counter

from segue.grammar.diagnostics import SegueError
from segue.grammar.formatting.blocks import Printer
from segue.grammar.formatting.columns import align
from segue.grammar.formatting.comments import attach
from segue.grammar.formatting.page import Page
from segue.grammar.formatting.pieces import read_pieces
from segue.grammar.formatting.spacing import Line
from segue.grammar.lexer import tokenize
from segue.grammar.parser import parse


class FormatError(Exception):
    """The formatter would have changed what a file says; its output was thrown away."""


def format_source(text: str, path: str) -> str:
    """The file in canonical layout.

    Raises `SegueError` when the file has syntax errors, and `FormatError` rather than return a
    text that means something else or lacks a comment.
    """
    before = parse(text, path)
    if before.diagnostics:
        raise SegueError(before.diagnostics, {path: text})
    formatted = _lay_out(text, path)
    after = parse(formatted, path)
    if after.diagnostics or after.module != before.module:
        raise FormatError(f"{path}: the formatted text would not mean the same")
    if _comments(formatted, path) != _comments(text, path):
        raise FormatError(f"{path}: a comment would be lost")
    return formatted


def _lay_out(text: str, path: str) -> str:
    tokens, comment_tokens = tokenize(text, path)
    # Reading may split operators that are names here, so comments are attached afterwards.
    pieces, names = read_pieces(tokens)
    comments = attach(tokens, comment_tokens)
    line = Line(tokens, names)
    printer = Printer(line, comments.tokens)
    printed = [printer.item(piece) for piece in pieces]
    return Page(comments).items(align(line, pieces, printed, comments), len(tokens) - 1)


def _comments(text: str, path: str) -> Counter[str]:
    return Counter(comment.text for comment in tokenize(text, path)[1])
