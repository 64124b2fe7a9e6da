"""Comments that silence findings: `# segue: ignore[SEG101] kept for the board's report`.

Behind a line it is about that line. On a line of its own it is about what follows: the whole
definition when one begins there, else the next line. `ignore-file` is about the file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segue.compiler.analysis.symbols import Source
from segue.grammar.lexer import END, tokenize
from segue.grammar.span import Span

PLACEHOLDER = "because …"
"""What an editor writes where the reason is still to be written; it is none."""
_MARK = re.compile(r"#\s*segue\s*:")
_SUPPRESSION = re.compile(r"#\s*segue\s*:\s*(ignore|ignore-file)\s*\[([^\]]*)\]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One code (or name of a rule) of a suppression, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment to the linter. `rules` is empty where it could not be read as one.

    It is about the lines `first` to `last`, both included.
    """

    span: Span
    rules: tuple[Suppressed, ...]
    reason: str
    first: int
    last: int

    def covers(self, path: str, line: int) -> bool:
        """Whether a finding on a line is one it is about."""
        return path == self.span.path and self.first <= line <= self.last


def suppressions(sources: Sequence[Source], texts: "dict[str, str]") -> list[Suppression]:
    """The comments to the linter in all files."""
    found: list[Suppression] = []
    for source in sources:
        text = texts[source.tree.span.path]
        if "segue" in text and _MARK.search(text):
            found.extend(_of_file(source, text))
    return found


def _of_file(source: Source, text: str) -> Iterator[Suppression]:
    path = source.tree.span.path
    tokens, comments = tokenize(text, path)
    starts = [token.span.start for token in tokens]
    items = {item.span.start: item for item in source.tree.items}
    for comment in comments:
        if not _MARK.match(comment.text):
            continue
        # Behind the last token stands the end of the file, wherever the comment is.
        following = tokens[min(bisect_right(starts, comment.span.start), len(tokens) - 1)]
        line = comment.span.line
        behind = text.rfind("\n", 0, comment.span.start) + 1
        first, last = line, line
        if not text[behind : comment.span.start].strip():
            first = last = following.span.line
            if following.kind == END:
                last = first - 1  # Nothing follows, so it is about nothing.
            item = items.get(following.span.start)
            if item is not None:
                last = first + text.count("\n", item.span.start, item.span.end)
        match = _SUPPRESSION.fullmatch(comment.text)
        if match is None:
            yield Suppression(comment.span, (), "", first, last)
            continue
        if match[1] == "ignore-file":
            first, last = 0, text.count("\n") + 1
        reason = "" if match[3].strip() == PLACEHOLDER else match[3]
        yield Suppression(comment.span, tuple(_rules(comment.span, match)), reason, first, last)


def _rules(span: Span, match: re.Match[str]) -> Iterator[Suppressed]:
    for word in re.finditer(r"[^\s,]+", match[2]):
        offset = match.start(2) + word.start()
        start = span.start + offset
        place = Span(span.path, start, start + len(word[0]), span.line, span.column + offset)
        yield Suppressed(word[0], place)
