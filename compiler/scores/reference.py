"""What a model means, in the plainest code: every backend is tested against this.

    predict(model, values) -> score

`values` are those of the model's features in order, as the plan has them
(`segue.compiler.types`), None where one is missing. So is the score: a float, the microseconds
of a duration, or the name of a class. It is missing only where a column is that the function
cannot read without: where a caller leaves out a value that its type says is there.
"""

import math
from collections.abc import Sequence

from segue.compiler.scores import numbers
from segue.compiler.scores.model import (
    DAY_UNIT,
    LEAF,
    Absent,
    Calibration,
    Category,
    Centroids,
    Column,
    Function,
    Isotonic,
    Linear,
    Link,
    Model,
    ScoreKind,
    Sigmoid,
    Tree,
    Trees,
)

Value = bool | int | float | str | None


def predict(model: Model, values: Sequence[Value]) -> int | float | str | None:
    """The score of one entity."""
    row = [column_value(column, values) for column in model.columns]
    if None in row and not isinstance(model.function, Trees):
        return None
    outputs = function_outputs(model.function, row)
    if model.link is Link.GREATEST:
        return model.classes[greatest(outputs)]
    (output,) = outputs
    score = numbers.logistic(output) if model.link is Link.LOGISTIC else output
    if model.calibration is not None:
        score = calibrated(model.calibration, score)
    return bounded(model.kind, score)


def column_value(column: Column, values: Sequence[Value]) -> float | None:
    """The number that a column makes of its feature."""
    value = values[column.feature]
    if isinstance(column, Category):
        return 1.0 if value == column.value else 0.0
    if isinstance(column, Absent):
        return 1.0 if value is None else 0.0
    if value is None:
        return column.missing
    assert not isinstance(value, str), "a text is read by its categories"
    return float(value) if column.divisor == 1.0 else float(value) / column.divisor


def function_outputs(function: Function, row: Sequence[float | None]) -> list[float]:
    """The outputs of a model's function for a row of its columns."""
    match function:
        case Trees():
            return _sum_of_trees(function, row)
        case Linear():
            xs = standardised(function, row)
            return [
                _sum_of_products(intercept, weights, xs)
                for intercept, weights in zip(function.intercepts, function.weights, strict=True)
            ]
        case Centroids():
            xs = standardised(function, row)
            return [-_square_distance(xs, centre) for centre in function.centroids]


def leaf(tree: Tree, row: Sequence[float | None]) -> int:
    """The node in which a row ends."""
    node = 0
    while tree.column[node] != LEAF:
        value = row[tree.column[node]]
        left = tree.missing_left[node] if value is None else value <= tree.threshold[node]
        node = tree.left[node] if left else tree.right[node]
    return node


def _sum_of_trees(function: Trees, row: Sequence[float | None]) -> list[float]:
    outputs = list(function.start)
    for tree in function.trees:
        values = tree.values[leaf(tree, row)]
        for i, value in enumerate(values):
            outputs[i] = outputs[i] + value
    if function.divisor == 1.0:
        return outputs
    return [output / function.divisor for output in outputs]


def standardised(function: Linear | Centroids, row: Sequence[float | None]) -> list[float]:
    """A row of columns, of which none is missing, as a linear function reads them."""
    found = []
    for value, center, scale in zip(row, function.center, function.scale, strict=True):
        assert value is not None, "only trees read a missing value"
        found.append((numbers.settled(value) - center) / scale)
    return found


def _sum_of_products(intercept: float, weights: Sequence[float], xs: Sequence[float]) -> float:
    total = intercept
    for weight, x in zip(weights, xs, strict=True):
        total = total + weight * x
    return total


def _square_distance(xs: Sequence[float], centre: Sequence[float]) -> float:
    total = 0.0
    for x, place in zip(xs, centre, strict=True):
        difference = x - place
        total = total + difference * difference
    return total


def greatest(outputs: Sequence[float]) -> int:
    """The place of the greatest output, the first of equal ones."""
    best = 0
    for i, output in enumerate(outputs):
        if output > outputs[best]:
            best = i
    return best


def calibrated(calibration: Calibration, x: float) -> float:
    """A probability as experience has corrected it."""
    if isinstance(calibration, Sigmoid):
        return numbers.logistic(calibration.slope * x + calibration.offset)
    return _on_line(calibration, x)


def _on_line(line: Isotonic, x: float) -> float:
    if x <= line.x[0]:
        return line.y[0]
    for i, slope in enumerate(numbers.slopes(line)):
        if x <= line.x[i + 1]:
            value = line.y[i] + (x - line.x[i]) * slope
            return line.y[i + 1] if value > line.y[i + 1] else value
    return line.y[-1]


def bounded(kind: ScoreKind, score: float) -> int | float:
    """A score within the bounds of its kind, as the plan has it."""
    match kind:
        case ScoreKind.PROBABILITY:
            return 1.0 if score > 1.0 else score if score > 0.0 else 0.0
        case ScoreKind.AMOUNT:
            return score if score > 0.0 else 0.0
        case ScoreKind.DURATION:
            days = numbers.LONGEST if score > numbers.LONGEST else score if score > 0.0 else 0.0
            return math.floor(days * DAY_UNIT + 0.5)
        case _:
            return score
