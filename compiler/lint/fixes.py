"""Making fixes: edits that do not overlap, until nothing is left to fix.

A fix is left out, rather than made, where it would lose a comment; a file is left as it was where
it could not be read afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from segue.compiler.lint.finding import Edit, Finding, Fix, Safety
from segue.grammar.diagnostics import SegueError
from segue.grammar.format import FormatError, format_source
from segue.grammar.lexer import tokenize
from segue.grammar.parser import parse
from segue.grammar.span import Span

# A fix may make room for another; fixes that undo each other would go on for ever.
MOST_ROUNDS = 20

# The findings in some texts; None where they cannot be a ruleset, so that a fix was wrong.
Check = Callable[[Mapping[str, str]], "Sequence[Finding] | None"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The texts of all files after fixing, how many fixes were made, and what is left."""

    texts: Mapping[str, str]
    fixes: int
    findings: Sequence[Finding]


def fix_all(
    texts: Mapping[str, str], findings: Sequence[Finding], check: Check, *, unsafe: bool
) -> Fixed:
    """Makes the safe fixes, or all of them, over and over until none is left to make.

    `check` finds what is to be fixed in changed texts; a change that it refuses is taken back.
    """
    made = 0
    for _ in range(MOST_ROUNDS):
        wanted = [f.fix for f in findings if f.fix is not None and _wanted(f.fix, unsafe)]
        round = _make(texts, wanted, check)
        if round is None:
            break
        texts, findings, made = round.texts, round.findings, made + round.fixes
    return Fixed(texts, made, findings)


def _make(texts: Mapping[str, str], fixes: Sequence[Fix], check: Check) -> Fixed | None:
    """As many of the fixes as make sense together; of those that do not, a part that does."""
    changed, made = apply(texts, fixes)
    if made:
        found = check(changed)
        if found is not None:
            return Fixed(changed, made, found)
    if len(fixes) < 2:
        return None
    middle = len(fixes) // 2
    return _make(texts, fixes[:middle], check) or _make(texts, fixes[middle:], check)


def _wanted(fix: Fix, unsafe: bool) -> bool:
    return unsafe or fix.safety is Safety.SAFE


def apply(texts: Mapping[str, str], fixes: Iterable[Fix]) -> tuple[dict[str, str], int]:
    """The texts with as many of the fixes made as fit together, and how many those are."""
    result = dict(texts)
    comments: dict[str, list[Span]] = {}
    taken: list[Edit] = []
    made = 0
    for fix in fixes:
        edits = list(dict.fromkeys(fix.edits))
        for path in {edit.span.path for edit in edits} - comments.keys():
            comments[path] = [token.span for token in tokenize(texts[path], path)[1]]
        if any(_loses(edit, comments[edit.span.path]) for edit in edits):
            continue
        if any(_overlap(edit, other) for edit in edits for other in taken):
            continue
        taken += edits
        made += 1
    for path in {edit.span.path for edit in taken}:
        text = _edited(texts[path], [edit for edit in taken if edit.span.path == path])
        text = _formatted(texts[path], text, path)
        if parse(text, path).diagnostics:
            return dict(texts), 0
        result[path] = text
    return result, made


def _edited(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _formatted(before: str, after: str, path: str) -> str:
    """The new text in the canonical layout, if the file had it before."""
    try:
        return format_source(after, path) if format_source(before, path) == before else after
    except (SegueError, FormatError):
        return after


def _loses(edit: Edit, comments: Sequence[Span]) -> bool:
    """Whether a comment stands inside what is replaced; an edit that begins with one means it."""
    return any(edit.span.start < c.start and c.end <= edit.span.end for c in comments)


def _overlap(one: Edit, other: Edit) -> bool:
    a, b = one.span, other.span
    if a.path != b.path:
        return False
    return (a.start < b.end and b.start < a.end) or a.start == b.start
