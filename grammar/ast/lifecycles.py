"""Items that follow people through time: lifecycles, states and reactions to events."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from segue.grammar.ast.expressions import Expression, Name
from segue.grammar.ast.node import Identifier, Node


@dataclass(frozen=True, slots=True)
class Stage(Node):
    """`stage prospect "title" { enter when … exit when … nurture … triggers … next … }`.

    `next` holds the legal progressions in priority order; `triggers` the events and conditions
    that are worth a look at whether somebody moves on.
    """

    name: Identifier
    title: str | None = None
    enter: Expression | None = None
    exit: Expression | None = None
    nurture: tuple[Identifier, ...] = ()
    triggers: tuple[Name, ...] = ()
    next: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifecycle(Node):
    """`lifecycle customer "title" { initial prospect stage … }`: everybody is in one stage."""

    name: Identifier
    stages: tuple[Stage, ...]
    initial: Identifier | None = None
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


UpdateOperation: TypeAlias = Literal["add", "set"]


@dataclass(frozen=True, slots=True)
class Update(Node):
    """`on email_open where … add 1`: how one event changes a state."""

    event: Name
    operation: UpdateOperation
    value: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class State(Node):
    """`state name "title": number = 0 between 0 and 10 { on … }`: a fold over events, clamped."""

    name: Identifier
    type: Identifier
    initial: Expression
    updates: tuple[Update, ...]
    low: Expression | None = None
    high: Expression | None = None
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction(Node):
    """`on event where … { do … start … stop … }`: what happens at once when an event arrives."""

    event: Name
    where: Expression | None = None
    do: tuple[Identifier, ...] = ()
    start: tuple[Identifier, ...] = ()
    stop: tuple[Identifier, ...] = ()
