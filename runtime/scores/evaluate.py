"""How good a model is on rows that it has not seen, beside what needs no model."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import DAY_UNIT, Model, ScoreKind
from segue.runtime.scores.baselines import baselines
from segue.runtime.scores.extra import library
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.metrics import (
    DECIDING,
    FIGURES,
    Figure,
    figure_of,
    interval,
    is_defined,
    resampled,
)
from segue.runtime.scores.report import Group, Importance, Metric, Validation
from segue.runtime.scores.split import Split
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

GROUPS = 10
REPEATS = 5
MOST_SHUFFLED = 5_000
"""Rows by which the importance of features is judged, at the most."""
_RESIDUALS = (0.05, 0.25, 0.5, 0.75, 0.95)


def evaluate(
    definition: ScoreDefinition, model: Model, everything: TrainingSet, parts: Split
) -> Validation | None:
    """How good the model is on the rows of the test; None where these say nothing."""
    test, kind = parts.test, definition.kind
    assert test.label is not None
    if not is_defined(kind, test.label):
        return None
    scores = predictions(model, test)
    others = baselines(definition, everything, parts.fit, test)
    metrics, gain, gain_low, gain_high = _compare(definition, test, scores, others)
    decided = next(metric for metric in metrics if metric.name == DECIDING[kind])
    named = kind is ScoreKind.CLASS
    return Validation(
        how=parts.how,
        deciding=decided.name,
        metrics=metrics,
        beaten=all(decided.beats(value) for value in decided.baselines.values()),
        gain=gain,
        gain_low=gain_low,
        gain_high=gain_high,
        groups=() if named else groups(kind, test.label, scores),
        residuals=() if named else _residuals(test.label, scores),
        importance=importance(definition, model, test),
        confusion=_confusion(model, test.label, scores) if named else (),
    )


def predictions(model: Model, rows: TrainingSet) -> "Array":
    """The scores of rows in the units of a label: a duration in days."""
    scores = Machine(model).scores(rows.columns)
    return scores / DAY_UNIT if model.kind is ScoreKind.DURATION else scores


def _compare(
    definition: ScoreDefinition, test: TrainingSet, scores: "Array", others: Mapping[str, "Array"]
) -> tuple[tuple[Metric, ...], float, float | None, float | None]:
    """All figures, and by how much the deciding one is better than the best baseline."""
    assert test.label is not None
    kind, label = definition.kind, test.label
    figures = FIGURES[kind]
    deciding = figure_of(kind, DECIDING[kind])
    found = {
        figure.name: {name: figure.measure(label, other, None) for name, other in others.items()}
        for figure in figures
    }
    values = found[deciding.name]
    best = min(values, key=lambda name: deciding.gain(0.0, values[name]))
    drawn: dict[str, list[float]] = {figure.name: [] for figure in figures}
    gains: list[float] = []
    for weight in resampled(test.keys, definition.seed):
        if not is_defined(kind, label[weight > 0]):
            continue
        for figure in figures:
            drawn[figure.name].append(figure.measure(label, scores, weight))
        other = deciding.measure(label, others[best], weight)
        gains.append(deciding.gain(drawn[deciding.name][-1], other))
    metrics = []
    for figure in figures:
        low, high = interval(drawn[figure.name])
        value = figure.measure(label, scores, None)
        metrics.append(
            Metric(figure.name, value, low, high, figure.greater_is_better, found[figure.name])
        )
    value = next(metric.value for metric in metrics if metric.name == deciding.name)
    return tuple(metrics), deciding.gain(value, values[best]), *interval(gains)


def groups(kind: ScoreKind, label: "Array", scores: "Array") -> tuple[Group, ...]:
    """Rows of like score, about equally many each: what was foretold, and what came.

    Of a probability this is the calibration curve, with Wilson's 95% interval of each share.
    """
    import numpy

    edges = numpy.unique(numpy.quantile(scores, numpy.linspace(0, 1, GROUPS + 1)[1:-1]))
    places = numpy.searchsorted(edges, scores, side="left")
    found = []
    for place in numpy.unique(places).tolist():
        inside = places == place
        rows = int(inside.sum())
        low = high = None
        if kind is ScoreKind.PROBABILITY:
            share = library("scipy.stats").binomtest(int(label[inside].sum()), rows)
            bounds = share.proportion_ci(method="wilson")
            low, high = float(bounds.low), float(bounds.high)
        means = float(scores[inside].mean()), float(label[inside].mean())
        found.append(Group(rows, *means, low, high))
    return tuple(found)


def calibration_error(found: Sequence[Group]) -> float:
    """How far the probabilities of groups are from the shares that came, on average over rows.

    The expected calibration error (Naeini, Cooper and Hauskrecht 2015).
    """
    rows = sum(group.rows for group in found)
    off = sum(group.rows * abs(group.predicted - group.observed) for group in found)
    return off / rows if rows else 0.0


def _residuals(label: "Array", scores: "Array") -> tuple[float, ...]:
    import numpy

    return tuple(numpy.quantile(label - scores, _RESIDUALS).tolist())


def _confusion(model: Model, label: "Array", scores: "Array") -> tuple[tuple[int, ...], ...]:
    """A row for each class that came, a column for each that was foretold."""
    found = library("sklearn.metrics").confusion_matrix(label, scores, labels=list(model.classes))
    return tuple(tuple(row) for row in found.tolist())


def importance(
    definition: ScoreDefinition, model: Model, test: TrainingSet
) -> tuple[Importance, ...]:
    """How much worse the deciding metric gets without each feature, the most important first.

    Without means: with the values of other rows in place of its own (permutation importance,
    Breiman 2001).
    """
    import numpy

    figure = figure_of(definition.kind, DECIDING[definition.kind])
    # The library would shuffle a part of the rows, and compare it with all of them.
    test = _some(test, definition.seed)
    shuffled = _Shuffled(model, test, figure)
    # In place of values stand the rows that they are taken from, so that texts can be shuffled
    # with the numbers.
    rows = numpy.repeat(numpy.arange(test.rows)[:, None], len(test.features), axis=1)
    found = library("sklearn.inspection").permutation_importance(
        shuffled,
        rows,
        test.label,
        scoring=shuffled.quality,
        n_repeats=REPEATS,
        random_state=definition.seed,
    )
    ranked = [
        Importance(feature.name, float(mean), float(deviation))
        for feature, mean, deviation in zip(
            test.features, found.importances_mean, found.importances_std, strict=True
        )
    ]
    return tuple(sorted(ranked, key=lambda one: (-one.loss, one.feature)))


def _some(rows: TrainingSet, seed: int) -> TrainingSet:
    import numpy

    if rows.rows <= MOST_SHUFFLED:
        return rows
    random = numpy.random.default_rng(seed)
    return rows.only(numpy.sort(random.choice(rows.rows, MOST_SHUFFLED, replace=False)))


class _Shuffled:
    """A model as `permutation_importance` wants an estimator to be."""

    def __init__(self, model: Model, test: TrainingSet, figure: Figure) -> None:
        self._machine = Machine(model)
        self._test = test
        self._figure = figure

    def fit(self, inputs: Any, label: Any) -> None:
        """It is fitted already."""

    def quality(self, _: object, rows: "Array", label: "Array") -> float:
        """The figure of rows whose features are those of the rows named, greater is better."""
        values = [column[rows[:, place]] for place, column in enumerate(self._test.columns)]
        scores = self._machine.scores(values)
        if self._machine.model.kind is ScoreKind.DURATION:
            scores = scores / DAY_UNIT
        return self._figure.gain(self._figure.measure(label, scores, None), 0.0)
