"""How the folds of one scan are spelled: the stage a dialect overrides to be faster."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from segue.compiler.plan.nodes import Kernel
from segue.compiler.plan.windows import Bounds
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    case,
    cast,
    coalesce,
    column,
    identifier,
    integer,
    not_null,
)
from segue.compiler.types import Type


@dataclass(frozen=True, slots=True)
class Fold:
    """One aggregate of a scan, its operands lowered to the row.

    A row counts when all of `where` and all of `window` hold (`window` is empty when the scan
    itself has no other rows). `finish` turns the folded value into its representation. Folds
    with equal `rows` count the same rows, windows apart.
    """

    name: str
    kernel: Kernel
    where: tuple[Tree, ...]
    window: tuple[Tree, ...]
    covered: Bounds
    rows: Hashable
    value: Tree | None
    type: Type
    time: Tree
    value_is_time: bool
    finish: Callable[[Tree], Tree]

    @property
    def conditions(self) -> list[Tree]:
        """Everything that must hold for a row to count, ready to be used once more."""
        return [condition.copy() for condition in (*self.window, *self.where)]


@dataclass(frozen=True, slots=True)
class Spelling:
    """Columns of a scan, and each fold's result as an expression over them."""

    items: dict[str, Tree]
    results: dict[str, Tree]


class Folds(ABC):
    """Conditional aggregates, one by one: `SUM(CASE WHEN … THEN … END)`."""

    bigint: ClassVar[str]
    inline_latest: ClassVar[bool] = False
    """Whether `latest` can pick the first or last value inside a GROUP BY."""

    def spell(self, folds: Sequence[Fold], scan: str) -> Spelling:
        """The select items of a scan, and the results read from its row."""
        spelling = Spelling({}, {})
        for fold in folds:
            spelling.items[fold.name] = self.spell_one(fold)
            spelling.results[fold.name] = self.result(fold, column(fold.name, scan))
        return spelling

    def spell_one(self, fold: Fold) -> Tree:
        """One fold as one aggregate."""
        match fold.kernel:
            case Kernel.COUNT:
                return self.conditional(exp.Count, fold.conditions, fold.value or integer(1))
            case Kernel.DISTINCT:
                assert fold.value is not None
                value = self.distinct_value(fold.value, fold.type)
                return self.conditional(exp.Count, fold.conditions, value, distinct=True)
            case Kernel.SUM:
                assert fold.value is not None
                return self.conditional(exp.Sum, fold.conditions, fold.value)
            case Kernel.MIN | Kernel.MAX:
                return self.extreme_of(fold, fold.kernel is Kernel.MAX)
            case Kernel.FIRST | Kernel.LAST:
                if fold.value_is_time:
                    return self.extreme_of(fold, fold.kernel is Kernel.LAST)
                return self.latest(fold)
            case Kernel.MODE | Kernel.COLLECT:
                raise ValueError(f"a {fold.kernel} needs a query of its own")

    def extreme_of(self, fold: Fold, greatest: bool) -> Tree:
        """`MIN` or `MAX`."""
        assert fold.value is not None
        value = self.ordered_value(fold.value, fold.type)
        return self.conditional(exp.Max if greatest else exp.Min, fold.conditions, value)

    def latest(self, fold: Fold) -> Tree:
        """The value at the greatest (time, value), or the smallest for `FIRST`.

        Only engines that are `inline_latest` are asked; the others rank rows in a step of its own.
        """
        raise AssertionError(self)

    @abstractmethod
    def ordered_value(self, value: Tree, type: Type) -> Tree:
        """A value to be sorted or grouped by."""

    def unordered(self, value: Tree, type: Type) -> Tree:
        """A value again, of what `ordered_value` made of it."""
        return value

    def distinct_value(self, value: Tree, type: Type) -> Tree:
        """A value such that equal ones are the same to GROUP BY and DISTINCT."""
        return self.ordered_value(value, type)

    def conditional(
        self,
        function: Callable[..., Tree],
        conditions: list[Tree],
        value: Tree,
        *,
        distinct: bool = False,
    ) -> Tree:
        """An aggregate of a value over the rows where all conditions hold."""
        condition = all_of(conditions)
        chosen = value if condition is None else case((condition, value))
        if condition is None and function is exp.Count and not distinct and is_one(value):
            return exp.Count(this=exp.Star())
        return function(this=exp.Distinct(expressions=[chosen]) if distinct else chosen)

    def result(self, fold: Fold, folded: Tree) -> Tree:
        """A fold's value for an entity, which may have no row in the scan."""
        match fold.kernel:
            case Kernel.COUNT | Kernel.DISTINCT:
                return coalesce(self.counted(folded), integer(0))
            case Kernel.SUM:
                return coalesce(cast(folded, self.bigint), integer(0))
            case Kernel.MIN | Kernel.MAX:
                return fold.finish(self.unordered(folded, fold.type))
            case _:
                return fold.finish(folded)

    def counted(self, count: Tree) -> Tree:
        """A count of rows, or a place among them, as a whole number with a sign."""
        return count

    def present(self, value: Tree) -> Tree:
        """Whether a value is there."""
        return not_null(value.copy())


def select_members(name: Tree, key: str, inner: exp.Select, truth: Tree) -> exp.Select:
    """The names and keys of the rows of a query that are true."""
    rows = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier("flags_of_all")))
    items = [exp.alias_(name, "segment", quoted=True), column(key)]
    return exp.select(*items, copy=False).from_(rows, copy=False).where(truth, copy=False)


def is_one(value: Tree) -> bool:
    """Whether a value is the literal 1."""
    return isinstance(value, exp.Literal) and value.this == "1" and not value.is_string
