"""The difference between two rulesets, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.witness import Witness


class Status(StrEnum):
    """What became of a definition. All but the first are for a reader to look at."""

    UNCHANGED = "unchanged"
    """Its meaning is the same expression: layout, order, comments and names of locals aside."""
    EQUIVALENT = "equivalent"
    """Another expression with the same value for every customer: proved."""
    RENAMED = "renamed"
    """The same meaning under another name."""
    ADDED = "added"
    REMOVED = "removed"
    NARROWER = "narrower"
    """Some leave and nobody enters: proved, and shown by a customer who leaves."""
    WIDER = "wider"
    """Some enter and nobody leaves."""
    BOTH = "both"
    """Some enter and some leave."""
    CHANGED = "changed"
    """A metric has another value for a customer who is shown."""
    UNKNOWN = "unknown"
    """The solver cannot say."""


SEMANTIC = frozenset(Status) - {Status.UNCHANGED, Status.EQUIVALENT}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared: a metric, condition, segment, tier, or one condition of a stage.

    `settings` is what it says beside its meaning (actions, priority, tags); `said` is its syntax.
    """

    kind: str
    name: str
    expr: Expr
    said: object = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in both rulesets."""
        return self.kind, self.name


@dataclass(frozen=True, slots=True)
class Example:
    """A customer for whom the rulesets differ, with the two values where it is no membership."""

    witness: Witness
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one definition.

    `because` are the changed definitions that it got the change from, when its own text is the
    same; `settings` are what else it says, as (before, after). `base` and `head` are its
    expressions in one graph.
    """

    kind: str
    name: str
    status: Status
    old_name: str = ""
    why: str = ""
    enters: Example | None = None
    leaves: Example | None = None
    because: tuple[str, ...] = ()
    inherited: bool = False
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    base: Expr | None = field(default=None, repr=False)
    head: Expr | None = field(default=None, repr=False)

    @property
    def is_semantic(self) -> bool:
        """Whether somebody's membership, or a value, may be another than before."""
        return self.status in SEMANTIC


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that was compared, in the order of the newer ruleset, what is gone at the end.

    `plan` holds the graph that both rulesets' expressions are in.
    """

    changes: tuple[Change, ...]
    catalog: tuple[str, ...]
    plan: Plan = field(repr=False)

    @property
    def is_semantic(self) -> bool:
        """Whether anything means something else than before."""
        return any(change.is_semantic for change in self.changes)

    @property
    def newer(self) -> Catalog:
        """The catalog that customers are shown by."""
        return self.plan.catalog
