"""Texts that are accepted values of a field: whose values they are."""

from collections.abc import Iterator

from segue.compiler.analysis.symbols import Symbols
from segue.compiler.index.recording import Recording, part_spans
from segue.compiler.index.targets import Target, TargetKind
from segue.grammar import ast
from segue.grammar.span import Span

_FIELDS = (TargetKind.ATTRIBUTE, TargetKind.PROPERTY)


def value_targets(recording: Recording, symbols: Symbols) -> Iterator[tuple[Span, Target]]:
    """The values that were written, each with the field it is a value of, where that is plain."""
    named = {span[:2]: target for span, target in recording.names}
    for text, field in dict.fromkeys((text, field) for text, field in recording.values):
        owner = _owner(field, named, symbols)
        yield text.span, Target(TargetKind.VALUE, text.value, owner)


def _owner(node: ast.Expression, named: dict[tuple[str, int], Target], symbols: Symbols) -> str:
    """The field an expression reads: directly, through an aggregate, or through a metric."""
    while True:
        if isinstance(node, ast.Call) and node.arguments:
            node = node.arguments[0]
            continue
        if not isinstance(node, ast.Name):
            return ""
        target = named.get(part_spans(node)[-1][:2])
        if target is None:
            return ""
        if target.kind in _FIELDS:
            return f"{target.owner}.{target.name}" if target.owner else target.name
        symbol = symbols.find(tuple(target.name.split(".")), ())
        if symbol is None or not isinstance(symbol.node, ast.Metric):
            return ""
        node = symbol.node.value
