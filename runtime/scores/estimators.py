"""The estimators of scikit-learn behind the names that rules use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segue.compiler.scores.estimators import ESTIMATORS, ParameterValue
from segue.compiler.scores.model import ScoreKind
from segue.runtime.scores.extra import library

Parameters = Mapping[str, ParameterValue]

CLASSIFIERS = frozenset({ScoreKind.PROBABILITY, ScoreKind.CLASS})


@dataclass(frozen=True, slots=True)
class Way:
    """How one of them is made.

    `reads_missing` says that it takes missing values as they are; `is_sum` that it wants its
    columns to be of one size, and threads of linear algebra to keep to one, for the same bits.
    """

    make: Callable[[ScoreKind, dict[str, Any], Parameters], Any]
    reads_missing: bool = False
    is_sum: bool = False


def make_estimator(name: str, kind: ScoreKind, parameters: Parameters, seed: int) -> Any:
    """The estimator of a score's definition, not fitted yet."""
    known = {
        declared.library: parameters.get(declared.name, declared.default)
        for declared in ESTIMATORS[name].parameters
        if declared.library
    }
    return WAYS[name].make(kind, {**known, "random_state": seed}, parameters)


def _forest(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    ensemble = library("sklearn.ensemble")
    # Which thread grows a tree says nothing about the tree.
    known["n_jobs"] = -1
    if kind in CLASSIFIERS:
        return ensemble.RandomForestClassifier(**known, class_weight=_weight(parameters))
    return ensemble.RandomForestRegressor(**known)


def _boosting(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    ensemble = library("sklearn.ensemble")
    if kind in CLASSIFIERS:
        return ensemble.GradientBoostingClassifier(**known)
    return ensemble.GradientBoostingRegressor(**known)


def _histogram_boosting(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    ensemble = library("sklearn.ensemble")
    # It would stop early by the score on rows drawn at random, also of entities it trains on.
    known["early_stopping"] = False
    if kind in CLASSIFIERS:
        return ensemble.HistGradientBoostingClassifier(**known, class_weight=_weight(parameters))
    return ensemble.HistGradientBoostingRegressor(**known)


def _logistic(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    penalty = float(parameters["penalty"])
    return library("sklearn.linear_model").LogisticRegression(
        **known,
        C=1 / max(penalty, 1e-10),
        class_weight=_weight(parameters),
        max_iter=2_000,
    )


def _linear(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    models, penalty = library("sklearn.linear_model"), float(parameters["penalty"])
    return models.Ridge(**known, alpha=penalty) if penalty else models.LinearRegression()


def _kmeans(kind: ScoreKind, known: dict[str, Any], parameters: Parameters) -> Any:
    return library("sklearn.cluster").KMeans(**known)


def _weight(parameters: Parameters) -> str | None:
    return "balanced" if parameters.get("balanced") else None


WAYS: Mapping[str, Way] = {
    "random_forest": Way(_forest, reads_missing=True),
    "gradient_boosting": Way(_boosting),
    "histogram_gradient_boosting": Way(_histogram_boosting, reads_missing=True),
    "logistic": Way(_logistic, is_sum=True),
    "linear": Way(_linear, is_sum=True),
    "kmeans": Way(_kmeans, is_sum=True),
}
assert WAYS.keys() == ESTIMATORS.keys()
