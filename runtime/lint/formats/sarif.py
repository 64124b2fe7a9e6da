"""SARIF 2.1.0, which GitHub code scanning and other dashboards read."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from segue.compiler.lint.documentation import documentation
from segue.compiler.lint.finding import Finding
from segue.compiler.lint.registry import rules
from segue.compiler.lint.rule import Rule
from segue.grammar.diagnostics import Severity
from segue.grammar.span import Span
from segue.runtime.lint.report import Report, end_of, page_of

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def write(report: Report) -> str:
    """The report as a SARIF log of one run. Columns count code points."""
    codes = list(dict.fromkeys(f.diagnostic.code for f in report.findings))
    driver = {
        "name": "segue",
        "informationUri": "https://github.com/segue-lang/segue",
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, codes.index(finding.diagnostic.code), report.texts)
            for finding in report.findings
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    rule = rules().get(code)
    described = {"id": code, "helpUri": page_of(code)}
    return described if rule is None else described | _described(rule)


def _described(rule: Rule) -> dict[str, Any]:
    text = documentation(rule)
    return {
        "name": rule.name,
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.what},
        "help": {"text": f"{text.what}\n\n{text.why}"},
        "properties": {"tags": [str(rule.category)]},
    }


def _result(finding: Finding, index: int, texts: Mapping[str, str]) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    message = "\n".join(p for p in (diagnostic.message, *diagnostic.notes, diagnostic.help) if p)
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": message},
        "locations": [_location(diagnostic.span, texts)],
        "partialFingerprints": {"segue/v1": finding.fingerprint},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            _location(label.span, texts) | {"message": {"text": label.text}}
            for label in diagnostic.related
        ]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, texts)]
    return result


def _fix(finding: Finding, texts: Mapping[str, str]) -> dict[str, Any]:
    assert finding.fix is not None
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in finding.fix.edits:
        replacement = {
            "deletedRegion": _region(edit.span, texts),
            "insertedContent": {"text": edit.text},
        }
        changes.setdefault(edit.span.path, []).append(replacement)
    return {
        "description": {"text": finding.fix.title},
        "artifactChanges": [
            {"artifactLocation": {"uri": quote(path)}, "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _location(span: Span, texts: Mapping[str, str]) -> dict[str, Any]:
    artifact = {"uri": quote(span.path)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": _region(span, texts)}}


def _region(span: Span, texts: Mapping[str, str]) -> dict[str, int]:
    end_line, end_column = end_of(span, texts)
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": end_line,
        "endColumn": end_column,
    }
