"""Findings as an editor shows them: of every file of a project, the half-written ones too."""

from collections.abc import Callable, Iterable

from lsprotocol import types

from segue.grammar.diagnostics import Diagnostic, Severity
from segue.grammar.parser import parse
from segue.runtime.lint.report import is_of_a_rule, page_of
from segue.runtime.lsp.carrying import carried
from segue.runtime.lsp.workspace import Snapshot, View, Workspace

SOURCE = "segue"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}


def errors_first(workspace: Workspace) -> dict[str, list[types.Diagnostic]]:
    """As `all_findings`, with what the lint rules last said: they take longer than the rest."""
    return _by_address(workspace, _errors)


def all_findings(workspace: Workspace) -> dict[str, list[types.Diagnostic]]:
    """The findings of every project with an open file, by address.

    A file without findings is there with an empty list when it is open.
    """
    return _by_address(workspace, _everything)


def _errors(workspace: Workspace, snapshot: Snapshot) -> Iterable[Diagnostic]:
    yield from snapshot.diagnostics
    before = workspace.linted(snapshot.root)
    if before is not None:
        yield from carried(before, snapshot)


def _everything(workspace: Workspace, snapshot: Snapshot) -> Iterable[Diagnostic]:
    return (finding.diagnostic for finding in workspace.lint(snapshot))


def _by_address(
    workspace: Workspace, of: Callable[[Workspace, Snapshot], Iterable[Diagnostic]]
) -> dict[str, list[types.Diagnostic]]:
    found: dict[str, list[types.Diagnostic]] = {uri: [] for uri in workspace.open}
    views = {view.snapshot.root: view for view in map(workspace.view, workspace.open)}
    for view in views.values():
        if view.snapshot.refusal is None:
            for diagnostic in of(workspace, view.snapshot):
                uri = view.uri_of(diagnostic.span.path)
                found.setdefault(uri, []).append(to_lsp(view, diagnostic))
    for uri in workspace.open:
        view = workspace.view(uri)
        if view.snapshot.refusal is not None and view.path.endswith(".seg"):
            found[uri] = list(_alone(view))
    return found


def to_lsp(view: View, diagnostic: Diagnostic) -> types.Diagnostic:
    """One finding with everything it says: help below the message, second places as links."""
    text = diagnostic.message
    if diagnostic.label:
        text += f": {diagnostic.label}"
    text = "\n".join([text, *(f"note: {note}" for note in diagnostic.notes)])
    if diagnostic.help:
        text += f"\nhelp: {diagnostic.help}"
    page = page_of(diagnostic.code) if is_of_a_rule(diagnostic.code) else None
    return types.Diagnostic(
        range=view.range(diagnostic.span),
        message=text,
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(view.location(label.span), label.text)
            for label in diagnostic.related
        ],
    )


def _alone(view: View) -> Iterable[types.Diagnostic]:
    """A rule file outside a project: its syntax, and why nothing more can be said."""
    for diagnostic in parse(view.text, view.path).diagnostics:
        yield to_lsp(view, diagnostic)
    refusal = view.snapshot.refusal
    if refusal is not None:
        yield types.Diagnostic(
            range=view.lines.range(0, 0),
            message=f"{refusal.message}\nhelp: {refusal.hint}" if refusal.hint else refusal.message,
            severity=types.DiagnosticSeverity.Information,
            source=SOURCE,
        )
