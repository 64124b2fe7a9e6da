"""What the analysis writes down as it resolves names: the raw material of the index."""

from collections.abc import Sequence

from segue.compiler.index.targets import Target
from segue.compiler.plan.nodes import Expr
from segue.grammar import ast
from segue.grammar.span import Span


class Recording:
    """Places of names with what they stand for, and expressions with their types.

    A place inside a define is written down once for each call of it; the index sorts that out.
    """

    __slots__ = ("names", "typed", "values")

    def __init__(self) -> None:
        self.names: list[tuple[Span, Target]] = []
        self.typed: list[tuple[ast.Expression, Expr]] = []
        # Texts that are an accepted value of the field which the other expression reads.
        self.values: list[tuple[ast.String, ast.Expression]] = []

    def extend(self, other: "Recording") -> None:
        """Everything that another one holds as well."""
        self.names += other.names
        self.typed += other.typed
        self.values += other.values

    def name(self, span: Span, target: Target) -> None:
        """A word that stands for something."""
        self.names.append((span, target))

    def parts(self, node: ast.Name, *targets: Target) -> None:
        """The last parts of a dotted name, one target for each."""
        spans = part_spans(node)[-len(targets) :]
        self.names.extend(zip(spans, targets, strict=False))


def part_spans(node: ast.Name) -> list[Span]:
    """Where each part of a dotted name stands."""
    return split_span(node.span, node.parts)


def split_span(span: Span, parts: Sequence[str]) -> list[Span]:
    """The span of each part of a dotted name that fills `span`."""
    if len(parts) == 1:
        return [span]
    spans, offset = [], 0
    for part in parts:
        start, column = span.start + offset, span.column + offset
        spans.append(Span(span.path, start, start + len(part), span.line, column))
        offset += len(part) + 1
    return spans
