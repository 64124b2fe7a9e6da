"""Who uses what: the definitions that a definition names, and those that name it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from segue.compiler.analysis.symbols import Source, Symbol, Symbols, collect
from segue.grammar import ast
from segue.runtime.project import Project


@dataclass(frozen=True)
class Lineage:
    """The definitions of a project by full name, and which of them each one names."""

    symbols: Mapping[str, Symbol]
    uses: Mapping[str, tuple[str, ...]]

    @cached_property
    def used_by(self) -> Mapping[str, tuple[str, ...]]:
        """For each definition, those that name it."""
        found: dict[str, list[str]] = {name: [] for name in self.symbols}
        for user, names in self.uses.items():
            for name in names:
                found[name].append(user)
        return {name: tuple(users) for name, users in found.items()}


def lineage(project: Project) -> Lineage:
    """Reads the lineage off the syntax; names resolve as the analysis resolves them."""
    sources = [Source(source.module, source.tree) for source in project.sources]
    symbols, _ = collect(sources, project.catalog)
    named = {symbol.name: symbol for symbol in symbols}
    uses = {name: _uses(symbol, symbols) for name, symbol in named.items()}
    return Lineage(named, uses)


def _uses(symbol: Symbol, symbols: Symbols) -> tuple[str, ...]:
    node = symbol.node
    parameters = {p.text for p in node.parameters} if isinstance(node, ast.Define) else set()
    found: dict[str, None] = {}
    for parts in _names(node):
        if len(parts) == 1 and parts[0] in parameters:
            continue
        used = symbols.find(parts, symbol.module)
        if used is not None and used is not symbol:
            found[used.name] = None
    if isinstance(node, ast.Score):
        found |= dict.fromkeys(_tagged(node, symbols))
    return tuple(found)


def _tagged(score: ast.Score, symbols: Symbols) -> Iterator[str]:
    """The metrics and states that have one of the tags that a score learns from."""
    tags = {tag.text for tag in score.tagged}
    for symbol in symbols:
        node = symbol.node
        if symbol.tiers is not None or not isinstance(node, ast.Metric | ast.State):
            continue
        if tags & {tag.text for tag in node.tags}:
            yield symbol.name


def _names(node: Any) -> Iterator[tuple[str, ...]]:
    """Every name in a syntax tree, those of called functions included, in order."""
    match node:
        case ast.Name():
            yield node.parts
        case ast.Call():
            yield tuple(node.function.split("."))
    if is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from _names(getattr(node, field.name))
    elif isinstance(node, tuple) and not hasattr(node, "_fields"):  # not a span
        for part in node:
            yield from _names(part)
