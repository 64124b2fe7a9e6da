"""Going through a syntax tree without knowing its shapes."""

from collections.abc import Iterator
from dataclasses import fields

from segue.grammar.ast.node import Node

# Places, which are tuples but hold no nodes.
_SPANS = frozenset({"span", "function_span", "operator_span"})
_PARTS: dict[type, tuple[str, ...]] = {}


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside a node, in the order in which they are declared."""
    for name in _parts(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it, each before what it holds."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(reversed(tuple(children(found))))


def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields that may hold nodes; asking a dataclass each time would take most of the time."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(f.name for f in fields(kind) if f.name not in _SPANS)
    return _PARTS[kind]
