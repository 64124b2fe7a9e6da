"""Lines, comments and blank lines put together to the text of a file."""

from collections.abc import Sequence

from segue.grammar.formatting.blocks import Printed
from segue.grammar.formatting.comments import Comment, Comments
from segue.grammar.formatting.wrapping import INDENT, Row


class Page:
    """The output so far."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments
        self.lines: list[str] = []

    def items(self, items: Sequence[Printed], end: int) -> str:
        """The items, then the comments after the last of them."""
        tall = False
        for number, item in enumerate(items):
            self._part(item, may_part=number > 0, must_part=tall or item.tall)
            tall = item.tall
        self._own_lines(self.comments.leading.get(end, ()), 0, bool(items), must_part=False)
        return "\n".join(self.lines) + "\n" if self.lines else ""

    def _part(self, part: Printed, may_part: bool, must_part: bool) -> None:
        """An item or clause, blank lines before it as `may_part` and `must_part` say."""
        for number, row in enumerate(part.rows):
            if number:
                # Blank lines would tear an expression apart.
                self._row(row, may_part=False, must_part=False, whole=True)
            else:
                self._row(row, may_part, must_part)
        tall = False
        for number, inner in enumerate(part.parts):
            is_block = bool(inner.closing)
            self._part(inner, may_part=number > 0, must_part=number > 0 and (tall or is_block))
            tall = is_block
        for row in part.closing:
            self._row(row, may_part=False, must_part=False, inside=INDENT)

    def _row(
        self, row: Row, may_part: bool, must_part: bool, inside: int = 0, whole: bool = False
    ) -> None:
        """One line; comments among its tokens go before it, the one at its end stays there."""
        above = list(self.comments.leading.get(row.first, ()))
        for token in range(row.first, row.last + 1):
            if token > row.first:
                above += (Comment(c.text, False) for c in self.comments.leading.get(token, ()))
            if token < row.last:
                above += (Comment(c, False) for c in self.comments.trailing.get(token, ()))
        if whole:
            above = [Comment(comment.text, False) for comment in above]
        self._own_lines(above, row.indent + inside, may_part, must_part)
        after_blank = row.first in self.comments.after_blank and not whole
        if (must_part and not above) or (after_blank and (may_part or above)):
            self._blank()
        behind = "".join(f"  {text}" for text in self.comments.trailing.get(row.last, ()))
        self.lines.append(" " * row.indent + row.text + behind)

    def _own_lines(
        self, comments: Sequence[Comment], indent: int, may_part: bool, must_part: bool
    ) -> None:
        """Comments on lines of their own, with the blank lines that were left between them."""
        for number, comment in enumerate(comments):
            first = number == 0
            if (first and must_part) or (comment.after_blank and (may_part or not first)):
                self._blank()
            self.lines.append(" " * indent + comment.text)

    def _blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")
