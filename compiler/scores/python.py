"""A model as Python functions, built as syntax trees: as fast as nested ifs written by hand.

    def tree_7(x2, x5):              one function for each tree, of the columns that it reads
        if x5 <= 7.5:
            return 0.25
        return 0.75 if …

    def score(f0, f1, …):            columns, then `0.0 + tree_0(x2, x5) + …`, then the link

A missing column is NaN, of which every comparison is false. So the comparison is written the
way round that sends it where it belongs: `x <= t` where a missing value goes right, and
`x > t`, with the branches changed over, where it goes left.
"""

import ast
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable

from segue.compiler.python.module import (
    Module,
    assign,
    call,
    compare,
    either,
    is_none,
    name,
)
from segue.compiler.scores import numbers
from segue.compiler.scores.model import (
    LEAF,
    Absent,
    Calibration,
    Category,
    Centroids,
    Column,
    Linear,
    Link,
    Model,
    Number,
    Sigmoid,
    Tree,
    Trees,
)
from segue.compiler.scores.reference import bounded, greatest
from segue.compiler.types import FLOATS, Type

Score = int | float | str | None
DEEPEST = 30
"""A branch nested deeper than this in others is a function of its own, for Python's compiler."""


def score_function(model: Model) -> Callable[..., Score]:
    """A function of the values of the features, in representation and order, to the score."""
    module = Module(numbers)
    module.names["nan"] = math.nan
    body = [*_refusal(model), *_columns(model), *_outputs(module, model)]
    results: list[ast.expr] = [name(f"o{i}") for i in range(_width(model))]
    module.names["finish"] = _finish(model)
    body.append(ast.Return(ast.Call(name("finish"), results, [])))
    parameters = [f"f{i}" for i in range(len(model.features))]
    return module.define("score", parameters, body)


def _width(model: Model) -> int:
    match model.function:
        case Trees(start=outputs) | Linear(intercepts=outputs):
            return len(outputs)
        case Centroids(centroids=centroids):
            return len(centroids)


def _finish(model: Model) -> Callable[..., Score]:
    """From the outputs of the function to the score."""
    kind, classes = model.kind, model.classes
    if model.link is Link.GREATEST:
        return lambda *outputs: classes[greatest(outputs)]
    steps: list[Callable[[float], float]] = []
    if model.link is Link.LOGISTIC:
        steps.append(numbers.logistic)
    if model.calibration is not None:
        steps.append(_calibration(model.calibration))

    def finish(output: float) -> Score:
        for step in steps:
            output = step(output)
        return bounded(kind, output)

    return finish


def _calibration(calibration: Calibration) -> Callable[[float], float]:
    if isinstance(calibration, Sigmoid):
        slope, offset = calibration.slope, calibration.offset
        return lambda x: numbers.logistic(slope * x + offset)
    xs, ys, slopes = calibration.x, calibration.y, numbers.slopes(calibration)

    def read_off(x: float) -> float:
        place = bisect_left(xs, x) - 1
        if place < 0:
            return ys[0]
        if place == len(slopes):
            return ys[-1]
        return min(ys[place] + (x - xs[place]) * slopes[place], ys[place + 1])

    return read_off


def _refusal(model: Model) -> Iterable[ast.stmt]:
    """What returns no score where a value is missing that the function needs."""
    if isinstance(model.function, Trees):
        return
    required = dict.fromkeys(
        column.feature
        for column in model.columns
        if isinstance(column, Number) and column.missing is None
    )
    if required:
        tests = (is_none(name(f"f{feature}")) for feature in required)
        yield ast.If(either(*tests), [ast.Return(ast.Constant(None))], [])


def _columns(model: Model) -> Iterable[ast.stmt]:
    """The columns `x0`, `x1`, … as locals."""
    for i, column in enumerate(model.columns):
        type = model.features[column.feature].type
        tree = _column(column, type, name(f"f{column.feature}"))
        if not isinstance(model.function, Trees):
            tree = _standardised(model.function, i, tree, type)
        yield assign(f"x{i}", tree)


def _column(column: Column, type: Type, value: ast.expr) -> ast.expr:
    one, zero = ast.Constant(1.0), ast.Constant(0.0)
    match column:
        case Category():
            same = compare(value, (ast.Eq(), ast.Constant(column.value)))
            return ast.IfExp(same, one, zero)
        case Absent():
            return ast.IfExp(is_none(value), one, zero)
        case Number():
            number = value
            if column.divisor != 1.0:
                number = ast.BinOp(value, ast.Div(), ast.Constant(column.divisor))
            elif type.kind not in FLOATS:
                number = ast.BinOp(value, ast.Add(), zero)  # The quickest way to a double.
            # Whatever its type says: a caller may leave it out.
            missing = name("nan") if column.missing is None else ast.Constant(column.missing)
            return ast.IfExp(is_none(value), missing, number)


def _standardised(function: Linear | Centroids, i: int, tree: ast.expr, type: Type) -> ast.expr:
    # Only doubles can be out of range: all else is within 64 bits.
    if type.kind in FLOATS:
        tree = call("settled", tree)
    centre, scale = function.center[i], function.scale[i]
    if centre != 0.0:
        tree = ast.BinOp(tree, ast.Sub(), ast.Constant(centre))
    return tree if scale == 1.0 else ast.BinOp(tree, ast.Div(), ast.Constant(scale))


def _outputs(module: Module, model: Model) -> Iterable[ast.stmt]:
    """The outputs `o0`, `o1`, … of the function as locals."""
    match model.function:
        case Trees():
            yield from _sum_of_trees(module, model.function)
        case Linear():
            sums = zip(model.function.intercepts, model.function.weights, strict=True)
            for i, (intercept, weights) in enumerate(sums):
                products = (
                    ast.BinOp(ast.Constant(weight), ast.Mult(), name(f"x{place}"))
                    for place, weight in enumerate(weights)
                )
                yield from _sum(f"o{i}", ast.Constant(intercept), products)
        case Centroids():
            for i, centre in enumerate(model.function.centroids):
                yield from _distance(f"o{i}", centre)


def _sum(local: str, start: ast.expr, parts: Iterable[ast.expr]) -> Iterable[ast.stmt]:
    yield assign(local, start)
    for part in parts:
        yield ast.AugAssign(ast.Name(local, ast.Store()), ast.Add(), part)


def _distance(local: str, centre: tuple[float, ...]) -> Iterable[ast.stmt]:
    """Less the square of the distance from a centre."""
    yield assign(local, ast.Constant(0.0))
    for i, place in enumerate(centre):
        yield assign("d", ast.BinOp(name(f"x{i}"), ast.Sub(), ast.Constant(place)))
        square = ast.BinOp(name("d"), ast.Mult(), name("d"))
        yield ast.AugAssign(ast.Name(local, ast.Store()), ast.Add(), square)
    yield assign(local, ast.UnaryOp(ast.USub(), name(local)))


def _sum_of_trees(module: Module, function: Trees) -> Iterable[ast.stmt]:
    outputs = [f"o{i}" for i in range(len(function.start))]
    for local, start in zip(outputs, function.start, strict=True):
        yield assign(local, ast.Constant(start))
    for i, tree in enumerate(function.trees):
        value = _Branches(module, tree, f"tree_{i}").call(0)
        if len(outputs) == 1:
            yield from _added(outputs[0], value)
            continue
        # All outputs of a leaf at once: the tree is walked once.
        yield assign("leaf", value)
        for place, local in enumerate(outputs):
            item = ast.Subscript(name("leaf"), ast.Constant(place), ast.Load())
            yield from _added(local, item)
    if function.divisor != 1.0:
        for local in outputs:
            divided = ast.BinOp(name(local), ast.Div(), ast.Constant(function.divisor))
            yield assign(local, divided)


def _added(local: str, part: ast.expr) -> Iterable[ast.stmt]:
    yield ast.AugAssign(ast.Name(local, ast.Store()), ast.Add(), part)


class _Branches:
    """The functions of one tree: one, or several where it is deep."""

    def __init__(self, module: Module, tree: Tree, title: str) -> None:
        self.module, self.tree, self.title = module, tree, title
        used = {column for column in tree.column if column != LEAF}
        self.columns = [f"x{column}" for column in sorted(used)]
        self.count = 0

    def call(self, node: int) -> ast.expr:
        """The value of the leaf in which a row that is at a node ends."""
        if self.tree.column[node] == LEAF:
            return self._leaf(node)
        title = self.title if self.count == 0 else f"{self.title}_{self.count}"
        self.count += 1
        body = self._walk(node, DEEPEST)
        # Globals of the module, so that the functions find each other.
        self.module.names[title] = self.module.define(title, self.columns, body)
        return call(title, *(name(column) for column in self.columns))

    def _leaf(self, node: int) -> ast.expr:
        values = self.tree.values[node]
        if len(values) == 1:
            return ast.Constant(values[0])
        return ast.Tuple([ast.Constant(value) for value in values], ast.Load())

    def _walk(self, node: int, deepest: int) -> list[ast.stmt]:
        tree = self.tree
        if deepest == 0:
            return [ast.Return(self.call(node))]
        statements: list[ast.stmt] = []
        while tree.column[node] != LEAF:
            left, right = tree.left[node], tree.right[node]
            comparison: ast.cmpop = ast.LtE()
            if tree.missing_left[node]:
                left, right, comparison = right, left, ast.Gt()
            threshold = ast.Constant(tree.threshold[node])
            test = compare(name(f"x{tree.column[node]}"), (comparison, threshold))
            statements.append(ast.If(test, self._walk(left, deepest - 1), []))
            node = right
        statements.append(ast.Return(self._leaf(node)))
        return statements
