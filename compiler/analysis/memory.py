"""Analysing again after a change: what cannot have changed is not analysed again.

A definition means what it meant when its syntax tree is the same object, every name it looked up
is still found as it was, and every definition it needs has the value it had. Values are nodes of
one graph, which makes equal expressions once, so "the same value" is the same object. Only
definitions without findings are remembered.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segue.compiler.analysis.problems import Blocked
from segue.compiler.analysis.symbols import Symbol, Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.recording import Recording
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.library import Models
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.span import NOWHERE

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

MOST_STALE = 4
"""The graph begins anew when it is so many times as large as what a ruleset needed at first."""

_Lookup = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class _Frame:
    """What the definition under analysis has asked for so far."""

    lookups: dict[_Lookup, Symbol | None] = field(default_factory=dict)
    needs: dict[str, Expr | ScoreDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    symbol: Symbol
    value: Expr
    frame: _Frame
    recording: Recording


class Memory:
    """What is remembered of one ruleset from one analysis to the next."""

    def __init__(self) -> None:
        self.graph = Graph()
        self._catalog: Catalog | None = None
        self._digests: Mapping[str, Mapping[int, str]] = {}
        self._known: dict[str, _Known] = {}
        self._frame = _Frame()
        self._enough = 0

    def begin(self, catalog: Catalog, symbols: Symbols, models: Models) -> Symbols:
        """Prepares for another analysis; gives the symbols that it should look names up in."""
        if catalog is not self._catalog or len(self.graph) > self._enough > 0:
            self.graph, self._known, self._enough = Graph(), {}, 0
        digests = _digests(symbols, models)
        if digests != self._digests:
            self._known = {}
        self._catalog, self._digests, self._frame = catalog, digests, _Frame()
        return _Watched(symbols, self._frame_now)

    def end(self) -> None:
        """Marks the end of an analysis."""
        self._enough = self._enough or MOST_STALE * len(self.graph)

    def definition(
        self, analysis: "Analysis", symbol: Symbol, analyse: Callable[[Symbol], Expr | None]
    ) -> Expr | None:
        """The value of a definition: as remembered, or analysed and remembered."""
        known = self._known.get(symbol.name)
        if known is not None and self._holds(analysis, symbol, known):
            _replay(analysis, known.recording)
            return known.value
        outer_recording, outer_frame = analysis.recording, self._frame
        analysis.recording, self._frame = Recording(), _Frame()
        findings = len(analysis.diagnostics)
        try:
            value = analyse(symbol)
        finally:
            recording, frame = analysis.recording, self._frame
            analysis.recording, self._frame = outer_recording, outer_frame
            analysis.finished.extend(recording)
        if value is not None and len(analysis.diagnostics) == findings:
            self._known[symbol.name] = _Known(symbol, value, frame, recording)
        else:
            self._known.pop(symbol.name, None)
        return value

    @contextmanager
    def apart(self, analysis: "Analysis") -> Iterator[None]:
        """Lets something that is not remembered be analysed, aside from what needs it."""
        outer_recording, outer_frame = analysis.recording, self._frame
        analysis.recording, self._frame = Recording(), _Frame()
        try:
            yield
        finally:
            analysis.finished.extend(analysis.recording)
            analysis.recording, self._frame = outer_recording, outer_frame

    def needed(self, symbol: Symbol, value: Expr | ScoreDefinition) -> None:
        """The definition under analysis needs another one, which has this value."""
        self._frame.needs[symbol.name] = value

    def _holds(self, analysis: "Analysis", symbol: Symbol, known: _Known) -> bool:
        if symbol.node is not known.symbol.node or symbol.module != known.symbol.module:
            return False
        for (parts, module), before in known.frame.lookups.items():
            now = analysis.symbols.find(parts, module)
            if (now and now.node) is not (before and before.node):
                return False
        for name, value in known.frame.needs.items():
            other = analysis.symbols.find(tuple(name.split(".")), ())
            try:
                if other is None or _value(analysis, other) != value:
                    return False
            except Blocked:
                return False
        return True

    def _frame_now(self) -> _Frame:
        return self._frame


class _Watched(Symbols):
    """Symbols that write down what is looked up, and what was found."""

    def __init__(self, symbols: Symbols, frame: Callable[[], _Frame]) -> None:
        super().__init__(symbols._symbols, symbols._unsupported)
        self._frame = frame

    def find(self, parts: tuple[str, ...], module: tuple[str, ...]) -> Symbol | None:
        """What a name means in a module."""
        found = super().find(parts, module)
        self._frame().lookups[parts, module] = found
        return found


def _value(analysis: "Analysis", symbol: Symbol) -> Expr | ScoreDefinition:
    """What a definition is worth; expressions are equal where they are the same object."""
    if isinstance(symbol.node, ast.Score):
        return analysis.score(symbol, NOWHERE)
    return analysis.definition(symbol, NOWHERE)


def _digests(symbols: Symbols, models: Models) -> Mapping[str, Mapping[int, str]]:
    """Which models there are of each score."""
    scores = (symbol.name for symbol in symbols if isinstance(symbol.node, ast.Score))
    return {
        name: {version: header.digest for version, header in models.versions(name).items()}
        for name in scores
    }


def _replay(analysis: "Analysis", recording: Recording) -> None:
    """Writes down again what the analysis of a definition did."""
    analysis.finished.extend(recording)
    for node, expr in recording.typed:
        analysis.written.setdefault(expr.id, node)
        if expr.type.kind is Kind.BOOL and expr.type.nullable:
            analysis.written.setdefault(analysis.build.truth(expr).id, node)
