"""What the cursor is on."""

import re

from segue.compiler.completion.callables import callables
from segue.compiler.index.index import Reference
from segue.compiler.index.targets import Target, TargetKind, definition, event, function
from segue.grammar.span import Span
from segue.runtime.lsp.workspace import View

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)


def reference_at(view: View, offset: int) -> Reference | None:
    """What is named at a place; in a half-written item, as far as the word alone tells."""
    index = view.snapshot.index
    found = index.at(view.path, offset) if index is not None else None
    return found or _by_word(view, offset)


def _by_word(view: View, offset: int) -> Reference | None:
    if view.snapshot.is_sound or not view.path.endswith(".seg"):
        return None
    line_start = view.text.rfind("\n", 0, offset) + 1
    for match in _WORD.finditer(view.text, line_start):
        if match.start() > offset:
            break
        if offset <= match.end():
            target = _meaning(view, tuple(match.group().split(".")))
            if target is None:
                return None
            line = view.text.count("\n", 0, match.start()) + 1
            column = match.start() - line_start + 1
            return Reference(Span(view.path, *match.span(), line, column), target)
    return None


def _meaning(view: View, parts: tuple[str, ...]) -> Target | None:
    best, catalog = view.snapshot.best, view.snapshot.catalog
    symbol = best.symbols.find(parts, view.module) if best is not None else None
    if symbol is not None:
        return definition(symbol.name)
    name = parts[-1]
    if len(parts) == 1 and name in callables():
        return function(name)
    if catalog is None:
        return None
    if len(parts) == 2 and parts[0] in catalog.events:
        known = name in catalog.events[parts[0]].properties
        return Target(TargetKind.PROPERTY, name, parts[0]) if known else event(parts[0])
    if len(parts) == 1 and name in catalog.events:
        return event(name)
    if name in catalog.entity.attributes:
        return Target(TargetKind.ATTRIBUTE, name)
    return None
