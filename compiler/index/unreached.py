"""Names in places that the analysis did not get to, resolved as it would have."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segue.compiler.analysis.symbols import Source, Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.blocks import Block
from segue.compiler.index.recording import part_spans, split_span
from segue.compiler.index.targets import (
    Target,
    TargetKind,
    definition,
    event,
    function,
    parameter,
    property_of,
    stage,
)
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import FUNCTIONS
from segue.grammar import ast
from segue.grammar.ast.walk import children
from segue.grammar.span import Span

Found = tuple[Span, Target]
_BUILTINS = ("as_of", "today")


def unreached(
    sources: Sequence[Source],
    symbols: Symbols,
    blocks: Mapping[Target, Block],
    catalog: Catalog,
    reached: Container[tuple[str, int]],
) -> Iterator[Found]:
    """Every name that can be resolved and does not begin at a place in `reached`."""
    for source in sources:
        for item in source.tree.items:
            place = _Place(symbols, blocks, catalog, source.module)
            if isinstance(item, ast.Define):
                full = ".".join((*source.module, item.name.text))
                place = replace(
                    place, define=full, parameters=frozenset(p.text for p in item.parameters)
                )
            for span, target in _walk(item, place):
                if span[:2] not in reached:
                    yield span, target


@dataclass(frozen=True, slots=True)
class _Place:
    """What names can mean here. `events` are those whose rows are in sight, the nearest last."""

    symbols: Symbols
    blocks: Mapping[Target, Block]
    catalog: Catalog
    module: tuple[str, ...]
    define: str = ""
    parameters: frozenset[str] = frozenset()
    events: tuple[str, ...] = ()

    def with_rows(self, *events: str) -> "_Place":
        return replace(self, events=(*self.events, *events))

    def definition(self, parts: tuple[str, ...]) -> Target | None:
        found = self.symbols.find(parts, self.module)
        if found is not None:
            return definition(found.name)
        for depth in range(len(self.module), -1, -1):
            target = definition(".".join((*self.module[:depth], *parts)))
            if target in self.blocks:
                return target
        return None


def _walk(node: ast.Node | None, place: _Place) -> Iterator[Found]:
    match node:
        case ast.Name():
            yield from _name(node, place)
        case ast.Call():
            yield from _call(node, place)
        case ast.Update() | ast.Reaction():
            yield from _parts(node, place.with_rows(*_event_names(node.event, place)))
        case ast.Lifecycle():
            yield from _stages(node, place)
            yield from _parts(node, place)
        case ast.Node():
            yield from _parts(node, place)


def _parts(node: ast.Node, place: _Place) -> Iterator[Found]:
    for child in children(node):
        yield from _walk(child, place)


def _stages(node: ast.Lifecycle, place: _Place) -> Iterator[Found]:
    """The stages that a lifecycle begins with and goes on to, which are named within it."""
    owner = ".".join((*place.module, node.name.text))
    named = [node.initial, *(name for each in node.stages for name in each.next)]
    for name in named:
        if name is not None and stage(owner, name.text) in place.blocks:
            yield name.span, stage(owner, name.text)


def _call(node: ast.Call, place: _Place) -> Iterator[Found]:
    parts = tuple(node.function.split("."))
    target = place.definition(parts)
    built_in = node.function in FUNCTIONS or node.function in POPULATION
    if node.function in AGGREGATES or (target is None and built_in):
        target = function(node.function)
    if target is not None:
        yield split_span(node.function_span, parts)[-1], target
    inside = place
    if node.function in AGGREGATES:
        inside = replace(place, events=()).with_rows(
            *(e for name in _names_of(node.arguments) for e in _event_names(name, place))
        )
    for argument in node.arguments:
        yield from _walk(argument, inside)
    yield from _walk(node.by, inside)
    if node.selection is not None:
        yield from _selection(node.selection, inside)


def _selection(node: ast.Selection, place: _Place) -> Iterator[Found]:
    yield from _walk(node.where, place)
    for step in node.steps:
        yield from _name(step.event, place)
        yield from _walk(step.within, place)
        place = place.with_rows(*_event_names(step.event, place))
        yield from _walk(step.where, place)
    yield from _walk(node.window, place)


def _names_of(arguments: tuple[ast.Expression, ...]) -> list[ast.Name]:
    return [argument for argument in arguments if isinstance(argument, ast.Name)]


def _event_names(name: ast.Name, place: _Place) -> list[str]:
    return [name.parts[0]] if name.parts[0] in place.catalog.events else []


def _name(node: ast.Name, place: _Place) -> Iterator[Found]:
    spans, first, entity = part_spans(node), node.parts[0], place.catalog.entity
    if first in place.parameters:
        yield spans[0], parameter(place.define, first)
        return
    if len(node.parts) == 1:
        target = _row_value(first, place) or place.definition(node.parts) or _alone(first, place)
        if target is not None:
            yield spans[0], target
        return
    if len(node.parts) == 2 and first in place.catalog.events:
        yield spans[0], event(first)
        if _has(first, node.parts[1], place):
            yield spans[1], property_of(first, node.parts[1])
        return
    found = place.definition(node.parts)
    if found is not None:
        yield spans[-1], found
    elif first == entity.name and len(node.parts) == 2:
        yield spans[0], Target(TargetKind.ENTITY, first)
        target = _alone(node.parts[1], place)
        if target is not None:
            yield spans[1], target


def _row_value(name: str, place: _Place) -> Target | None:
    if place.events and _has(place.events[-1], name, place):
        return property_of(place.events[-1], name)
    return None


def _has(event_name: str, name: str, place: _Place) -> bool:
    return name == "at" or name in place.catalog.events[event_name].properties


def _alone(name: str, place: _Place) -> Target | None:
    entity = place.catalog.entity
    if name in entity.attributes:
        return Target(TargetKind.ATTRIBUTE, name)
    if name == entity.key.name:
        return Target(TargetKind.KEY, name)
    if name in _BUILTINS:
        return Target(TargetKind.BUILTIN, name)
    return event(name) if name in place.catalog.events else None
