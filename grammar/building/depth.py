"""How deep a tree is, found without recursion: what reads it later may well recurse."""

from dataclasses import fields

from segue.grammar.ast.node import Node

# Enough for any rule a person wrote, and far from the limits of those who walk the tree.
DEEPEST = 100

_PARTS: dict[type, tuple[str, ...]] = {}


def too_deep(root: Node) -> Node | None:
    """The first node found deeper than `DEEPEST`, if there is one."""
    level: list[Node] = [root]
    for _ in range(DEEPEST):
        below: list[Node] = []
        for node in level:
            for name in _parts(type(node)):
                value = getattr(node, name)
                if isinstance(value, Node):
                    below.append(value)
                elif type(value) is tuple:
                    below += [element for element in value if isinstance(element, Node)]
        if not below:
            return None
        level = below
    return level[0]


def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold nodes."""
    names = _PARTS.get(kind)
    if names is None:
        found = (field.name for field in fields(kind))
        names = _PARTS[kind] = tuple(name for name in found if not name.endswith("span"))
    return names
