"""Metrics that stand together, their `=` below each other."""

from collections.abc import Sequence
from dataclasses import replace

from segue.grammar.formatting.blocks import Printed
from segue.grammar.formatting.comments import Comments
from segue.grammar.formatting.pieces import Piece
from segue.grammar.formatting.spacing import Line
from segue.grammar.formatting.wrapping import fits

_ALIGNED = frozenset({"metric", "condition"})


def align(
    line: Line, pieces: Sequence[Piece], printed: Sequence[Printed], comments: Comments
) -> list[Printed]:
    """The items, those of each run of one-line definitions aligned."""
    aligned = list(printed)
    run: list[int] = []
    for number, piece in enumerate([*pieces, None]):
        together = (
            piece is not None
            and piece.rule in _ALIGNED
            and not printed[number].tall
            and not (run and piece.rule != pieces[run[0]].rule)
            and not (run and _parted(piece, comments))
        )
        if not together:
            _align_run(line, pieces, aligned, run)
            run = []
        if piece is not None and piece.rule in _ALIGNED and not printed[number].tall:
            run.append(number)
    return aligned


def _parted(piece: Piece, comments: Comments) -> bool:
    leading = comments.leading.get(piece.first, ())
    return piece.first in comments.after_blank or any(c.after_blank for c in leading)


def _align_run(
    line: Line, pieces: Sequence[Piece], printed: list[Printed], run: Sequence[int]
) -> None:
    heads = {number: _head(line, pieces[number]) for number in run}
    width = max(map(len, heads.values()), default=0)
    texts = {}
    for number, head in heads.items():
        text = printed[number].rows[0].text
        texts[number] = head.ljust(width) + text[len(head) :]
    if all(fits(0, text) for text in texts.values()):
        for number, text in texts.items():
            row = printed[number].rows[0]._replace(text=text)
            printed[number] = replace(printed[number], rows=(row,))


def _head(line: Line, piece: Piece) -> str:
    equals = next(i for i in range(piece.first, piece.last) if line.tokens[i].kind == "EQUAL")
    return line.text(piece.first, equals - 1)
