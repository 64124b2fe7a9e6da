"""The blocks of a file that have a name, those inside others included."""

from collections.abc import Iterator
from dataclasses import dataclass

from segue.compiler.analysis.symbols import Source, describe
from segue.compiler.index.targets import Target, definition, lifecycle, stage
from segue.grammar import ast
from segue.grammar.span import Span


@dataclass(frozen=True, slots=True)
class Block:
    """A named block: `name` in full, the word that begins it, and where its name stands.

    `inside` is the full name of the block around it: the tiers of a tier, the lifecycle of a
    stage.
    """

    name: str
    kind: str
    node: ast.Node
    name_span: Span
    module: tuple[str, ...]
    title: str = ""
    inside: str = ""

    @property
    def target(self) -> Target:
        """What its name stands for."""
        if self.kind == "lifecycle":
            return lifecycle(self.name)
        if self.kind == "stage":
            return stage(self.inside, self.name.rpartition(".")[2])
        return definition(self.name)

    @property
    def label(self) -> str:
        """What people call it: its name, with its kind where that alone could be mistaken."""
        return f"{self.kind} {self.name}" if self.kind in ("lifecycle", "stage") else self.name


def blocks(source: Source) -> Iterator[Block]:
    """The named blocks of a file, each before those inside it."""
    for item in source.tree.items:
        outer = _block(source, item, describe(item)[0], "")
        if outer is None:
            continue
        yield outer
        inner: tuple[ast.Node, ...] = ()
        if isinstance(item, ast.Tiers):
            inner = item.tiers
        elif isinstance(item, ast.Lifecycle):
            inner = item.stages
        for node in inner:
            found = _block(source, node, type(node).__name__.lower(), outer.name)
            if found is not None:
                yield found


def _block(source: Source, node: ast.Node, kind: str, inside: str) -> Block | None:
    name = getattr(node, "name", None)
    if not isinstance(name, ast.Identifier):
        return None
    full = ".".join((*source.module, name.text))
    title = getattr(node, "title", None) or ""
    return Block(full, kind, node, name.span, source.module, title, inside)
