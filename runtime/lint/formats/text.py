"""For people: each finding with its lines and carets, and a summary."""

from dataclasses import replace

from segue.compiler.lint.finding import Finding, Safety
from segue.grammar.diagnostics import Diagnostic
from segue.runtime.lint.formats.summary import summary
from segue.runtime.lint.report import Report
from segue.runtime.terminal import show

MARK = " [*]"


def write(report: Report) -> str:
    """The report as text, in colour; a `[*]` marks what `--fix` would fix."""
    shown = [show(marked(finding), report.texts) + "\n" for finding in report.findings]
    return "\n".join([*shown, *summary(report)])


def marked(finding: Finding) -> Diagnostic:
    """The finding with a mark when it has a safe fix."""
    if finding.fix is None or finding.fix.safety is not Safety.SAFE:
        return finding.diagnostic
    return replace(finding.diagnostic, message=finding.diagnostic.message + MARK)
