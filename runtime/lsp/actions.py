"""Code actions: the fixes of findings, and comments that silence a rule, at a click."""

from collections.abc import Iterator, Sequence

from lsprotocol import types

from segue.compiler.analysis.symbols import Source
from segue.compiler.lint.finding import Edit, Finding, Safety
from segue.compiler.lint.fixes import apply
from segue.compiler.lint.suppressions import PLACEHOLDER, Suppression, suppressions
from segue.grammar.diagnostics import Diagnostic
from segue.runtime.lint.report import is_of_a_rule
from segue.runtime.lsp.diagnostics import to_lsp
from segue.runtime.lsp.instead import instead
from segue.runtime.lsp.workspace import View

KINDS = (types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll)


def code_actions(view: View, place: types.Range) -> list[types.CodeAction]:
    """What can be done about the findings that touch a range."""
    found: list[types.CodeAction] = []
    for finding in view.snapshot.findings:
        diagnostic = finding.diagnostic
        if diagnostic.span.path == view.path and _touches(view.range(diagnostic.span), place):
            found += _about(view, finding)
    return [*found, *_fix_all(view)]


def wanted(
    found: list[types.CodeAction], kinds: Sequence[types.CodeActionKind | str] | None
) -> list[types.CodeAction]:
    """The actions of the kinds that an editor asked for: `source.fixAll` when it saves, say."""
    if not kinds:
        return found
    names = [_name_of(kind) for kind in kinds]
    return [a for a in found if any(_name_of(a.kind).startswith(name) for name in names)]


def _name_of(kind: types.CodeActionKind | str | None) -> str:
    return str(getattr(kind, "value", kind))


def _about(view: View, finding: Finding) -> Iterator[types.CodeAction]:
    diagnostic, fix = finding.diagnostic, finding.fix
    if fix is not None:
        safe = fix.safety is Safety.SAFE
        title = fix.title[:1].upper() + fix.title[1:]
        yield _action(
            view, diagnostic, title if safe else f"{title} (look at it)", fix.edits, preferred=safe
        )
    for new in instead(view, diagnostic):
        edit = Edit(diagnostic.span, new)
        yield _action(view, diagnostic, f"Write `{new}`", (edit,), preferred=True)
    if is_of_a_rule(diagnostic.code):
        yield _action(
            view, diagnostic, f"Ignore {diagnostic.code} here", (_silence(view, diagnostic),)
        )


def _action(
    view: View,
    diagnostic: Diagnostic,
    title: str,
    edits: tuple[Edit, ...],
    *,
    preferred: bool = False,
) -> types.CodeAction:
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        change = types.TextEdit(view.range(edit.span), edit.text)
        changes.setdefault(view.uri_of(edit.span.path), []).append(change)
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[to_lsp(view, diagnostic)],
        edit=types.WorkspaceEdit(changes=changes),
        is_preferred=preferred or None,
    )


def _silence(view: View, diagnostic: Diagnostic) -> Edit:
    """A comment behind the line, or one more code in the comment that is there."""
    span, text = diagnostic.span, view.text
    for comment in _comments(view):
        if comment.rules and comment.covers(view.path, span.line):
            last = comment.rules[-1].span
            return Edit(last._replace(start=last.end), f", {diagnostic.code}")
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.start)
    line = text[line_start : line_end if line_end >= 0 else len(text)].rstrip("\r")
    comment_text = f"# segue: ignore[{diagnostic.code}] {PLACEHOLDER}"
    if "#" in line:  # Another comment, or a text with the sign: a line of its own is always right.
        indent = line[: len(line) - len(line.lstrip())]
        return Edit(span._replace(start=line_start, end=line_start), f"{indent}{comment_text}\n")
    end = line_start + len(line.rstrip())
    return Edit(span._replace(start=end, end=end), f"  {comment_text}")


def _comments(view: View) -> list[Suppression]:
    sources = [s for s in view.snapshot.sources if s.path == view.path]
    return suppressions([Source(s.module, s.tree) for s in sources], {view.path: view.text})


def _fix_all(view: View) -> Iterator[types.CodeAction]:
    """All fixes of the file that keep every segment's members, at once."""
    fixes = [
        finding.fix
        for finding in view.snapshot.findings
        if finding.fix is not None
        and finding.fix.safety is Safety.SAFE
        and all(edit.span.path == view.path for edit in finding.fix.edits)
    ]
    texts, made = apply({view.path: view.text}, fixes) if fixes else ({}, 0)
    if made:
        edit = types.TextEdit(view.lines.everything(), texts[view.path])
        yield types.CodeAction(
            title="Make all safe fixes of this file",
            kind=types.CodeActionKind.SourceFixAll,
            edit=types.WorkspaceEdit(changes={view.uri: [edit]}),
        )


def _touches(one: types.Range, other: types.Range) -> bool:
    def at(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return at(one.start) <= at(other.end) and at(other.start) <= at(one.end)
