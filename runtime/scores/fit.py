"""From a training set to a model: columns are chosen, an estimator is fitted and written down."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import Centroids, Column, Link, Model, ScoreKind, Trees
from segue.runtime.refusal import Refusal
from segue.runtime.scores.columns import choose_columns, matrix
from segue.runtime.scores.estimators import WAYS, make_estimator
from segue.runtime.scores.extra import library
from segue.runtime.scores.thresholds import GREATEST_32
from segue.runtime.scores.training_set import TrainingSet
from segue.runtime.scores.translate import Scaling, as_classes, as_probability, function_of

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, the estimator that it was read off, and what the library warned of."""

    model: Model
    estimator: Any
    warnings: tuple[str, ...]

    def inputs(self, values: tuple["Array", ...]) -> "Array":
        """What the estimator takes for the values of features."""
        found = prepared(matrix(self.model.columns, values))
        function = self.model.function
        if isinstance(function, Trees):
            return found
        return scaled(found, (function.center, function.scale))


def fit(definition: ScoreDefinition, training: TrainingSet) -> Fitted:
    """The model of a score, fitted to all rows of a training set; without calibration.

    Raises `Refusal` where there is nothing to learn from.
    """
    way = WAYS[definition.estimator]
    estimator = make_estimator(
        definition.estimator, definition.kind, definition.parameters, definition.seed
    )
    check_rows(definition, training)
    columns = choose_columns(training, filled=not way.reads_missing)
    if not columns:
        raise Refusal(
            f"no feature of `{definition.name}` has a value that enough entities share",
            "add features that are numbers",
        )
    inputs, scaling = prepared(matrix(columns, training.columns)), None
    if way.is_sum:
        scaling = scaling_of(inputs)
        inputs = scaled(inputs, scaling)
    threads = library("threadpoolctl").threadpool_limits(1) if way.is_sum else nullcontext()
    with _noted() as noted, threads:
        if training.label is None:
            estimator.fit(inputs)
        else:
            estimator.fit(inputs, training.label)
    if "n_jobs" in estimator.get_params():
        # Threads that predict add up trees in the order in which they happen to be ready.
        estimator.set_params(n_jobs=None)
    model = written_down(definition.kind, training, columns, estimator, scaling)
    return Fitted(model, estimator, tuple(noted))


def written_down(
    kind: ScoreKind,
    training: TrainingSet,
    columns: tuple[Column, ...],
    estimator: Any,
    scaling: Scaling | None,
) -> Model:
    """The model that computes what a fitted estimator does."""
    function = function_of(estimator, len(columns), scaling)
    link, classes = Link.IDENTITY, tuple[str, ...]()
    if kind is ScoreKind.PROBABILITY:
        function, link = as_probability(function)
    elif kind is ScoreKind.CLASS:
        function, classes = as_classes(estimator, function)
        link = Link.GREATEST
    elif kind is ScoreKind.CLUSTER:
        assert isinstance(function, Centroids)
        function, classes = _by_size(function, estimator.labels_)
        link = Link.GREATEST
    return Model(kind, training.features, columns, function, link, None, classes)


def check_rows(definition: ScoreDefinition, training: TrainingSet) -> None:
    """Refuses a training set that nothing can be learnt from."""
    name, label = definition.name, training.label
    if training.rows == 0:
        raise Refusal(
            f"there is no row to train `{name}` on",
            f"{training.censored:,} were left out because their label lies beyond the end of the "
            "data: `train … over` may go further back, `--as-of` tell another end"
            if training.censored
            else "`among` may leave out everybody, or the tables are empty",
        )
    if definition.kind is ScoreKind.CLUSTER:
        clusters = definition.parameters.get("clusters", 0)
        if training.rows < clusters:
            raise Refusal(f"`{name}` makes {clusters} clusters of {training.rows} rows")
        return
    assert label is not None
    values = set(label.tolist())
    if len(values) == 1 and definition.kind in (ScoreKind.PROBABILITY, ScoreKind.CLASS):
        only = next(iter(values))
        shown = {0.0: "false", 1.0: "true"}.get(only, only)
        raise Refusal(
            f"the label of `{name}` is `{shown}` in all {training.rows:,} rows",
            "there is nothing to tell apart: look at `predict`, and at how far back `train` goes",
        )


def prepared(inputs: "Array") -> "Array":
    """A matrix without numbers that 32-bit floats cannot hold."""
    import numpy

    return numpy.clip(inputs, -GREATEST_32, GREATEST_32)


def scaling_of(inputs: "Array") -> Scaling:
    """The mean and the deviation of each column; of a column that never varies, a scale of 1."""
    import numpy

    scaler = library("sklearn.preprocessing").StandardScaler().fit(inputs)
    scale = numpy.where(scaler.scale_ < 1e-30, 1.0, scaler.scale_)
    center = numpy.where(numpy.abs(scaler.mean_) < 1e-100, 0.0, scaler.mean_)
    return tuple(center.tolist()), tuple(scale.tolist())


def scaled(inputs: "Array", scaling: Scaling) -> "Array":
    """Columns less their centre, over their scale."""
    import numpy

    center, scale = scaling
    made: Array = (inputs - numpy.array(center)) / numpy.array(scale)
    return made


def _by_size(function: Centroids, labels: "Array") -> tuple[Centroids, tuple[str, ...]]:
    """The clusters with names, the largest first."""
    import numpy

    sizes = numpy.bincount(labels, minlength=len(function.centroids))
    order = sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))
    centroids = tuple(function.centroids[place] for place in order)
    names = tuple(f"cluster_{i}" for i in range(1, len(order) + 1))
    return Centroids(function.center, function.scale, centroids), names


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Collects what the library warns of, each thing once."""
    noted: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield noted
    for warning in caught:
        text = str(warning.message).strip().splitlines()[0]
        if text not in noted and not issubclass(warning.category, DeprecationWarning):
            noted.append(text)
