"""A score as its block defines it: what to learn, from what, and from which past."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from segue.compiler.plan.nodes import Expr
from segue.compiler.scores.estimators import ParameterValue
from segue.compiler.scores.model import ScoreKind
from segue.grammar import ast


@dataclass(frozen=True, slots=True)
class HeldEntities:
    """`holdout 20%`: a share of the entities, between 0 and 1, is kept out of training."""

    share: float


@dataclass(frozen=True, slots=True)
class HeldTime:
    """`holdout last 60d`: snapshots of the last `size` microseconds are kept out of training."""

    size: int


Holdout = HeldEntities | HeldTime
Calibration = Literal["isotonic", "sigmoid"]


class Serving(StrEnum):
    """Where a query finds a score."""

    SQL = "sql"  # computed by the query itself
    TABLE = "table"  # read from the score table
    AUTO = "auto"  # computed, unless the model exceeds what the engine can do; then read


@dataclass(frozen=True, slots=True)
class Serve:
    """`serve table within 7d`: a score that is older than `within` microseconds is missing.

    `within` is None where nothing is read.
    """

    how: Serving = Serving.SQL
    within: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreDefinition:
    """A score that can be trained. `name` is its full name, dotted by module.

    At a snapshot `s`, `features` are evaluated as of `s`, in this order; each with the name it
    has in rules, or with its text where it is no name. `label` reads what happens in
    `(s, s + horizon]` besides what was known at `s`; a `cluster` score has none, and a horizon
    of 0. `among` says who takes part; None takes everybody.

    Snapshots lie `every` microseconds apart over the past `over`; without `every` there is one,
    `over` ago. `parameters` are all of the estimator's but the seed, defaults filled in.
    Times are in microseconds.
    """

    name: str
    kind: ScoreKind
    label: Expr | None
    horizon: int
    features: tuple[tuple[str, Expr], ...]
    estimator: str
    parameters: Mapping[str, ParameterValue]
    seed: int
    every: int | None
    over: int
    source: ast.Score = field(repr=False)
    holdout: Holdout | None = None
    calibrate: Calibration | None = None
    among: Expr | None = None
    serve: Serve = Serve()

    @property
    def roots(self) -> list[Expr]:
        """All that is evaluated to train it."""
        found = (self.among, *(value for _, value in self.features), self.label)
        return [expr for expr in found if expr is not None]

    @property
    def title(self) -> str:
        """The description in the rule file, or nothing."""
        return self.source.title or ""
