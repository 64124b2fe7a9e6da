"""What Segue says about a source: one type for every error, warning and hint.

A diagnostic is data; `render` turns it into the text a person reads. Every layer reports
through this type, so the command line, the tests and an editor show the same thing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from segue.grammar.excerpt import excerpt
from segue.grammar.span import Span


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops compilation, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains a diagnostic ("first defined here")."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong, where, and how to mend it.

    `code` names a documented kind of finding (`SEG010`); `message` says what was found,
    `label` what stands under the caret, `notes` what else the reader should know (a witness, a
    consequence), `help` how to fix it.
    """

    code: str
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    label: str = ""
    help: str = ""
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()


class SegueError(Exception):
    """Raised by entry points that cannot return diagnostics; carries all of them."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None):
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})
        super().__init__("\n\n".join(render(d, self.sources) for d in self.diagnostics))


def render(diagnostic: Diagnostic, sources: Mapping[str, str]) -> str:
    """The diagnostic as plain text: message, source line, caret and help.

    `sources` maps a path to its text; a path that is not there is shown without its line.
    """
    head = f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"
    places = [
        (diagnostic.span, diagnostic.label, "^"),
        *((r.span, r.text, "-") for r in diagnostic.related),
    ]
    width = max(len(str(span.line)) for span, _, _ in places)
    blocks = [
        _excerpt(span, label, mark, sources.get(span.path), width, arrow="-->" if i == 0 else ":::")
        for i, (span, label, mark) in enumerate(places)
    ]
    lines = [head, *blocks]
    for note in diagnostic.notes:
        lines += _remark("note", note, width)
    if diagnostic.help:
        lines += _remark("help", diagnostic.help, width)
    return "\n".join(lines)


def _remark(kind: str, text: str, width: int) -> list[str]:
    first, *rest = text.splitlines()
    margin = " " * width
    return [f"{margin} = {kind}: {first}", *(f"{margin}         {line}" for line in rest)]


def _excerpt(span: Span, label: str, mark: str, text: str | None, width: int, arrow: str) -> str:
    margin = " " * width
    where = f"{margin}{arrow} {span.path}:{span.line}:{span.column}"
    lines = text.split("\n") if text is not None else []
    if not 0 < span.line <= len(lines):
        return where + (f" {label}" if label else "")
    line = lines[span.line - 1].rstrip("\r")
    shown, marks = excerpt(line, span.column, span.end - span.start, mark, label)
    return "\n".join(
        [where, f"{margin} |", f"{span.line:>{width}} | {shown}", f"{margin} | {marks}"]
    )
