"""One line a finding, as editors and CI logs pick it up."""

from segue.runtime.lint.formats.summary import summary
from segue.runtime.lint.formats.text import marked
from segue.runtime.lint.report import Report
from segue.runtime.terminal import concise


def write(report: Report) -> str:
    """The report, one finding a line."""
    lines = [concise(marked(finding)) for finding in report.findings]
    return "\n".join([*lines, *summary(report)])
