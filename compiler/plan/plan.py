"""A compiled ruleset: the graph and the names that point into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segue.compiler.catalog.model import Catalog, TableName
from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.library import NONE, Models
from segue.grammar import ast

SCORE_TABLE = TableName("scores", "segue")
"""The table of scores where the store has its usual name."""

Rule: TypeAlias = ast.Metric | ast.State | ast.Condition | ast.Segment


@dataclass(frozen=True, slots=True)
class Definition:
    """A named metric, state, condition or segment and its expression.

    `name` is the full name, dotted by module (`email.engaged`); `source` is the syntax it was
    written as, or stands for. `tiers` is the full name of the tiers that it is the value of
    (a metric) or one of (a segment).
    """

    name: str
    expr: Expr
    source: Rule
    tiers: str | None = None

    @property
    def title(self) -> str:
        """The description in the rule file, or nothing."""
        return self.source.title or ""


@dataclass(frozen=True, slots=True)
class Tiers:
    """Segments of which everybody is in exactly one.

    `name` is also that of the metric that says in which; its values are the last parts of the
    full names in `segments`, in the order in which they are tried.
    """

    name: str
    segments: tuple[str, ...]
    source: ast.Tiers


@dataclass(frozen=True, slots=True)
class Assertion:
    """A claim about all customers: its conditions are those that `source.claim` names, in order."""

    source: ast.Assert
    conditions: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a backend needs. Mappings are in order of definition; `metrics` are all named
    values, states and the values of tiers among them.
    """

    catalog: Catalog
    graph: Graph
    metrics: Mapping[str, Definition] = field(default_factory=dict)
    conditions: Mapping[str, Definition] = field(default_factory=dict)
    segments: Mapping[str, Definition] = field(default_factory=dict)
    tiers: Mapping[str, Tiers] = field(default_factory=dict)
    lifecycles: Mapping[str, Lifecycle] = field(default_factory=dict)
    assertions: tuple[Assertion, ...] = ()
    # Their labels look ahead, and are no part of what is evaluated.
    scores: Mapping[str, ScoreDefinition] = field(default_factory=dict)
    # What each expression was written as, for explanations: a `when` or a part of it. An
    # expression written in several places keeps the first.
    written: Mapping[int, ast.Expression] = field(default_factory=dict)
    # The table from which scores are read that a query does not compute.
    score_table: TableName = SCORE_TABLE
    # The trained models that `score` expressions name by version and digest.
    models: Models = field(default=NONE, compare=False, repr=False)

    @property
    def roots(self) -> list[Expr]:
        """Everything that the rules name or ask for."""
        groups = (self.metrics, self.conditions, self.segments)
        named = [definition.expr for group in groups for definition in group.values()]
        return [
            *named,
            *(c for lifecycle in self.lifecycles.values() for c in lifecycle.conditions),
        ]
