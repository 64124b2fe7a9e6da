"""A GitLab code quality report: what a merge request added shows up beside its lines."""

import json

from segue.grammar.diagnostics import Severity
from segue.runtime.lint.report import Report, end_of

_LEVELS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.HINT: "info"}


def write(report: Report) -> str:
    """The report as the list that GitLab reads from an artifact."""
    entries = [
        {
            "check_name": finding.diagnostic.code,
            "description": finding.diagnostic.message,
            "fingerprint": finding.fingerprint,
            "severity": _LEVELS[finding.diagnostic.severity],
            "location": {
                "path": finding.diagnostic.span.path,
                "positions": {
                    "begin": {
                        "line": finding.diagnostic.span.line,
                        "column": finding.diagnostic.span.column,
                    },
                    "end": dict(
                        zip(
                            ("line", "column"),
                            end_of(finding.diagnostic.span, report.texts),
                            strict=True,
                        )
                    ),
                },
            },
        }
        for finding in report.findings
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False)
