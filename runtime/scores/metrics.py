"""How good predictions are: the figures of each kind of score, from scikit-learn.

A score and a label are doubles here, durations in days; or names of classes.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.compiler.scores.model import ScoreKind
from segue.runtime.scores.extra import library

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

Measure = Callable[["Array", "Array", "Array | None"], float]
"""From labels, scores and the weights of rows to a figure."""

REPLICATES = 200
FEWER_REPLICATES = 50
MANY_ROWS = 20_000
"""From so many rows on, an interval is narrow enough to be known from fewer replicates."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric: its name, which way is better, and how it is computed."""

    name: str
    title: str
    greater_is_better: bool
    measure: Measure

    def gain(self, value: float, other: float) -> float:
        """By how much a value is better than another."""
        return value - other if self.greater_is_better else other - value


def _metric(name: str, **settings: object) -> Measure:
    def measure(label: "Array", score: "Array", weight: "Array | None") -> float:
        found = getattr(library("sklearn.metrics"), name)
        return float(found(label, score, sample_weight=weight, **settings))

    return measure


def _rmse(label: "Array", score: "Array", weight: "Array | None") -> float:
    squared = library("sklearn.metrics").mean_squared_error(label, score, sample_weight=weight)
    return math.sqrt(squared)


_PROBABILITY = (
    Figure("roc_auc", "ROC AUC", True, _metric("roc_auc_score")),
    Figure("average_precision", "average precision", True, _metric("average_precision_score")),
    Figure("brier", "Brier score", False, _metric("brier_score_loss")),
    Figure("log_loss", "log loss", False, _metric("log_loss", labels=[0.0, 1.0])),
)
_NUMBER = (
    Figure("rmse", "root mean square error", False, _rmse),
    Figure("mae", "mean absolute error", False, _metric("mean_absolute_error")),
    Figure("median_ae", "median absolute error", False, _metric("median_absolute_error")),
    Figure("r2", "R²", True, _metric("r2_score")),
)
_CLASS = (
    Figure("accuracy", "accuracy", True, _metric("accuracy_score")),
    Figure("macro_f1", "macro F1", True, _metric("f1_score", average="macro", zero_division=0.0)),
)
FIGURES: Mapping[ScoreKind, tuple[Figure, ...]] = {
    ScoreKind.PROBABILITY: _PROBABILITY,
    ScoreKind.AMOUNT: _NUMBER,
    ScoreKind.NUMBER: _NUMBER,
    ScoreKind.DURATION: _NUMBER,
    ScoreKind.CLASS: _CLASS,
}
DECIDING: Mapping[ScoreKind, str] = {
    ScoreKind.PROBABILITY: "brier",
    ScoreKind.AMOUNT: "rmse",
    ScoreKind.NUMBER: "rmse",
    ScoreKind.DURATION: "rmse",
    ScoreKind.CLASS: "accuracy",
    ScoreKind.CLUSTER: "silhouette",
}
"""By what a model is judged: what its estimator tries to make small, and no ranking alone."""

TITLES: Mapping[str, str] = {
    **{figure.name: figure.title for figures in FIGURES.values() for figure in figures},
    "silhouette": "silhouette",
}


def figure_of(kind: ScoreKind, name: str) -> Figure:
    """The metric of a name."""
    return next(figure for figure in FIGURES[kind] if figure.name == name)


def is_defined(kind: ScoreKind, label: "Array") -> bool:
    """Whether the figures of a kind say anything of these labels."""
    return len(set(label.tolist())) > 1 if kind is ScoreKind.PROBABILITY else len(label) > 1


def resampled(keys: "Array", seed: int) -> Iterator["Array"]:
    """Weights of rows, as often as an interval needs: entities drawn with replacement.

    All rows of an entity go together, for they are alike; rows drawn one by one would make
    intervals too narrow (cluster bootstrap: Field and Welsh 2007, J. R. Stat. Soc. B 69, 369).
    """
    import numpy

    unique, places = numpy.unique(keys, return_inverse=True)
    random = numpy.random.default_rng(seed)
    even = numpy.full(len(unique), 1 / len(unique))
    for _ in range(REPLICATES if len(keys) <= MANY_ROWS else FEWER_REPLICATES):
        yield random.multinomial(len(unique), even)[places]


def interval(values: list[float]) -> tuple[float | None, float | None]:
    """The middle 95% of replicates; None where there are too few."""
    import numpy

    if len(values) < FEWER_REPLICATES // 2:
        return None, None
    low, high = numpy.quantile(values, [0.025, 0.975]).tolist()
    return low, high
