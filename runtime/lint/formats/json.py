"""Everything, for machines. Positions are 1-based and count code points."""

import json
from collections.abc import Mapping
from typing import Any

from segue.compiler.lint.finding import Finding
from segue.grammar.span import Span
from segue.runtime.lint.report import Report, end_of
from segue.runtime.terminal import tally


def write(report: Report) -> str:
    """The report as one JSON object."""
    numbers = tally(finding.diagnostic for finding in report.findings)
    data = {
        "diagnostics": [_finding(finding, report.texts) for finding in report.findings],
        "files": report.files,
        **{f"{severity}s": number for severity, number in numbers.items()},
        "suppressed": report.suppressed,
        "baseline": report.known,
        "undecided": [
            {
                "segment": found.segment,
                "why": found.why,
                "path": found.span.path,
                "line": found.span.line,
                "column": found.span.column,
            }
            for found in report.undecided
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _finding(finding: Finding, texts: Mapping[str, str]) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_range(diagnostic.span, texts),
        "label": diagnostic.label,
        "help": diagnostic.help,
        "notes": list(diagnostic.notes),
        "related": [
            {"message": label.text, **_range(label.span, texts)} for label in diagnostic.related
        ],
        "fingerprint": finding.fingerprint,
        "fix": _fix(finding, texts),
    }


def _fix(finding: Finding, texts: Mapping[str, str]) -> dict[str, Any] | None:
    fix = finding.fix
    if fix is None:
        return None
    edits = [{**_range(edit.span, texts), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safety": str(fix.safety), "edits": edits}


def _range(span: Span, texts: Mapping[str, str]) -> dict[str, Any]:
    end_line, end_column = end_of(span, texts)
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }
