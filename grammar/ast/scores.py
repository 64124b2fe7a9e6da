"""Scores: a label that looks forward over features that look back, and a model between them."""

from dataclasses import dataclass

from segue.grammar.ast.expressions import Expression, Window
from segue.grammar.ast.node import Identifier, Node


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """`trees = 100`: one named setting."""

    name: Identifier
    value: Expression


@dataclass(frozen=True, slots=True)
class Estimator(Node):
    """`random_forest(trees = 100, depth = 10)`, `isotonic`: a named method and its settings."""

    name: Identifier
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Training(Node):
    """`every 30d over last 360d`: how far apart the snapshots are, and which past they cover."""

    window: Window
    every: Expression | None = None


@dataclass(frozen=True, slots=True)
class Serving(Node):
    """`serve table within 7d`: where rules find the score, and how old it may be there."""

    method: Identifier
    within: Expression | None = None


@dataclass(frozen=True, slots=True)
class Score(Node):
    """`score name "title": probability { predict … from … with … train … holdout … calibrate … }`.

    `predict` is missing for groups, which foretell nothing (`cluster`). `features` are those
    listed, `tagged` the tags of `all metrics tagged email, web`. `holdout` is a share of the
    entities (`20%`) or the latest part of time (`last 60d`); `among` says who is trained on.
    """

    name: Identifier
    type: Identifier
    predict: Expression | None
    features: tuple[Expression, ...]
    model: Estimator | None = None
    training: Training | None = None
    holdout: Expression | Window | None = None
    calibrate: Estimator | None = None
    among: Expression | None = None
    tagged: tuple[Identifier, ...] = ()
    serving: Serving | None = None
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None
