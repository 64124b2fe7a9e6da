"""What each feature contributes to a score: why somebody has it, in the score's own unit.

A question in a tree moves what can be expected: from the mean of all rows that came by, to the
mean of those that gave the same answer. That step is put down to the feature that was asked
for; the steps of all questions lead from the mean of the whole training to the score
(Saabas, "Interpreting random forests", 2014). A weight contributes its product, and a
coordinate how much nearer the centre is in it than centres are on average.

Where a link or a calibration bends the outputs, contributions are in proportion to those to the
output, so that they still add up to the score less the usual one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from segue.compiler.scores import numbers
from segue.compiler.scores.model import (
    DAY_UNIT,
    LEAF,
    Centroids,
    Linear,
    Link,
    Model,
    ScoreKind,
    Tree,
    Trees,
)
from segue.compiler.scores.reference import (
    Value,
    calibrated,
    column_value,
    function_outputs,
    greatest,
    standardised,
)


@dataclass(frozen=True, slots=True)
class Contributions:
    """The score of somebody as the usual one and what each feature adds to it.

    `usual` and `parts`, one for each feature, add up to `score` but for rounding. They are in
    the unit of the score; a duration in days. Of a class they are about its output.
    """

    usual: float
    parts: tuple[float, ...]
    score: float


def contributions(model: Model, values: Sequence[Value]) -> Contributions | None:
    """Why a score is what it is; None where it is missing."""
    row = [column_value(column, values) for column in model.columns]
    if None in row and not isinstance(model.function, Trees):
        return None
    outputs = function_outputs(model.function, row)
    place = greatest(outputs)
    usual, by_column = _of_output(model, row, place)
    parts = [0.0] * len(model.features)
    for column, part in zip(model.columns, by_column, strict=True):
        parts[column.feature] += part
    output = outputs[place]
    if model.link is Link.GREATEST:
        return Contributions(usual, tuple(parts), output)
    score, usual_score = _score(model, output), _score(model, usual)
    rise = output - usual
    bend = (score - usual_score) / rise if rise else 0.0
    return Contributions(usual_score, tuple(part * bend for part in parts), score)


def _score(model: Model, output: float) -> float:
    """The score of an output; a duration in days."""
    score = numbers.logistic(output) if model.link is Link.LOGISTIC else output
    if model.calibration is not None:
        score = calibrated(model.calibration, score)
    match model.kind:
        case ScoreKind.PROBABILITY:
            return min(max(score, 0.0), 1.0)
        case ScoreKind.AMOUNT:
            return max(score, 0.0)
        case ScoreKind.DURATION:
            return min(max(score, 0.0), numbers.LONGEST)
        case _:
            return score


def in_unit(kind: ScoreKind, amount: float) -> float:
    """A part of a score in the representation of the score: of a duration, microseconds."""
    return amount * DAY_UNIT if kind is ScoreKind.DURATION else amount


def _of_output(
    model: Model, row: Sequence[float | None], output: int
) -> tuple[float, Sequence[float]]:
    """The usual value of an output, and what each column adds to it."""
    match model.function:
        case Trees() as function:
            parts, usual = [0.0] * len(row), function.start[output]
            for tree in function.trees:
                usual += _add_path(tree, row, output, parts)
            return usual / function.divisor, [part / function.divisor for part in parts]
        case Linear() as function:
            xs = standardised(function, row)
            weights = function.weights[output]
            return function.intercepts[output], [w * x for w, x in zip(weights, xs, strict=True)]
        case Centroids() as function:
            xs = standardised(function, row)
            distances = [
                [(x - place) ** 2 for x, place in zip(xs, centre, strict=True)]
                for centre in function.centroids
            ]
            means = [sum(d) / len(distances) for d in zip(*distances, strict=True)]
            return -sum(means), [mean - d for mean, d in zip(means, distances[output], strict=True)]


def _add_path(tree: Tree, row: Sequence[float | None], output: int, parts: list[float]) -> float:
    """Adds what the questions of a tree contribute; its mean."""
    means = _means(tree, output)
    node = 0
    while tree.column[node] != LEAF:
        column = tree.column[node]
        value = row[column]
        left = tree.missing_left[node] if value is None else value <= tree.threshold[node]
        child = tree.left[node] if left else tree.right[node]
        parts[column] += means[child] - means[node]
        node = child
    return means[0]


def _means(tree: Tree, output: int) -> list[float]:
    """The mean output of the rows that came by each node; of unknown ones, half went each way."""
    means = [values[output] if values else 0.0 for values in tree.values]
    for node in reversed(range(len(means))):
        if tree.column[node] == LEAF:
            continue
        left, right = tree.left[node], tree.right[node]
        share = 0.5
        if tree.rows and tree.rows[left] + tree.rows[right]:
            share = tree.rows[left] / (tree.rows[left] + tree.rows[right])
        means[node] = share * means[left] + (1.0 - share) * means[right]
    return means
