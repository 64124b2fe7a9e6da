"""How the trees of a model are walked as lists of nodes, where that is faster than CASE."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from segue.compiler.sql.trees import Tree


class Lists(ABC):
    """The lists of an engine: how they are written, and how all trees are walked at once."""

    @abstractmethod
    def of(self, items: Iterable[Tree]) -> Tree:
        """A list of some values."""

    @abstractmethod
    def literal(self, items: Iterable[int | float]) -> Tree:
        """A list of constants, exactly, as one literal: there may be hundreds of thousands."""

    @abstractmethod
    def walk(self, roots: Iterable[int], depth: int, row: Tree, trees: str) -> Tree:
        """The leaf of each tree in which a row ends that is a list of columns.

        `trees` is the step with the lists of nodes, `feature`, `threshold` and `below`.
        """

    @abstractmethod
    def sum_of_leaves(self, start: Tree, leaves: Tree, values: Tree) -> Tree:
        """A start, and the values of all leaves added to it in order."""
