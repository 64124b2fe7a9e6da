"""Semantic tokens: colours by what a word stands for, where the grammar alone cannot tell."""

from collections.abc import Iterator

from lsprotocol import types

from segue.compiler.index.index import Reference
from segue.compiler.index.targets import Target, TargetKind
from segue.grammar.highlighting import Colour, classify
from segue.runtime.lsp.workspace import View

_BY_COLOUR = {
    Colour.COMMENT: types.SemanticTokenTypes.Comment,
    Colour.STRING: types.SemanticTokenTypes.String,
    Colour.NUMBER: types.SemanticTokenTypes.Number,
    Colour.KEYWORD: types.SemanticTokenTypes.Keyword,
    Colour.FUNCTION: types.SemanticTokenTypes.Function,
    Colour.OPERATOR: types.SemanticTokenTypes.Operator,
    Colour.DEFINITION: types.SemanticTokenTypes.Variable,
    Colour.NAME: types.SemanticTokenTypes.Variable,
}
_BY_TARGET = {
    TargetKind.PARAMETER: types.SemanticTokenTypes.Parameter,
    TargetKind.ENTITY: types.SemanticTokenTypes.Struct,
    TargetKind.KEY: types.SemanticTokenTypes.Property,
    TargetKind.ATTRIBUTE: types.SemanticTokenTypes.Property,
    TargetKind.EVENT: types.SemanticTokenTypes.Event,
    TargetKind.PROPERTY: types.SemanticTokenTypes.Property,
    TargetKind.VALUE: types.SemanticTokenTypes.EnumMember,
    TargetKind.FUNCTION: types.SemanticTokenTypes.Function,
    TargetKind.BUILTIN: types.SemanticTokenTypes.Variable,
    TargetKind.PERIOD: types.SemanticTokenTypes.Keyword,
}
_BY_BLOCK = {
    "segment": types.SemanticTokenTypes.Class,
    "tiers": types.SemanticTokenTypes.Enum,
    "tier": types.SemanticTokenTypes.EnumMember,
    "define": types.SemanticTokenTypes.Function,
    "lifecycle": types.SemanticTokenTypes.Namespace,
    "stage": types.SemanticTokenTypes.EnumMember,
}
_TYPES = tuple(dict.fromkeys([*_BY_COLOUR.values(), *_BY_TARGET.values(), *_BY_BLOCK.values()]))
_DEFINITION = 1
"""The bit of the first, and only, modifier."""

LEGEND = types.SemanticTokensLegend(
    token_types=[str(t.value) for t in _TYPES],
    token_modifiers=[types.SemanticTokenModifiers.Definition.value],
)


def semantic_tokens(view: View) -> types.SemanticTokens:
    """The tokens of a file, each as the difference from the one before."""
    data: list[int] = []
    line = character = 0
    for start, end, type, modifiers in _tokens(view):
        position = view.lines.position(start)
        length = view.lines.position(end).character - position.character
        same_line = position.line == line
        data += [
            position.line - line,
            position.character - (character if same_line else 0),
            length,
            _TYPES.index(type),
            modifiers,
        ]
        line, character = position.line, position.character
    return types.SemanticTokens(data)


def _tokens(
    view: View,
) -> Iterator[tuple[int, int, types.SemanticTokenTypes, int]]:
    index = view.snapshot.index
    named: dict[int, Reference] = {}
    for reference in index.in_file(view.path) if index else ():
        named.setdefault(reference.span.start, reference)
    for span, colour in classify(view.text, view.path) if view.path.endswith(".seg") else ():
        if colour not in _BY_COLOUR:
            continue
        for start, end in _single_lines(view.text, span.start, span.end, colour):
            found = named.get(start)
            if found is not None and colour is not Colour.KEYWORD and found.span.end <= end:
                defines = _DEFINITION if found.defines else 0
                yield start, end, _type(view, found.target), defines
            else:
                defines = _DEFINITION if colour is Colour.DEFINITION else 0
                yield start, end, _BY_COLOUR[colour], defines


def _single_lines(text: str, start: int, end: int, colour: Colour) -> Iterator[tuple[int, int]]:
    """A token in pieces: the parts of a dotted name, the lines of an operator on several."""
    if colour in (Colour.NAME, Colour.FUNCTION):
        separator = "."
    elif colour is Colour.KEYWORD:
        separator = "\n"
    else:
        yield start, end
        return
    for part in text[start:end].split(separator):
        stripped = part.strip()
        begin = start + len(part) - len(part.lstrip())
        if stripped:
            yield begin, begin + len(stripped)
        start += len(part) + 1


def _type(view: View, target: Target) -> types.SemanticTokenTypes:
    if target.kind in _BY_TARGET:
        return _BY_TARGET[target.kind]
    block = view.snapshot.index.blocks.get(target) if view.snapshot.index else None
    kind = block.kind if block else ""
    return _BY_BLOCK.get(kind, types.SemanticTokenTypes.Variable)
