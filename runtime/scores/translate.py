"""From what scikit-learn has fitted to the function of a model, in the order in which it adds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.model import LEAF, Centroids, Function, Linear, Link, Tree, Trees
from segue.runtime.scores.thresholds import exact_thresholds

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

Scaling = tuple[tuple[float, ...], tuple[float, ...]]
"""The centre and the scale of each column."""

TINY = 1e-100
"""What is smaller is 0 in a model: some engines refuse a product that leaves the doubles."""


def function_of(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    """The function of a fitted estimator, with the outputs that the estimator itself has."""
    return TRANSLATIONS[type(fitted).__name__](fitted, columns, scaling)


def as_probability(function: Function) -> tuple[Function, Link]:
    """The probability of the second of two classes, as one output and what becomes of it."""
    if isinstance(function, Trees) and len(function.start) == 2:
        return _reshaped(function, lambda values: values[1:]), Link.IDENTITY
    return function, Link.LOGISTIC


def as_classes(fitted: Any, function: Function) -> tuple[Function, tuple[str, ...]]:
    """One output for each class, and the classes in their order.

    Of two classes, an estimator may say the odds of the second alone: the first has 0 then. At
    even odds scikit-learn takes the first, and of gradient boosting the second.
    """
    classes = tuple(str(name) for name in fitted.classes_)
    if isinstance(function, Linear) and len(function.intercepts) == 1:
        none = (0.0,) * len(function.center)
        intercepts, weights = (0.0, *function.intercepts), (none, *function.weights)
        return Linear(function.center, function.scale, intercepts, weights), classes
    if isinstance(function, Trees) and len(function.start) == 1:
        if type(fitted).__name__ == "GradientBoostingClassifier":
            return _reshaped(function, lambda values: (*values, 0.0)), classes[::-1]
        return _reshaped(function, lambda values: (0.0, *values)), classes
    return function, classes


Values = tuple[float, ...]


def _reshaped(function: Trees, change: Callable[[Values], Values]) -> Trees:
    """The trees with other outputs, made from those of each leaf."""
    trees = (
        replace(tree, values=tuple(change(values) if values else () for values in tree.values))
        for tree in function.trees
    )
    return Trees(change(function.start), tuple(trees), function.divisor)


def _forest(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    trees = tuple(_tree(grown.tree_, grown.tree_.value[:, 0, :]) for grown in fitted.estimators_)
    outputs = fitted.estimators_[0].tree_.value.shape[2]
    return Trees((0.0,) * outputs, trees, float(len(trees)))


def _boosting(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    import numpy

    start = fitted._raw_predict_init(numpy.zeros((1, columns)))[0]
    rate, outputs = fitted.learning_rate, len(start)
    trees = [
        _tree(grown.tree_, _spread(rate * grown.tree_.value[:, 0, 0], place, outputs))
        for row in fitted.estimators_
        for place, grown in enumerate(row)
    ]
    return Trees(_floats(start), tuple(trees))


def _histogram_boosting(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    start = fitted._baseline_prediction.ravel()
    trees = [
        _histogram_tree(predictor.nodes, place, len(start))
        for row in fitted._predictors
        for place, predictor in enumerate(row)
    ]
    return Trees(_floats(start), tuple(trees))


def _linear(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    import numpy

    assert scaling is not None
    weights = numpy.atleast_2d(fitted.coef_)
    intercepts = numpy.atleast_1d(fitted.intercept_)
    return Linear(*scaling, _floats(intercepts), tuple(_floats(row) for row in weights))


def _kmeans(fitted: Any, columns: int, scaling: Scaling | None) -> Function:
    assert scaling is not None
    return Centroids(*scaling, tuple(_floats(row) for row in fitted.cluster_centers_))


def _tree(grown: Any, values: "Array") -> Tree:
    """A tree of the module `sklearn.tree`; `values` has a row for each node."""
    is_leaf = grown.children_left == -1
    return _made(
        is_leaf,
        grown.feature,
        exact_thresholds(grown.threshold),
        grown.children_left,
        grown.children_right,
        grown.missing_go_to_left,
        values,
        grown.weighted_n_node_samples,
    )


def _histogram_tree(nodes: "Array", place: int, outputs: int) -> Tree:
    """A tree of the histogram gradient boosting, which compares doubles."""
    import numpy

    greatest = numpy.finfo(numpy.float64).max
    return _made(
        nodes["is_leaf"] == 1,
        nodes["feature_idx"],
        numpy.clip(nodes["num_threshold"], -greatest, greatest),
        nodes["left"],
        nodes["right"],
        nodes["missing_go_to_left"],
        _spread(nodes["value"], place, outputs),
        nodes["count"],
    )


def _made(
    is_leaf: "Array",
    column: "Array",
    threshold: "Array",
    left: "Array",
    right: "Array",
    missing_left: "Array",
    values: "Array",
    rows: "Array",
) -> Tree:
    import numpy

    inner = ~is_leaf
    return Tree(
        tuple(numpy.where(is_leaf, LEAF, column).tolist()),
        tuple(numpy.where(is_leaf, 0.0, threshold).tolist()),
        tuple((left * inner).tolist()),
        tuple((right * inner).tolist()),
        tuple((missing_left.astype(bool) & inner).tolist()),
        tuple(
            _floats(row) if leaf else () for row, leaf in zip(values, is_leaf.tolist(), strict=True)
        ),
        tuple(rows.astype(int).tolist()),
    )


def _spread(values: "Array", place: int, outputs: int) -> "Array":
    """The values of a tree that speaks of one of several outputs, and adds 0 to the others."""
    import numpy

    spread = numpy.zeros((len(values), outputs))
    spread[:, place] = values
    return spread


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(0.0 if abs(value) < TINY else float(value) for value in values)


TRANSLATIONS: Mapping[str, Callable[[Any, int, Scaling | None], Function]] = {
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "GradientBoostingClassifier": _boosting,
    "GradientBoostingRegressor": _boosting,
    "HistGradientBoostingClassifier": _histogram_boosting,
    "HistGradientBoostingRegressor": _histogram_boosting,
    "LogisticRegression": _linear,
    "Ridge": _linear,
    "LinearRegression": _linear,
    "KMeans": _kmeans,
}
