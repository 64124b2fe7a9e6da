"""Which token every comment belongs to."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from segue.grammar.lexer import Token


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a line of its own; `after_blank` when an empty line stands before it."""

    text: str
    after_blank: bool


@dataclass(slots=True)
class Comments:
    """Comments by token: on lines before it, or behind it on its line."""

    leading: dict[int, list[Comment]] = field(default_factory=lambda: defaultdict(list))
    trailing: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    # Tokens before which, comments aside, an empty line was left.
    after_blank: set[int] = field(default_factory=set)

    @property
    def tokens(self) -> set[int]:
        """Every token a comment belongs to."""
        return {*self.leading, *self.trailing}


def attach(tokens: Sequence[Token], comments: Sequence[Token]) -> Comments:
    """Give each comment to the token it stands behind, else to the one it stands before."""
    found = Comments()
    starts = [token.span.start for token in tokens[:-1]]
    last_lines = [token.span.line + token.text.count("\n") for token in tokens]
    lines_above: dict[int, int] = {}
    for comment in comments:
        following = bisect_right(starts, comment.span.start)
        line = comment.span.line
        above = lines_above.get(following, last_lines[following - 1] if following else line)
        if following and last_lines[following - 1] == line:
            found.trailing[following - 1].append(comment.text)
        else:
            found.leading[following].append(Comment(comment.text, line > above + 1))
        lines_above[following] = line
    for index in range(1, len(tokens)):
        above = lines_above.get(index, last_lines[index - 1])
        if tokens[index].span.line > above + 1:
            found.after_blank.add(index)
    if 0 in lines_above and tokens[0].span.line > lines_above[0] + 1:
        found.after_blank.add(0)
    return found
