"""The estimators that a score may be trained `with`: their names, kinds and parameters.

Rules, the reference manual and completion read the declarations from here, and training makes
the estimator of scikit-learn that `source` names. What a parameter is called there is said by
`library`; what no parameter says keeps the library's default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segue.compiler.scores.model import ScoreKind

ParameterType = Literal["int", "float", "bool"]
ParameterValue = int | float | bool

SEED = 42
MEASURES = frozenset({ScoreKind.AMOUNT, ScoreKind.NUMBER, ScoreKind.DURATION})
CLASSIFIED = frozenset({ScoreKind.PROBABILITY, ScoreKind.CLASS})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of an estimator, between `low` and `high`, both included.

    `above` says that `low` itself is not allowed. `library` is its name in scikit-learn, empty
    where training does more with it than hand it on.
    """

    name: str
    type: ParameterType
    default: ParameterValue
    documentation: str
    library: str = ""
    low: float | None = None
    high: float | None = None
    above: bool = False

    @property
    def range(self) -> str:
        """What it accepts, in words: `a whole number between 1 and 5000`."""
        if self.type == "bool":
            return "`true` or `false`"
        what = "a whole number" if self.type == "int" else "a number"
        low, high = _plain(self.low), _plain(self.high)
        if low and high and not self.above:
            return f"{what} between {low} and {high}"
        bounds = [f"greater than {low}" if self.above else f"of at least {low}"] if low else []
        bounds += [f"at most {high}"] if high else []
        return " ".join([what, " and ".join(bounds)]).strip()

    def accepts(self, value: float) -> bool:
        """Whether a number lies within the bounds."""
        if self.low is not None and (value < self.low or (self.above and value == self.low)):
            return False
        return self.high is None or value <= self.high


@dataclass(frozen=True, slots=True)
class Estimator:
    """One way to learn a score. `kinds` are those of the scores that it can learn."""

    name: str
    kinds: frozenset[ScoreKind]
    documentation: str
    source: str
    parameters: tuple[Parameter, ...]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of a name, or None."""
        return next((p for p in self.parameters if p.name == name), None)

    @property
    def defaults(self) -> Mapping[str, ParameterValue]:
        """The values of all parameters where a rule says nothing."""
        return {parameter.name: parameter.default for parameter in self.parameters}


_SEED = Parameter(
    "seed",
    "int",
    SEED,
    "what random choices start from: the same seed and data give the same model",
    "random_state",
    0,
    2**32 - 1,
)
_BALANCED = Parameter(
    "balanced",
    "bool",
    False,
    "whether rare outcomes weigh as much as frequent ones; probabilities are then no longer "
    "shares of customers, unless the score is calibrated",
)


def _trees(what: str, library: str) -> Parameter:
    return Parameter("trees", "int", 100, what, library, 1, 5_000)


def _depth(default: int) -> Parameter:
    documentation = "how many questions a tree may ask before it answers"
    return Parameter("depth", "int", default, documentation, "max_depth", 1, 64)


def _leaf(default: int) -> Parameter:
    documentation = "how many rows of the training set an answer must rest on, at least"
    return Parameter("leaf", "int", default, documentation, "min_samples_leaf", 1)


def _rate() -> Parameter:
    documentation = "how much of the remaining error each tree corrects"
    return Parameter("rate", "float", 0.1, documentation, "learning_rate", 0, 1, above=True)


def _penalty() -> Parameter:
    return Parameter(
        "penalty",
        "float",
        1.0,
        "how strongly large weights are held back (L2); 0 lets them be",
        low=0,
    )


ESTIMATORS: Mapping[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        Estimator(
            "random_forest",
            MEASURES | CLASSIFIED,
            "many trees, each grown on a random part of the rows and features; their mean",
            "sklearn.ensemble.RandomForestClassifier, RandomForestRegressor",
            (
                _trees("how many trees", "n_estimators"),
                _depth(10),
                _leaf(1),
                _BALANCED,
                _SEED,
            ),
        ),
        Estimator(
            "gradient_boosting",
            MEASURES | CLASSIFIED,
            "trees one after the other, each of what those before it got wrong; their sum",
            "sklearn.ensemble.GradientBoostingClassifier, GradientBoostingRegressor",
            (
                _trees("how many trees", "n_estimators"),
                _depth(6),
                _rate(),
                _leaf(1),
                Parameter(
                    "sample",
                    "float",
                    1.0,
                    "the share of the rows that each tree is grown on",
                    "subsample",
                    0,
                    1,
                    above=True,
                ),
                _SEED,
            ),
        ),
        Estimator(
            "histogram_gradient_boosting",
            MEASURES | CLASSIFIED,
            "gradient boosting over binned features: for many rows, and missing values are "
            "a side of every question",
            "sklearn.ensemble.HistGradientBoostingClassifier, HistGradientBoostingRegressor",
            (
                _trees("how many rounds; one tree each, or one for each class", "max_iter"),
                _depth(6),
                Parameter(
                    "leaves",
                    "int",
                    31,
                    "how many answers a tree may have",
                    "max_leaf_nodes",
                    2,
                    65_536,
                ),
                _rate(),
                _leaf(20),
                _BALANCED,
                _SEED,
            ),
        ),
        Estimator(
            "logistic",
            CLASSIFIED,
            "a weighted sum of the features, as odds: small, and easy to explain",
            "sklearn.linear_model.LogisticRegression",
            (_penalty(), _BALANCED, _SEED),
        ),
        Estimator(
            "linear",
            MEASURES,
            "a weighted sum of the features: small, and easy to explain",
            "sklearn.linear_model.Ridge, LinearRegression",
            (_penalty(), _SEED),
        ),
        Estimator(
            "kmeans",
            frozenset({ScoreKind.CLUSTER}),
            "groups of entities whose features are alike, each around its mean",
            "sklearn.cluster.KMeans",
            (
                Parameter("clusters", "int", 5, "how many groups", "n_clusters", 2, 256),
                Parameter(
                    "starts",
                    "int",
                    10,
                    "from how many random beginnings the best is taken",
                    "n_init",
                    1,
                    1_000,
                ),
                _SEED,
            ),
        ),
    )
}

# What a score is trained with where it does not say, with the parameters that differ.
DEFAULTS: Mapping[ScoreKind, tuple[str, Mapping[str, ParameterValue]]] = {
    ScoreKind.PROBABILITY: ("random_forest", {}),
    ScoreKind.CLASS: ("random_forest", {}),
    ScoreKind.AMOUNT: ("gradient_boosting", {}),
    ScoreKind.NUMBER: ("gradient_boosting", {}),
    ScoreKind.DURATION: ("random_forest", {"depth": 8}),
    ScoreKind.CLUSTER: ("kmeans", {}),
}


def _plain(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}" if bound < 1e6 else str(int(bound))
