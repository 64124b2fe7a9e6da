"""What a finding says to write in place of what it is about."""

import re
from collections.abc import Iterator

from segue.compiler.analysis import codes as analysis_codes
from segue.grammar import codes as grammar_codes
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.parser import parse
from segue.runtime.lsp.workspace import View

_MEANT = re.compile(r'did you mean (?:`([^`]+)`|"([^"]+)")\?')
_WRITE = re.compile(r"\bwrite `([^`…]+)`")
_WRITE_TEXT = re.compile(r'^write (".*")$')
# Findings whose span is just what the words after "write" stand in place of.
_REPLACED = frozenset(
    {
        analysis_codes.RATIO_AGAINST_NUMBER.id,
        analysis_codes.NUMBER_AGAINST_RATIO.id,
        analysis_codes.DURATION_AGAINST_NUMBER.id,
        grammar_codes.FOREIGN_SPELLING.id,
    }
)


def instead(view: View, diagnostic: Diagnostic) -> Iterator[str]:
    """The text that mends a finding, where its words name it."""
    meant = _MEANT.search(diagnostic.help)
    if meant is not None:
        name, value = meant.groups()
        yield f'"{value}"' if value else _with_owner(view, diagnostic, name)
    elif diagnostic.code in _REPLACED:
        text = _WRITE_TEXT.match(diagnostic.help)
        write = _WRITE.search(diagnostic.message) or _WRITE.search(diagnostic.help)
        if text is not None:
            yield text.group(1)
        elif write is not None and "x" not in write.group(1).split():
            foreign = diagnostic.code == grammar_codes.FOREIGN_SPELLING.id
            if not foreign or _mends(view, diagnostic, write.group(1)):
                yield write.group(1)


def _mends(view: View, diagnostic: Diagnostic, new: str) -> bool:
    """Whether the file has fewer errors with the new text in that place.

    The words say what to write, and often that is more than what the finding points at.
    """
    span, text = diagnostic.span, view.text
    changed = parse(f"{text[: span.start]}{new}{text[span.end :]}", view.path)
    return len(changed.diagnostics) < len(parse(text, view.path).diagnostics)


def _with_owner(view: View, diagnostic: Diagnostic, name: str) -> str:
    """The property that was meant, with its event before it as it was written."""
    written = view.text[diagnostic.span.start : diagnostic.span.end]
    owner, dot, _ = written.rpartition(".")
    is_property = "has no property" in diagnostic.message
    return f"{owner}{dot}{name}" if is_property else name
