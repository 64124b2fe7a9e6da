"""A model as a function of many rows, as fast as scikit-learn is.

Its trees are walked by the compiled code of scikit-learn, rebuilt from the plain arrays of the
model: data of ours goes in, and nothing is unpickled. That code has no public door, so what it
says is compared with `segue.runtime.scores.compute` on the first rows that it meets; where
another version of it says something else, or cannot be had, numpy walks the trees instead.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.model import LEAF, Model, Tree, Trees
from segue.runtime.refusal import Refusal
from segue.runtime.scores.columns import matrix
from segue.runtime.scores.compute import outputs_of, scores_of, tree_values
from segue.runtime.scores.extra import library
from segue.runtime.scores.thresholds import are_rounded

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

BLOCK = 16_384
"""How many rows are computed at once: their columns stay in the cache of a core."""
CHECKED = 32

Walk = Callable[["Array"], "Array"]
"""From rows of doubles to the sum of all trees, an output a column."""


@dataclass
class Machine:
    """Computes one model. The scores are to the bit those of every other backend."""

    model: Model
    _walk: Walk | None = field(init=False)
    _is_checked: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._walk = _walk_of(self.model)

    @property
    def is_compiled(self) -> bool:
        """Whether compiled code walks the trees."""
        return self._walk is not None

    def scores(self, values: Sequence["Array"]) -> "Array":
        """The scores of rows whose features are `values`, as a `TrainingSet` has them."""
        import numpy

        rows = len(values[0]) if values else 0
        starts = range(0, rows, BLOCK)
        blocks = [tuple(column[start : start + BLOCK] for column in values) for start in starts]
        if not blocks:
            return scores_of(self.model, numpy.empty((0, 1)))[:0]
        # The first one alone: it settles how the others are computed.
        found = [self._block(blocks[0])]
        with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1)) as threads:
            found += threads.map(self._block, blocks[1:])
        return numpy.concatenate(found)

    def _block(self, values: tuple["Array", ...]) -> "Array":
        return scores_of(self.model, self._outputs(matrix(self.model.columns, values)))

    def _outputs(self, inputs: "Array") -> "Array":
        if self._walk is None:
            return outputs_of(self.model, inputs)
        if not self._is_checked:
            self._check(inputs[:CHECKED])
        if self._walk is None:
            return outputs_of(self.model, inputs)
        return self._walk(inputs)

    def _check(self, inputs: "Array") -> None:
        assert self._walk is not None
        try:
            fits = bool((self._walk(inputs) == outputs_of(self.model, inputs)).all())
        except Exception:
            # Whatever another version makes of our arrays, numpy can do without it.
            fits = False
        if not fits:
            self._walk = None
        self._is_checked = True


def _walk_of(model: Model) -> Walk | None:
    """The compiled walk of a model's trees; None where there is none."""
    import numpy

    if not isinstance(model.function, Trees) or not model.function.trees or not model.columns:
        return None
    thresholds = numpy.array(
        [
            threshold
            for tree in model.function.trees
            for threshold, column in zip(tree.threshold, tree.column, strict=True)
            if column != LEAF
        ]
    )
    make = _rounding_walk if are_rounded(thresholds) else _exact_walk
    try:
        return make(model, model.function)
    except (Refusal, AttributeError, KeyError, TypeError, ValueError):
        return None


def _rounding_walk(model: Model, function: Trees) -> Walk:
    """By the trees of forests, which round what they read to 32 bits."""
    import numpy

    module = library("sklearn.tree")
    stump = module.DecisionTreeRegressor().fit([[0.0], [1.0]], [0.0, 1.0]).tree_
    made, like = type(stump), stump.__getstate__()["nodes"].dtype
    outputs = len(function.start)
    trees = []
    for tree in function.trees:
        rebuilt = made(len(model.columns), numpy.array([outputs], dtype=numpy.intp), 1)
        rebuilt.__setstate__(
            {
                "max_depth": 0,
                "node_count": len(tree.column),
                "nodes": _nodes(tree, like),
                "values": tree_values(tree)[:, None, :],
            }
        )
        trees.append(rebuilt)
    add = _added(trees)
    add_present = _added_in_place(trees) if outputs == 1 else add

    def walk(inputs: "Array") -> "Array":
        # What is too large becomes infinity here, and is computed in another way below.
        with numpy.errstate(over="ignore"):
            rounded = numpy.ascontiguousarray(inputs, dtype=numpy.float32)
        sums = numpy.tile(numpy.array(function.start), (len(rounded), 1))
        (add if numpy.isnan(rounded).any() else add_present)(rounded, sums)
        if function.divisor != 1.0:
            sums /= function.divisor
        huge = numpy.isinf(rounded).any(axis=1)
        if huge.any():
            sums[huge] = outputs_of(model, inputs[huge])
        return sums

    return walk


Add = Callable[["Array", "Array"], None]
"""Adds the values of all trees, one after the other, for rows of 32-bit floats to their sums."""


def _added(trees: Sequence[Any]) -> Add:
    def add(rows: "Array", sums: "Array") -> None:
        for tree in trees:
            sums += tree.predict(rows)

    return add


def _added_in_place(trees: Sequence[Any]) -> Add:
    """By the loop of gradient boosting, where nothing is missing.

    It multiplies each value by a scale, which is 1 here.
    """
    import numpy

    stages = library("sklearn.ensemble._gradient_boosting").predict_stages
    shells = numpy.empty((len(trees), 1), dtype=object)
    shells[:, 0] = [SimpleNamespace(tree_=tree) for tree in trees]

    def add(rows: "Array", sums: "Array") -> None:
        stages(shells, rows, 1.0, sums)

    return add


def _nodes(tree: Tree, like: Any) -> "Array":
    import numpy

    is_leaf = numpy.array(tree.column) == LEAF
    nodes = numpy.zeros(len(tree.column), dtype=like)
    nodes["left_child"] = numpy.where(is_leaf, -1, tree.left)
    nodes["right_child"] = numpy.where(is_leaf, -1, tree.right)
    nodes["feature"] = numpy.where(is_leaf, -2, tree.column)
    nodes["threshold"] = tree.threshold
    nodes["missing_go_to_left"] = tree.missing_left
    nodes["n_node_samples"] = 1
    nodes["weighted_n_node_samples"] = 1.0
    return nodes


def _exact_walk(model: Model, function: Trees) -> Walk:
    """By the trees of the histogram gradient boosting, which read doubles."""
    import numpy

    package = "sklearn.ensemble._hist_gradient_boosting"
    predictor = library(f"{package}.predictor").TreePredictor
    like = library(f"{package}.common").PREDICTOR_RECORD_DTYPE
    no_categories = numpy.zeros((0, 8), dtype=numpy.uint32)
    places = numpy.zeros(len(model.columns), dtype=numpy.uint32)
    parts: list[list[tuple[int, Any]]] = []
    for tree in function.trees:
        values = tree_values(tree)
        used = [place for place in range(values.shape[1]) if values[:, place].any()]
        parts.append(
            [
                (
                    place,
                    predictor(
                        _exact_nodes(tree, values[:, place], like), no_categories, no_categories
                    ),
                )
                for place in used
            ]
        )

    def walk(inputs: "Array") -> "Array":
        rows = numpy.ascontiguousarray(inputs, dtype=numpy.float64)
        sums = numpy.tile(numpy.array(function.start), (len(rows), 1))
        for part in parts:
            for place, tree in part:
                sums[:, place] += tree.predict(rows, no_categories, places, 1)
        made: Array = sums if function.divisor == 1.0 else sums / function.divisor
        return made

    return walk


def _exact_nodes(tree: Tree, values: "Array", like: Any) -> "Array":
    import numpy

    is_leaf = numpy.array(tree.column) == LEAF
    nodes = numpy.zeros(len(tree.column), dtype=like)
    nodes["value"] = values
    nodes["feature_idx"] = numpy.where(is_leaf, 0, tree.column)
    nodes["num_threshold"] = tree.threshold
    nodes["missing_go_to_left"] = tree.missing_left
    nodes["left"] = tree.left
    nodes["right"] = tree.right
    nodes["is_leaf"] = is_leaf
    return nodes
