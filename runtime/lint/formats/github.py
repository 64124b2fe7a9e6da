"""Annotations in a GitHub workflow: they show up beside the lines of a pull request."""

from segue.compiler.lint.finding import Finding
from segue.grammar.diagnostics import Severity
from segue.runtime.lint.formats.summary import summary
from segue.runtime.lint.report import Report, end_of

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def write(report: Report) -> str:
    """One workflow command a finding, and a summary for the log."""
    return "\n".join([*(_command(f, report) for f in report.findings), *summary(report)])


def _command(finding: Finding, report: Report) -> str:
    diagnostic = finding.diagnostic
    end_line, end_column = end_of(diagnostic.span, report.texts)
    properties = {
        "file": diagnostic.span.path,
        "line": diagnostic.span.line,
        "endLine": end_line,
        "title": diagnostic.code,
    }
    if end_line == diagnostic.span.line:
        # GitHub takes columns only within one line.
        properties |= {"col": diagnostic.span.column, "endColumn": end_column}
    where = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = "\n".join(p for p in (diagnostic.message, *diagnostic.notes, diagnostic.help) if p)
    return f"::{_LEVELS[diagnostic.severity]} {where}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
