"""What an unknown name may have meant: of what is spelt like it, what fits the place.

This waits until everything is analysed, when the types of all definitions are known.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.symbols import Source
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import NUMBERS, TEXTS, Kind
from segue.grammar import ast
from segue.grammar.ast.walk import children, walk
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.suggestions import nearest

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis
    from segue.compiler.analysis.scope import Scope

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "??"})
TEXT_OPERATORS = frozenset({"starts with", "ends with", "contains", "matches"})
TRUTH = frozenset({Kind.BOOL})
CALCULABLE = NUMBERS | {Kind.DURATION, Kind.DATE, Kind.TIMESTAMP}
# What a literal may be compared with.
_LITERALS: dict[type, frozenset[Kind]] = {
    ast.Number: NUMBERS,
    ast.Percent: NUMBERS,
    ast.Duration: frozenset({Kind.DURATION}),
    ast.String: TEXTS,
    ast.Boolean: TRUTH,
    ast.Date: frozenset({Kind.DATE}),
    ast.Timestamp: frozenset({Kind.TIMESTAMP}),
}

Kinds = Collection[Kind] | None
"""The kinds of value that a place has use for; None where it may be any."""


def with_suggestions(
    analysis: "Analysis", sources: Sequence[Source], found: Iterable[Diagnostic]
) -> Iterator[Diagnostic]:
    """The findings, those of unknown names with what may have been meant."""
    for diagnostic in found:
        unknown = analysis.unknown.get(diagnostic.span)
        if unknown is None or diagnostic.code != codes.UNKNOWN_NAME.id:
            yield diagnostic
        else:
            node, scope = unknown
            hint = _value_in_quotes(analysis, sources, node)
            if not hint:
                wanted = _wanted(analysis, sources, node)
                hint = _suggestion(analysis, scope, node, wanted)
            yield replace(diagnostic, help=hint)


def _value_in_quotes(analysis: "Analysis", sources: Sequence[Source], node: ast.Name) -> str:
    """For a text without quotes: `plan == pro`."""
    match _parent(sources, node):
        case ast.Binary("==" | "!=", left, right):
            other = right if left is node else left
        case ast.InList(operand) if operand is not node:
            other = operand
        case _:
            return ""
    value = _meaning(analysis, other)
    if value is None or value.op == "literal" or value.type.kind not in TEXTS:
        return ""
    accepted = value.type.values
    meant = node.text if accepted is None else nearest(node.text, accepted)
    if meant is None or (accepted is None and nearest(node.text, _known(analysis)) is not None):
        return ""
    return f'a text stands in quotes: `"{meant}"`'


def _known(analysis: "Analysis") -> Iterator[str]:
    yield from (symbol.name for symbol in analysis.symbols)
    yield from analysis.catalog.entity.attributes


def _meaning(analysis: "Analysis", written: ast.Expression) -> Expr | None:
    return next((e for n, e in reversed(analysis.finished.typed) if n is written), None)


def _suggestion(analysis: "Analysis", scope: "Scope", node: ast.Name, wanted: Kinds) -> str:
    candidates = dict(_candidates(analysis, scope, wanted))
    found = nearest(node.text, candidates)
    if found is not None:
        return f"did you mean `{candidates[found]}`?"
    event = nearest(node.parts[0], analysis.catalog.events)
    which, _, rest = node.text.partition("_")
    if which in ("last", "first") and (event := nearest(rest, analysis.catalog.events)):
        return f"how long ago it was is `age({which}({event}.at))`"
    return f"did you mean the event: `count({event} over last 30d)`?" if event else ""


def _candidates(analysis: "Analysis", scope: "Scope", wanted: Kinds) -> Iterator[tuple[str, str]]:
    """The names that fit, each with how it is written there."""
    for name, kind in (*_definitions(analysis, scope), *_values(analysis, scope)):
        if wanted is None or kind is None or kind in wanted:
            yield name, name
    for symbol in analysis.symbols:
        name = analysis.symbols.seen_from(symbol, scope.module)
        if isinstance(symbol.node, ast.Segment) and wanted is not None:
            if Kind.BOOL in wanted:
                yield name, f"in {name}"
            elif symbol.is_tier and Kind.ENUM in wanted:
                yield name, name
        elif isinstance(symbol.node, ast.Define) and (wanted is None or Kind.BOOL in wanted):
            # What it gives depends on the call; mostly a define is a condition.
            parameters = ", ".join(parameter.text for parameter in symbol.node.parameters)
            yield name, f"{name}({parameters})"


def _definitions(analysis: "Analysis", scope: "Scope") -> Iterator[tuple[str, Kind | None]]:
    for symbol in analysis.symbols:
        if isinstance(symbol.node, ast.Metric | ast.Condition):
            value = analysis.value(symbol)
            name = analysis.symbols.seen_from(symbol, scope.module)
            yield name, None if value is None else value.type.kind


def _values(analysis: "Analysis", scope: "Scope") -> Iterator[tuple[str, Kind | None]]:
    entity = analysis.catalog.entity
    yield from ((name, field.type.kind) for name, field in entity.attributes.items())
    yield entity.key.name, entity.key.type.kind
    yield from ((name, None) for name in scope.arguments)
    yield from (("as_of", Kind.TIMESTAMP), ("today", Kind.DATE))
    if scope.events and scope.events[-1] is not None:
        properties = analysis.catalog.events[scope.events[-1]].properties
        yield from ((name, field.type.kind) for name, field in properties.items())


def _wanted(analysis: "Analysis", sources: Sequence[Source], node: ast.Name) -> Kinds:
    """What the place of a name has use for."""
    match _parent(sources, node):
        case ast.Logical() | ast.Unary("not") | ast.Segment() | ast.Condition():
            return TRUTH
        case ast.Selection(where=where) | ast.Step(where=where) if where is node:
            return TRUTH
        case ast.IfElse(condition) if condition is node:
            return TRUTH
        case ast.Binary(operator, left, right) if operator in COMPARISONS:
            return _comparable(analysis, right if left is node else left)
        case ast.Between(operand, low, _):
            return _comparable(analysis, low if operand is node else operand)
        case ast.InList(operand, (first, *_)) if operand is node:
            return _comparable(analysis, first)
        case ast.Binary(operator) if operator in TEXT_OPERATORS:
            return TEXTS
        case ast.Binary() | ast.Unary():
            return CALCULABLE
    return None


def _parent(sources: Sequence[Source], node: ast.Name) -> ast.Node | None:
    for source in sources:
        if source.tree.span.path != node.span.path:
            continue
        for item in source.tree.items:
            if item.span.start <= node.span.start < item.span.end:
                for parent in walk(item):
                    if any(child is node for child in children(parent)):
                        return parent
    return None


def _comparable(analysis: "Analysis", other: ast.Expression) -> Kinds:
    """What can be compared with an expression."""
    literal = _LITERALS.get(type(other))
    if literal is not None:
        return literal
    known = _meaning(analysis, other)
    if known is None:
        return None
    for family in (NUMBERS, TEXTS):
        if known.type.kind in family:
            return family
    return (known.type.kind,)
