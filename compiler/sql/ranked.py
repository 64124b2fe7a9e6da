"""Aggregates that put rows in order before they fold them: last events, modes, first and last
values where an engine cannot pick them while grouping."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.nodes import Kernel
from segue.compiler.sql.dialects.folds import Folds, Spelling
from segue.compiler.sql.rows import ENTITY_KEY
from segue.compiler.sql.trees import Tree, all_of, coalesce, column, identifier, integer, not_null
from segue.compiler.types import Type

POSITION = "position"
AT = "at"
VALUE = "value"
WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the query to read from, by name."""

    name: str

    @property
    def table(self) -> exp.Table:
        """What stands after FROM."""
        return exp.Table(this=identifier(self.name))


def position(partition: Tree, order: Sequence[Tree]) -> Tree:
    """`ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`."""
    return exp.Window(
        this=exp.RowNumber(), partition_by=[partition], order=exp.Order(expressions=list(order))
    )


def ascending(value: Tree) -> Tree:
    """Smallest first; there are no missing values where this is used."""
    return exp.Ordered(this=value, desc=False, nulls_first=True)


def descending(value: Tree) -> Tree:
    """Greatest first."""
    return exp.Ordered(this=value, desc=True, nulls_first=False)


def fold_rows(step: Step, limit: int | None, spelling: Spelling) -> exp.Select:
    """Folds over the rows of a step, of which the first `limit` count."""
    items = [exp.alias_(tree, name, quoted=True) for name, tree in spelling.items.items()]
    query = exp.select(column(ENTITY_KEY), *items, copy=False).from_(step.table)
    if limit is not None:
        query = query.where(_among(limit), copy=False)
    return query.group_by(column(ENTITY_KEY), copy=False)


def weights(
    step: Step, limit: int | None, dialect: Folds, type: Type, *, weighted: bool
) -> exp.Select:
    """How much weight each value of each entity has."""
    total: Tree = exp.Count(this=exp.Star())
    if weighted:
        total = exp.Sum(this=coalesce(column(WEIGHT), integer(0)))
    value = dialect.distinct_value(column(VALUE), type)
    conditions = [not_null(column(VALUE))] + ([] if limit is None else [_among(limit)])
    condition = all_of(conditions)
    return (
        exp.select(
            column(ENTITY_KEY),
            exp.alias_(value, VALUE, quoted=True),
            exp.alias_(total, WEIGHT, quoted=True),
            copy=False,
        )
        .from_(step.table)
        .where(condition, copy=False)
        .group_by(column(ENTITY_KEY), value.copy(), copy=False)
    )


def heaviest(step: Step, dialect: Folds, type: Type) -> exp.Select:
    """Values in order of weight, then of size."""
    value = dialect.ordered_value(column(VALUE), type)
    order = [descending(column(WEIGHT)), ascending(value)]
    return _ordered(step, order)


def by_time(
    step: Step, limit: int | None, dialect: Folds, type: Type, kernel: Kernel
) -> exp.Select:
    """Values in order of time, then of size: from the end for `LAST`."""
    direction = descending if kernel is Kernel.LAST else ascending
    value = dialect.ordered_value(column(VALUE), type)
    query = _ordered(step, [direction(column(AT)), direction(value)])
    query = query.where(not_null(column(VALUE)), copy=False)
    return query if limit is None else query.where(_among(limit), copy=False)


def _ordered(step: Step, order: Sequence[Tree]) -> exp.Select:
    place = exp.alias_(position(column(ENTITY_KEY), order), POSITION, quoted=True)
    return exp.select(column(ENTITY_KEY), column(VALUE), place, copy=False).from_(step.table)


def first_of(step: Step, name: str) -> exp.Select:
    """The first row of each entity."""
    value = exp.alias_(column(VALUE), name, quoted=True)
    only = exp.EQ(this=column(POSITION), expression=integer(1))
    return exp.select(column(ENTITY_KEY), value, copy=False).from_(step.table).where(only)


def _among(limit: int) -> Tree:
    return exp.LTE(this=column(POSITION), expression=integer(limit))
