"""Whether a model can be computed at all: what no type says, and every backend relies on.

A model may have been read from a file that anybody wrote. What is found here could otherwise
be an endless walk through a tree, a division by 0 or a crash in the midst of a query.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from segue.compiler.scores.model import (
    LEAF,
    Calibration,
    Category,
    Centroids,
    Column,
    Feature,
    Isotonic,
    Linear,
    Link,
    Model,
    Number,
    ScoreKind,
    Tree,
    Trees,
)
from segue.compiler.scores.units import divisor
from segue.compiler.types import TEXTS, Kind

DEEPEST = 64
"""How many questions a tree may ask in a row."""
SMALLEST = 1e-100
GREATEST = 1e100
"""Parts of a sum are 0 or of a size between these: no engine leaves the doubles on its way."""
NAMED = frozenset({ScoreKind.CLASS, ScoreKind.CLUSTER})
"""The kinds of score that are one of the model's classes."""

Fault = tuple[str, str]
"""Where a model is wrong, as in `function.trees[3].left[7]`, and what is wrong there."""


def faults(model: Model) -> Iterator[Fault]:
    """All that is wrong with a model, as it is found; nothing where it can be computed."""
    yield from _feature_faults(model.features)
    for i, column in enumerate(model.columns):
        yield from _column_faults(column, model.features, f"columns[{i}]")
    outputs, found = _function_faults(model)
    yield from found
    yield from _link_faults(model, outputs)
    if model.calibration is not None:
        yield from _calibration_faults(model, model.calibration)


def _feature_faults(features: Sequence[Feature]) -> Iterator[Fault]:
    names: set[str] = set()
    for i, feature in enumerate(features):
        if feature.name in names:
            yield f"features[{i}].name", f"`{feature.name}` is there twice"
        names.add(feature.name)
        if feature.type.kind in (Kind.DATE, Kind.TIMESTAMP):
            yield f"features[{i}].type", f"a {feature.type.kind} is no feature"
        if not 0 <= feature.type.scale <= 18:
            yield f"features[{i}].type.scale", "a decimal has 0 to 18 places"


def _column_faults(column: Column, features: Sequence[Feature], place: str) -> Iterator[Fault]:
    if not 0 <= column.feature < len(features):
        yield f"{place}.feature", f"there is no feature {column.feature}"
        return
    type = features[column.feature].type
    match column:
        case Number() if type.kind in TEXTS:
            yield place, "a text is no number"
        case Number() if column.divisor != divisor(type):
            yield f"{place}.divisor", f"a {type} is divided by {divisor(type):g}"
        case Category() if type.kind not in TEXTS:
            yield place, f"a {type} has no categories"
        case _:
            pass


def _function_faults(model: Model) -> tuple[int, Iterator[Fault]]:
    """How many outputs the function has, and what is wrong with it."""
    match model.function:
        case Trees(start=start):
            return len(start), _trees_faults(model.function, len(model.columns))
        case Linear(intercepts=intercepts):
            return len(intercepts), _sum_faults(model, model.function)
        case Centroids(centroids=centroids):
            return len(centroids), _sum_faults(model, model.function)


def _trees_faults(function: Trees, columns: int) -> Iterator[Fault]:
    if not 1 <= function.divisor <= 1e9:
        yield "function.divisor", "the divisor must be between 1 and a billion"
    yield from _size_faults(function.start, "function.start")
    for i, tree in enumerate(function.trees):
        yield from _tree_faults(tree, columns, len(function.start), f"function.trees[{i}]")


def _tree_faults(tree: Tree, columns: int, outputs: int, place: str) -> Iterator[Fault]:
    nodes = len(tree.column)
    lists = (tree.threshold, tree.left, tree.right, tree.missing_left, tree.values)
    if nodes == 0 or any(len(found) != nodes for found in lists):
        yield place, "its lists must have one item for each node, and there must be a node"
        return
    if tree.rows and (len(tree.rows) != nodes or min(tree.rows) < 0):
        yield f"{place}.rows", "there must be a count for each node, or none at all"
    # A node stands after its parent and has one, so no walk comes back to where it was.
    depth = [-1] * nodes
    depth[0] = 0
    for node, column in enumerate(tree.column):
        if depth[node] < 0:
            yield f"{place}.column[{node}]", "no other node leads here"
            return
        if column == LEAF:
            if len(tree.values[node]) != outputs:
                yield f"{place}.values[{node}]", f"a leaf has {outputs} values here"
                return
            yield from _size_faults(tree.values[node], f"{place}.values[{node}]")
            continue
        if not 0 <= column < columns:
            yield f"{place}.column[{node}]", f"there is no column {column}"
            return
        if tree.values[node]:
            yield f"{place}.values[{node}]", "only a leaf has values"
            return
        for name, child in (("left", tree.left[node]), ("right", tree.right[node])):
            if not node < child < nodes:
                yield f"{place}.{name}[{node}]", f"{child} is no node after {node}"
                return
            if depth[child] >= 0:
                yield f"{place}.{name}[{node}]", f"another node leads to {child}"
                return
            depth[child] = depth[node] + 1
    if max(depth) > DEEPEST:
        yield place, f"it is {max(depth)} deep, and {DEEPEST} is the most"


def _sum_faults(model: Model, function: Linear | Centroids) -> Iterator[Fault]:
    columns = len(model.columns)
    for name, found in (("center", function.center), ("scale", function.scale)):
        if len(found) != columns:
            yield f"function.{name}", f"there must be one for each of the {columns} columns"
    if not all(1e-50 <= scale <= 1e50 for scale in function.scale):
        yield "function.scale", "a scale must be between 1e-50 and 1e50"
    yield from _size_faults(function.center, "function.center")
    if isinstance(function, Linear):
        rows, name = function.weights, "weights"
        if len(rows) != len(function.intercepts):
            yield "function.weights", "there must be weights for each intercept"
        yield from _size_faults(function.intercepts, "function.intercepts")
    else:
        rows, name = function.centroids, "centroids"
    for i, row in enumerate(rows):
        if len(row) != columns:
            yield f"function.{name}[{i}]", f"there must be one for each of the {columns} columns"
        yield from _size_faults(row, f"function.{name}[{i}]")
    for i, column in enumerate(model.columns):
        if isinstance(column, Number) and column.missing is None and _nullable(model, column):
            yield f"columns[{i}].missing", "only trees can read a missing value"


def _size_faults(parts: Sequence[float], place: str) -> Iterator[Fault]:
    for i, part in enumerate(parts):
        if part != 0 and not SMALLEST <= abs(part) <= GREATEST:
            yield f"{place}[{i}]", f"{part:g} is neither 0 nor of a size that sums can have"
            return


def _nullable(model: Model, column: Number) -> bool:
    inside = 0 <= column.feature < len(model.features)
    return inside and model.features[column.feature].type.nullable


def _link_faults(model: Model, outputs: int) -> Iterator[Fault]:
    if (model.kind in NAMED) != (model.link is Link.GREATEST):
        yield "link", f"a {model.kind} is not read off as {model.link}"
    if model.link is Link.LOGISTIC and model.kind is not ScoreKind.PROBABILITY:
        yield "link", f"a {model.kind} is no probability"
    if model.link is Link.GREATEST:
        if outputs == 0 or len(model.classes) != outputs:
            yield "classes", f"there must be one for each of the {outputs} outputs"
        if len(set(model.classes)) != len(model.classes):
            yield "classes", "a class is there twice"
    elif outputs != 1:
        yield "function", f"there must be one output, and there are {outputs}"
    elif model.classes:
        yield "classes", f"a {model.kind} has none"


def _calibration_faults(model: Model, calibration: Calibration) -> Iterator[Fault]:
    if model.kind is not ScoreKind.PROBABILITY:
        yield "calibration", f"a {model.kind} is not calibrated"
    if not isinstance(calibration, Isotonic):
        yield from _size_faults((calibration.slope, calibration.offset), "calibration")
        return
    x, y = calibration.x, calibration.y
    yield from _size_faults(y, "calibration.y")
    if not x or len(x) != len(y):
        yield "calibration", "its points must have an x and a y each, and there must be a point"
    if not all(after - before > 1e-50 for before, after in pairwise(x)):
        yield "calibration.x", "the points must be in order, and not one on the other"
    if not all(before <= after for before, after in pairwise((0.0, *y, 1.0))):
        yield "calibration.y", "the probabilities must be in order, between 0 and 1"
