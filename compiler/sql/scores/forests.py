"""Trees in SQL, in two ways: as nested CASE, and as lists of nodes that are walked.

An engine that computes row by row takes the branch that a row takes, and nothing is faster than
CASE. One that computes column by column pays for every branch in every batch of rows, and has to
keep a column for each: there the trees are lists, and one step goes down one level of all trees.

A node is a place in the lists, counted from 1. A leaf leads to itself: its threshold is infinite,
so that a row which has arrived stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from segue.compiler.scores.model import LEAF, Tree, Trees
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.trees import Tree as Sql
from segue.compiler.sql.trees import bracket, case, column, is_null


def count_nodes(function: Trees) -> int:
    """How many nodes all trees have together."""
    return sum(len(tree.column) for tree in function.trees)


@dataclass(frozen=True)
class Cases:
    """The trees of a model as CASE over columns, by name and by whether they may be missing."""

    dialect: Dialect
    columns: Mapping[str, bool]

    def tree(self, tree: Tree, output: int) -> Sql:
        """One output of one tree."""
        sizes = _sizes(tree)

        def branch(node: int, inside: bool) -> Sql:
            # The larger side of a question goes on in the same CASE, so that these are nested no
            # deeper than the logarithm of the nodes: engines do not read deep expressions.
            branches: list[tuple[Sql, Sql]] = []
            while tree.column[node] != LEAF:
                left, right = tree.left[node], tree.right[node]
                goes_on, other = (right, left) if sizes[left] <= sizes[right] else (left, right)
                branches.append((self._test(tree, node, other == left), branch(other, True)))
                node = goes_on
            value = tree.values[node][output]
            if not branches and inside:
                # A branch of a CASE that has a double to go by.
                return self.dialect.compared_float(value)
            leaf = self.dialect.float_literal(value)
            return case(*branches, default=leaf) if branches else leaf

        return branch(0, False)

    def _test(self, tree: Tree, node: int, left: bool) -> Sql:
        """Whether a row goes to the left, or to the right, at a node; unknown is no."""
        # One object for all uses of a column: there are thousands.
        read, missing = self._trees[tree.column[node]]
        threshold = self.dialect.compared_float(tree.threshold[node])
        comparison = exp.LTE if left else exp.GT
        test: Sql = comparison(this=read, expression=threshold)
        if missing and left == tree.missing_left[node]:
            return exp.Or(this=test, expression=is_null(read))
        return test

    @cached_property
    def _trees(self) -> list[tuple[Sql, bool]]:
        return [(column(name), missing) for name, missing in self.columns.items()]

    def added(self, total: Sql, trees: Sequence[Tree], output: int) -> Sql:
        """A sum with some trees added to it, one after the other."""
        for tree in trees:
            total = exp.Add(this=total, expression=bracket(self.tree(tree, output)))
        return total


def _sizes(tree: Tree) -> list[int]:
    """How many nodes are at and below each; children come after their parents."""
    sizes = [1] * len(tree.column)
    for node in reversed(range(len(tree.column))):
        if tree.column[node] != LEAF:
            sizes[node] += sizes[tree.left[node]] + sizes[tree.right[node]]
    return sizes


@dataclass(frozen=True, slots=True)
class Read:
    """A column as a node reads it: a missing one is beyond all thresholds, on the side on which
    it belongs."""

    column: int
    missing_left: bool


@dataclass(frozen=True, slots=True)
class NodeLists:
    """All trees of a model as lists, an item for each node.

    `reads` are the columns that nodes read, `feature` the place of each node's among them;
    `below` is the place of the left child, that of the right one follows. `values` has a list
    for each output. `roots` are the places of the trees.
    """

    reads: tuple[Read, ...]
    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    below: tuple[int, ...]
    values: tuple[tuple[float, ...], ...]
    depth: int


def node_lists(function: Trees) -> NodeLists:
    """The lists of a model; all places count from 1."""
    reads: dict[Read, int] = {}
    roots: list[int] = []
    feature: list[int] = []
    threshold: list[float] = []
    below: list[int] = []
    values: list[tuple[float, ...]] = []
    depth = 0
    nothing = (0.0,) * len(function.start)
    for tree in function.trees:
        base = len(feature) + 1
        roots.append(base)
        # Level by level, so that the children of a node stand side by side.
        order, level = [0], {0: 0}
        for place, node in enumerate(order, start=base):
            if tree.column[node] == LEAF:
                feature.append(1)
                threshold.append(float("inf"))
                below.append(place)
                values.append(tree.values[node])
                continue
            read = Read(tree.column[node], tree.missing_left[node])
            feature.append(reads.setdefault(read, len(reads) + 1))
            threshold.append(tree.threshold[node])
            below.append(base + len(order))
            values.append(nothing)
            for child in (tree.left[node], tree.right[node]):
                order.append(child)
                level[child] = level[node] + 1
        depth = max(depth, *level.values())
    lists = tuple(tuple(value[i] for value in values) for i in range(len(function.start)))
    return NodeLists(
        tuple(reads),
        tuple(roots),
        tuple(feature),
        tuple(threshold),
        tuple(below),
        lists,
        depth,
    )
