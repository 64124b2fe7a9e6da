"""Findings, and segments that were not decided, as JSON data and back, for the cache."""

from typing import Any

from segue.compiler.lint.finding import Edit, Finding, Fix, Safety, Undecided
from segue.grammar.diagnostics import Diagnostic, Label, Severity
from segue.grammar.span import Span


def encode_finding(finding: Finding) -> dict[str, Any]:
    """A finding as JSON data."""
    diagnostic, fix = finding.diagnostic, finding.fix
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "span": diagnostic.span,
        "severity": diagnostic.severity,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "related": [(label.span, label.text) for label in diagnostic.related],
        "notes": diagnostic.notes,
        "fingerprint": finding.fingerprint,
        "fix": fix and [fix.title, fix.safety, [(edit.span, edit.text) for edit in fix.edits]],
    }


def decode_finding(data: dict[str, Any]) -> Finding:
    """The finding of JSON data. Raises `KeyError`, `TypeError` or `ValueError` for any other."""
    diagnostic = Diagnostic(
        code=data["code"],
        message=data["message"],
        span=Span(*data["span"]),
        severity=Severity(data["severity"]),
        label=data["label"],
        help=data["help"],
        related=tuple(Label(Span(*span), text) for span, text in data["related"]),
        notes=tuple(data["notes"]),
    )
    fix = None
    if data["fix"] is not None:
        title, safety, edits = data["fix"]
        made = tuple(Edit(Span(*span), text) for span, text in edits)
        fix = Fix(title, made, Safety(safety))
    return Finding(diagnostic, fix, data["fingerprint"])


def encode_undecided(undecided: Undecided) -> list[Any]:
    """An undecided segment as JSON data."""
    return [undecided.segment, undecided.why, undecided.span]


def decode_undecided(data: list[Any]) -> Undecided:
    """The undecided segment of JSON data. Raises `TypeError` or `ValueError` for any other."""
    segment, why, span = data
    return Undecided(segment, why, Span(*span))
