"""Text to tokens: one regular expression made from the terminals of the grammar.

Mistakes are tokens too (`UNCLOSED_STRING`, `STRAY`, …): the grammar has no use for them, so the
parser stops there and can say what is wrong.
"""

import re
from typing import NamedTuple

from segue.grammar.span import Span
from segue.grammar.tables import LITERALS, MARKS, PHRASES, WORDS

END = "$END"
BYTE_ORDER_MARK = "\ufeff"


class Token(NamedTuple):
    """One word, literal or mark; `kind` is a terminal of the grammar or one of `MISTAKES`."""

    kind: str
    text: str
    span: Span


# What people type from habit; each is recognised so that its error can name the right spelling.
MISTAKES = {
    "NULL_TEST": r"(?i:is\s+(?:not\s+)?(?:null|none|nil))\b",
    "MALFORMED_DATE": r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:[\d:.]*)?Z?(?!\w)",
    "MALFORMED_NUMBER": r"\d\w*(?:\.\d\w*)*",
    "UNCLOSED_STRING": r'"[^"\\\n]*(?:\\.[^"\\\n]*)*\\?',
    "QUOTED": r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|[“”„«‹‘’][^“”»›‘’\n]*[“”»›’]?",
    "FOREIGN": r"===|!==|<>|=<|=>|&&?|\|\|?|!(?!=)|\*\*|%",
    "STRAY": r"[^\x00-\x7f]+|[\s\S]",
}


def _alternatives() -> str:
    literals = dict(LITERALS)
    words = {kind: literals.pop(kind) for kind in ("PATH", "NAME")}
    text = {kind: literals.pop(kind) for kind in ("STRING", "VERSION", "COMPARISON")}
    times = {kind: literals.pop(kind) for kind in ("TIMESTAMP", "DATE", "PERCENT", "DURATION")}
    marks = "|".join(re.escape(mark) for mark in sorted(MARKS, key=len, reverse=True))
    mistakes = dict(MISTAKES)
    null_test, foreign = mistakes.pop("NULL_TEST"), mistakes.pop("FOREIGN")
    groups = {
        **PHRASES,
        "NULL_TEST": null_test,
        **words,
        "NEWLINE": r"\n",
        "COMMENT": r"#[^\n]*",
        **times,
        "MALFORMED_DATE": mistakes.pop("MALFORMED_DATE"),
        **literals,
        "MALFORMED_NUMBER": mistakes.pop("MALFORMED_NUMBER"),
        "FOREIGN": foreign,
        **text,
        "MARK": marks,
        "FINISH": r"\Z",
        **mistakes,
    }
    return "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in groups.items())


_SCAN = re.compile(rf"[ \t\r\f\v]*(?:{_alternatives()})", re.ASCII).finditer
_WORDS = {**WORDS, "is": "IS", "null": "NULL", "NULL": "NULL", "Null": "NULL"}
PHRASE_KINDS = frozenset({*PHRASES, "NULL_TEST"})


def tokenize(text: str, path: str) -> tuple[list[Token], list[Token]]:
    """The tokens of a text, ended by one of kind `END`, and apart from them its comments."""
    tokens: list[Token] = []
    comments: list[Token] = []
    new, add, word, mark = tuple.__new__, tokens.append, _WORDS.get, MARKS.__getitem__
    # A byte order mark is no column of the first line.
    begin = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    line, line_start = 1, begin - 1
    for match in _SCAN(text, begin):
        kind = match.lastgroup
        if kind == "NEWLINE":
            line += 1
            line_start = match.end() - 1
            continue
        # Whatever matches is one of the groups, so the last one is never None.
        start, end = match.span(match.lastindex)  # type: ignore[arg-type]
        word_text = text[start:end]
        span = new(Span, (path, start, end, line, start - line_start))
        if kind == "NAME":
            add(new(Token, (word(word_text, "NAME"), word_text, span)))
        elif kind == "MARK":
            add(new(Token, (mark(word_text), word_text, span)))
        elif kind == "COMMENT":
            comments.append(Token("COMMENT", word_text.rstrip(), span))
        elif kind == "FINISH":
            break
        else:
            add(new(Token, (kind, word_text, span)))
            if kind in PHRASE_KINDS and "\n" in word_text:
                line += word_text.count("\n")
                line_start = start + word_text.rindex("\n")
    add(Token(END, "", _after(tokens[-1].span if tokens else Span(path, 0, 0, 1, 1))))
    return tokens, comments


def _after(last: Span) -> Span:
    """Just behind the last token: where something missing at the end would have to stand."""
    return Span(last.path, last.end, last.end, last.line, last.column + last.end - last.start)


def split(phrase: Token) -> list[Token]:
    """The words of an operator of several words, for where its first word is meant as a name."""
    words = []
    for match in re.finditer(r"\S+", phrase.text):
        word, before = match.group(), phrase.text[: match.start()]
        line_break = before.rfind("\n")
        column = match.start() - line_break if line_break >= 0 else None
        span = Span(
            phrase.span.path,
            phrase.span.start + match.start(),
            phrase.span.start + match.end(),
            phrase.span.line + before.count("\n"),
            column or phrase.span.column + match.start(),
        )
        words.append(Token(_WORDS.get(word, "NAME"), word, span))
    return words
