"""The index: from a place in the rules to what stands there, and from a thing to its places.

Most of it was written down by the analysis as it resolved names. Places that it did not reach
(a define that nobody calls, what follows an error in an expression, blocks that are not compiled)
are resolved by the same rules afterwards, so that renaming misses none.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from segue.compiler.analysis.analysis import AnalysisResult
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.blocks import Block, blocks
from segue.compiler.index.declared import catalog_places
from segue.compiler.index.recording import Recording
from segue.compiler.index.targets import Target, TargetKind, parameter
from segue.compiler.index.unreached import unreached
from segue.compiler.index.values import value_targets
from segue.compiler.plan.nodes import Expr
from segue.grammar import ast
from segue.grammar.span import Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where something is named. `user` is what the block it stands in is called.

    `defines` is whether the place is the definition itself.
    """

    span: Span
    target: Target
    user: str = ""
    defines: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression as written, and what it became: several where it stands in a define that
    is called with values of different types."""

    node: ast.Expression
    meanings: tuple[Expr, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """Its types, as a catalog writes them."""
        return tuple(dict.fromkeys(str(meaning.type) for meaning in self.meanings))


class Index:
    """All names and expressions of a ruleset by place. Made by `index`."""

    def __init__(
        self,
        references: Iterable[Reference],
        blocks: Mapping[Target, Block],
        catalog: Mapping[Target, Span],
        recording: Recording,
    ) -> None:
        self.blocks = blocks
        self._catalog = catalog
        self._recording = recording
        self._typed: dict[str, Sequence[Typed]] = {}
        self._files: dict[str, list[Reference]] = {}
        self._places: dict[Target, list[Reference]] = {}
        for reference in sorted(references, key=lambda r: r.span[:3]):
            self._files.setdefault(reference.span.path, []).append(reference)
            self._places.setdefault(reference.target, []).append(reference)

    def at(self, path: str, offset: int) -> Reference | None:
        """What is named at a place; the end of a word still belongs to it."""
        found = self._files.get(path, [])
        last = bisect_right(found, offset, key=lambda r: r.span.start) - 1
        while last >= 0:
            if found[last].span.start <= offset <= found[last].span.end:
                first = bisect_left(found, found[last].span.start, key=lambda r: r.span.start)
                return found[first]
            last = last - 1 if found[last].span.end >= offset else -1
        return None

    def in_file(self, path: str) -> Sequence[Reference]:
        """All that is named in a file, in order."""
        return self._files.get(path, ())

    def places(self, target: Target) -> Sequence[Reference]:
        """Everywhere in the rules that a thing is named, its definition included."""
        return self._places.get(target, ())

    def definition(self, target: Target) -> Span | None:
        """Where a thing is defined: in the rules or in the catalog; None for functions."""
        if target in self._catalog:
            return self._catalog[target]
        if target.kind is TargetKind.VALUE:
            return self._catalog.get(_field_target(target.owner))
        return next((r.span for r in self.places(target) if r.defines), None)

    def users(self, target: Target) -> tuple[str, ...]:
        """The blocks that name a thing, its own definition apart: full names of definitions, and
        `lifecycle customer`."""
        names = (r.user for r in self.places(target) if not r.defines)
        return tuple(dict.fromkeys(name for name in names if name and name != target.name))

    def uses(self, block: str) -> tuple[str, ...]:
        """The full names of the definitions that a block names."""
        return self._uses.get(block, ())

    @cached_property
    def _uses(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for references in self._files.values():
            for reference in references:
                target = reference.target
                if target.kind is TargetKind.DEFINITION and target.name != reference.user:
                    found.setdefault(reference.user, {})[target.name] = None
        return {user: tuple(names) for user, names in found.items()}

    def typed_at(self, path: str, offset: int) -> Typed | None:
        """The smallest expression around a place."""
        around = (
            typed
            for typed in self.typed_in(path)
            if typed.node.span.start <= offset <= typed.node.span.end
        )
        return min(around, key=lambda t: t.node.span.end - t.node.span.start, default=None)

    def typed_in(self, path: str) -> Sequence[Typed]:
        """All expressions of a file that have a type."""
        if path not in self._typed:
            self._typed[path] = _typed_in(self._recording, path)
        return self._typed[path]


def index(result: AnalysisResult, sources: Sequence[Source], catalog: Catalog) -> Index:
    """The index of an analysed ruleset; findings in it do no harm."""
    found_blocks: dict[Target, Block] = {}
    for source in sources:
        for block in blocks(source):
            found_blocks.setdefault(block.target, block)  # The first keeps a name taken twice.
    recorded = dict.fromkeys(result.recording.names)
    reached = {span[:2] for span, _ in recorded}
    named = [
        *recorded,
        *value_targets(result.recording, result.symbols),
        *unreached(sources, result.symbols, found_blocks, catalog, reached),
    ]
    users = _Users(sources)
    places = catalog_places(catalog)
    references = [
        *_definitions(found_blocks.values()),
        *_declarations(places),
        *(Reference(span, target, users.at(span)) for span, target in named),
    ]
    return Index(references, found_blocks, places, result.recording)


def _definitions(found: Iterable[Block]) -> Iterator[Reference]:
    for block in found:
        yield Reference(block.name_span, block.target, block.label, defines=True)
        if isinstance(block.node, ast.Define):
            for name in block.node.parameters:
                target = parameter(block.name, name.text)
                yield Reference(name.span, target, block.name, defines=True)


def _declarations(places: Mapping[Target, Span]) -> Iterator[Reference]:
    """The words of the catalog that name something."""
    for target, span in places.items():
        if target.kind in DECLARED and target.name != "at":
            yield Reference(span, target, defines=True)


DECLARED = frozenset({TargetKind.ATTRIBUTE, TargetKind.EVENT, TargetKind.PROPERTY})
"""What has a line of its own in the catalog."""


def _typed_in(recording: Recording, path: str) -> Sequence[Typed]:
    """The expressions of one file, each with all that it became."""
    found: dict[tuple[int, int], tuple[ast.Expression, dict[int, Expr]]] = {}
    for node, expr in recording.typed:
        span = node.span
        if span.path == path:
            found.setdefault(span[1:3], (node, {}))[1].setdefault(expr.id, expr)
    return [Typed(node, tuple(exprs.values())) for node, exprs in found.values()]


class _Users:
    """Which block a place stands in."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._files: dict[str, list[tuple[int, str]]] = {}
        for source in sources:
            outermost = (block for block in blocks(source) if not block.inside)
            self._files[source.tree.span.path] = sorted(
                (block.node.span.start, block.label) for block in outermost
            )

    def at(self, span: Span) -> str:
        """The full name of the block around a place; names stand in the order of the file."""
        starts = self._files.get(span.path, [])
        position = bisect_right(starts, span.start, key=lambda item: item[0]) - 1
        return starts[position][1] if position >= 0 else ""


def _field_target(owner: str) -> Target:
    event, _, name = owner.rpartition(".")
    if event:
        return Target(TargetKind.PROPERTY, name, event)
    return Target(TargetKind.ATTRIBUTE, name)
