"""What `segue check` has to say, before it is put in a format."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from segue.compiler.lint.finding import Finding, Safety, Undecided
from segue.grammar.diagnostics import Diagnostic, Severity
from segue.grammar.span import Span

PAGES = "https://github.com/segue-lang/segue/blob/main/docs"


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a check, errors first among those of one place, and what was left out.

    `texts` are files by path. `known` findings are in the baseline, which has `gone` others that
    are no longer found; `suppressed` ones have a comment; `fixed` is how many were just fixed.
    Of the `undecided` segments the solver could not say whether anybody is in them.
    """

    findings: Sequence[Finding]
    texts: Mapping[str, str] = field(repr=False)
    files: int
    suppressed: int = 0
    known: int = 0
    gone: int = 0
    fixed: int = 0
    undecided: Sequence[Undecided] = ()

    def fixable(self, safety: Safety) -> int:
        """How many findings have a fix of that kind."""
        return sum(f.fix is not None and f.fix.safety is safety for f in self.findings)


def together(reports: Sequence[Report]) -> Report:
    """The reports of several projects as one."""
    texts: dict[str, str] = {}
    for report in reports:
        texts |= report.texts
    return Report(
        findings=[finding for report in reports for finding in report.findings],
        texts=texts,
        files=sum(report.files for report in reports),
        suppressed=sum(report.suppressed for report in reports),
        known=sum(report.known for report in reports),
        gone=sum(report.gone for report in reports),
        fixed=sum(report.fixed for report in reports),
        undecided=[undecided for report in reports for undecided in report.undecided],
    )


def fails(report: Report, *, strict: bool) -> bool:
    """Whether a report should stop a pull request: hints do so only when strict."""
    harmless = () if strict else (Severity.HINT,)
    return any(finding.diagnostic.severity not in harmless for finding in report.findings)


def as_findings(diagnostics: Iterable[Diagnostic]) -> list[Finding]:
    """The findings of other parts than the linter: known by what they say and of which file."""
    seen: dict[str, int] = {}
    found = []
    for diagnostic in diagnostics:
        said = f"{diagnostic.code}\n{diagnostic.span.path}\n{diagnostic.message}"
        seen[said] = seen.get(said, 0) + 1
        digest = sha256(f"{said}\n{seen[said]}".encode()).hexdigest()[:20]
        found.append(Finding(diagnostic, fingerprint=digest))
    return found


def is_of_a_rule(code: str) -> bool:
    """Whether a code is that of a lint rule; the others are errors of reading and compiling."""
    return code >= "SEG1"


def page_of(code: str) -> str:
    """The address of what is written about a code."""
    if is_of_a_rule(code):
        return f"{PAGES}/rules/{code}.md"
    return f"{PAGES}/reference.md"


def end_of(span: Span, texts: Mapping[str, str]) -> tuple[int, int]:
    """Line and column (both from 1) just behind a span."""
    covered = texts.get(span.path, "")[span.start : span.end]
    lines = covered.split("\n")
    column = span.column + len(covered) if len(lines) == 1 else len(lines[-1]) + 1
    return span.line + len(lines) - 1, column
