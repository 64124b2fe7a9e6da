"""Items that name an expression: metrics, conditions, definitions, segments, tiers, claims."""

from dataclasses import dataclass
from typing import TypeAlias

from segue.grammar.ast.expressions import Expression, Name
from segue.grammar.ast.node import Identifier, Node


@dataclass(frozen=True, slots=True)
class Metric(Node):
    """`metric name "title" = value default … tags … owner …`."""

    name: Identifier
    value: Expression
    title: str | None = None
    default: Expression | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """`condition name "title" = truth tags … owner …`."""

    name: Identifier
    value: Expression
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Define(Node):
    """`define engaged(n, w) = …`: an expression with parameters, expanded where it is called."""

    name: Identifier
    parameters: tuple[Identifier, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Segment(Node):
    """`segment name "title" { when … priority … cadence … actions … tags … owner … }`."""

    name: Identifier
    when: Expression
    title: str | None = None
    priority: Identifier | None = None
    cadence: Identifier | None = None
    actions: tuple[Identifier, ...] = ()
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class TierBound(Node):
    """`>= 80%`: what the value the tiers divide by is compared with."""

    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Tier(Node):
    """`high when >= 80% actions …`; `bound` is None for the last one, `otherwise`."""

    name: Identifier
    bound: TierBound | None
    title: str | None = None
    priority: Identifier | None = None
    cadence: Identifier | None = None
    actions: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Tiers(Node):
    """`tiers name "title" by value { … }`: a partition, the first tier whose bound holds wins."""

    name: Identifier
    by: Expression
    tiers: tuple[Tier, ...]
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Implies(Node):
    """`a implies b`: whoever is in the left is in the right."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Disjoint(Node):
    """`disjoint(a, b)`: nobody is in two of them."""

    segments: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Exhaustive(Node):
    """`exhaustive(a, b)`: everybody is in at least one of them."""

    segments: tuple[Name, ...]


Claim: TypeAlias = Implies | Disjoint | Exhaustive


@dataclass(frozen=True, slots=True)
class Assert(Node):
    """`assert claim "why"`: a statement about the rules that the solver proves or refutes."""

    claim: Claim
    title: str | None = None
