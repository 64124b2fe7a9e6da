"""What lint rules said a moment ago, at the places where it stands now.

Errors are shown after each keystroke; the rules run when somebody pauses. Until then their findings
stay, moved along with the text, so that nothing flickers; those that touch the change go.
"""

from collections.abc import Iterator
from dataclasses import replace

from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.runtime.lint.report import is_of_a_rule
from segue.runtime.lsp.change import Change, change
from segue.runtime.lsp.workspace import Snapshot


def carried(before: Snapshot, now: Snapshot) -> Iterator[Diagnostic]:
    """The findings of rules in an earlier snapshot, as far as they can still be placed."""
    changes = {
        path: change(before.texts[path], text)
        for path, text in now.texts.items()
        if path in before.texts and before.texts[path] != text
    }
    for finding in before.findings:
        diagnostic = finding.diagnostic
        if not is_of_a_rule(diagnostic.code) or diagnostic.span.path not in now.texts:
            continue
        found = changes.get(diagnostic.span.path)
        span = diagnostic.span if found is None else _moved(diagnostic.span, found)
        if span is not None:
            # Second places may have moved as well; the next run brings them back.
            yield replace(diagnostic, span=span, related=() if changes else diagnostic.related)


def _moved(span: Span, change: Change) -> Span | None:
    start, end, growth = change
    if span.end < start:
        return span
    if span.start > end:
        return span._replace(start=span.start + growth, end=span.end + growth)
    return None
