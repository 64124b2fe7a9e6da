"""What every node of the syntax tree has: a place in a file."""

from dataclasses import dataclass, field

from segue.grammar.span import NOWHERE, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that stands somewhere in a file."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """A name being defined, or listed (an action, a tag)."""

    text: str
