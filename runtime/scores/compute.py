"""Scores of many rows at once, in numpy: to the bit what `segue.compiler.scores.reference` gives.

    features -> matrix of columns -> outputs -> scores

The operations are those of `segue.compiler.scores.numbers`, in the same order, on whole columns.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.compiler.scores import numbers
from segue.compiler.scores.model import (
    DAY_UNIT,
    LEAF,
    Calibration,
    Centroids,
    Linear,
    Link,
    Model,
    ScoreKind,
    Sigmoid,
    Tree,
    Trees,
)
from segue.runtime.scores.columns import matrix

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array


def compute(model: Model, values: Sequence["Array"]) -> "Array":
    """The scores of rows whose features are `values`, as a `TrainingSet` has them.

    They are doubles, int64 microseconds of a duration, or objects that are names of classes.
    """
    return scores_of(model, outputs_of(model, matrix(model.columns, values)))


def outputs_of(model: Model, inputs: "Array") -> "Array":
    """The outputs of the function of a model, a row for each of a matrix of its columns."""
    match model.function:
        case Trees():
            return _sum_of_trees(model.function, inputs)
        case Linear():
            return _sums_of_products(model.function, inputs)
        case Centroids():
            return _distances(model.function, inputs)


def scores_of(model: Model, outputs: "Array") -> "Array":
    """The scores that a model makes of the outputs of its function."""
    import numpy

    if model.link is Link.GREATEST:
        classes = numpy.array(model.classes, dtype=object)
        return numpy.asarray(classes[numpy.argmax(outputs, axis=1)])
    scores = outputs[:, 0]
    if model.link is Link.LOGISTIC:
        scores = logistic(scores)
    if model.calibration is not None:
        scores = calibrated(model.calibration, scores)
    match model.kind:
        case ScoreKind.PROBABILITY:
            return numpy.clip(scores, 0.0, 1.0)
        case ScoreKind.AMOUNT:
            return numpy.maximum(scores, 0.0)
        case ScoreKind.DURATION:
            days = numpy.clip(scores, 0.0, numbers.LONGEST)
            whole: Array = numpy.floor(days * DAY_UNIT + 0.5).astype(numpy.int64)
            return whole
        case _:
            return scores


def logistic(x: "Array") -> "Array":
    """`numbers.logistic` of each number."""
    import numpy

    small = _exponential(numpy.maximum(-numpy.abs(x), numbers.LOWEST))
    negative = numpy.where(x < numbers.LOWEST, 0.0, small / (1.0 + small))
    made: Array = numpy.where(x < 0.0, negative, 1.0 / (1.0 + small))
    return made


def _exponential(x: "Array") -> "Array":
    import numpy

    count = numpy.floor(0.5 - x * numbers.LOG2_E)
    r = (count * numbers.LN2_HIGH + x) + count * numbers.LN2_LOW
    power = numpy.full_like(x, numbers.TAYLOR[0])
    for coefficient in numbers.TAYLOR[1:]:
        power = power * r + coefficient
    halvings = count.astype(numpy.int64)
    for bit, factor in numbers.POWERS:
        power = numpy.where(halvings & bit, power * factor, power)
    return power


def calibrated(calibration: Calibration, x: "Array") -> "Array":
    """Probabilities as experience has corrected them."""
    import numpy

    if isinstance(calibration, Sigmoid):
        return logistic(calibration.slope * x + calibration.offset)
    xs, ys = numpy.array(calibration.x), numpy.array(calibration.y)
    if len(xs) == 1:
        return numpy.full_like(x, ys[0])
    slopes = numpy.array(numbers.slopes(calibration))
    # The first stretch whose end is not below `x`.
    place = numpy.clip(numpy.searchsorted(xs, x, side="left") - 1, 0, len(slopes) - 1)
    inside = numpy.minimum(ys[place] + (x - xs[place]) * slopes[place], ys[place + 1])
    made: Array = numpy.where(x <= xs[0], ys[0], numpy.where(x > xs[-1], ys[-1], inside))
    return made


def _sum_of_trees(function: Trees, inputs: "Array") -> "Array":
    import numpy

    sums = numpy.tile(numpy.array(function.start), (len(inputs), 1))
    for tree in function.trees:
        sums += tree_values(tree)[leaves(tree, inputs)]
    made: Array = sums if function.divisor == 1.0 else sums / function.divisor
    return made


def leaves(tree: Tree, inputs: "Array") -> "Array":
    """The node of a tree in which each row ends: all rows go down a level at a time."""
    import numpy

    # A leaf leads to itself, so a row that is there stays there.
    itself = numpy.arange(len(tree.column))
    columns = numpy.array(tree.column)
    is_leaf = columns == LEAF
    left = numpy.where(is_leaf, itself, numpy.array(tree.left))
    right = numpy.where(is_leaf, itself, numpy.array(tree.right))
    threshold, missing_left = numpy.array(tree.threshold), numpy.array(tree.missing_left)
    columns = numpy.where(is_leaf, 0, columns)
    rows = numpy.arange(len(inputs))
    node = numpy.zeros(len(inputs), dtype=numpy.int64)
    while not is_leaf[node].all():
        found = inputs[rows, columns[node]]
        is_left = numpy.where(numpy.isnan(found), missing_left[node], found <= threshold[node])
        node = numpy.where(is_left, left[node], right[node])
    return node


def tree_values(tree: Tree) -> "Array":
    """The outputs of each node of a tree, a row for each; 0 for inner nodes."""
    import numpy

    outputs = len(tree.values[-1])
    return numpy.array([values or (0.0,) * outputs for values in tree.values])


def standardised(function: Linear | Centroids, inputs: "Array") -> "Array":
    """The columns of a model as its sums read them."""
    import numpy

    settled = numpy.clip(inputs, -numbers.GREATEST, numbers.GREATEST)
    settled = numpy.where(numpy.abs(settled) < numbers.SMALLEST, 0.0, settled)
    made: Array = (settled - numpy.array(function.center)) / numpy.array(function.scale)
    return made


def _sums_of_products(function: Linear, inputs: "Array") -> "Array":
    import numpy

    xs = standardised(function, inputs)
    sums = numpy.tile(numpy.array(function.intercepts), (len(inputs), 1))
    for place in range(xs.shape[1]):
        weights = numpy.array([weights[place] for weights in function.weights])
        sums += xs[:, place, None] * weights
    return sums


def _distances(function: Centroids, inputs: "Array") -> "Array":
    import numpy

    xs = standardised(function, inputs)
    sums = numpy.zeros((len(inputs), len(function.centroids)))
    for place in range(xs.shape[1]):
        difference = xs[:, place, None] - numpy.array([c[place] for c in function.centroids])
        sums += difference * difference
    return -sums
