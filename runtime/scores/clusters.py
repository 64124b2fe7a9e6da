"""How good clusters are: whether they lie apart more than they would where there are none."""

from typing import TYPE_CHECKING

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import Centroids, Model
from segue.runtime.scores.columns import matrix
from segue.runtime.scores.compute import standardised
from segue.runtime.scores.extra import library
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.metrics import interval, resampled
from segue.runtime.scores.report import Metric, Validation
from segue.runtime.scores.split import Split
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

SHUFFLED = "shuffled"
MOST_ROWS = 2_000
"""The silhouette compares each row with each."""


def evaluate_clusters(definition: ScoreDefinition, model: Model, parts: Split) -> Validation | None:
    """The silhouette of the test rows (Rousseeuw 1987), None where they are too few.

    The baseline are the same columns, each shuffled for itself, in clusters of their own: what
    is found where features have nothing to do with each other.
    """
    import numpy

    random = numpy.random.default_rng(definition.seed)
    test = _some(parts.test, random)
    names = Machine(model).scores(test.columns)
    if len(set(names.tolist())) < 2 or test.rows < 3:
        return None
    points = _points(model, test)
    widths = library("sklearn.metrics").silhouette_samples(points, names)
    value = float(widths.mean())
    nothing = _without_structure(definition, _points(model, _some(parts.fit, random)), random)
    means = [float(numpy.average(widths, weights=w)) for w in resampled(test.keys, definition.seed)]
    low, high = interval(means)
    metric = Metric("silhouette", value, low, high, True, {SHUFFLED: nothing})
    return Validation(
        how=parts.how,
        deciding="silhouette",
        metrics=(metric,),
        beaten=metric.beats(nothing),
        gain=value - nothing,
        gain_low=None if low is None else low - nothing,
        gain_high=None if high is None else high - nothing,
        groups=(),
        residuals=(),
        importance=(),
    )


def _points(model: Model, rows: TrainingSet) -> "Array":
    assert isinstance(model.function, Centroids)
    return standardised(model.function, matrix(model.columns, rows.columns))


def _some(rows: TrainingSet, random: "object") -> TrainingSet:
    import numpy

    if rows.rows <= MOST_ROWS:
        return rows
    assert isinstance(random, numpy.random.Generator)
    return rows.only(numpy.sort(random.choice(rows.rows, MOST_ROWS, replace=False)))


def _without_structure(definition: ScoreDefinition, points: "Array", random: "object") -> float:
    import numpy

    assert isinstance(random, numpy.random.Generator)
    shuffled = random.permuted(points, axis=0)
    clusters = int(definition.parameters["clusters"])
    labels = (
        library("sklearn.cluster")
        .KMeans(clusters, n_init=1, random_state=definition.seed)
        .fit_predict(shuffled)
    )
    return float(library("sklearn.metrics").silhouette_score(shuffled, labels))
