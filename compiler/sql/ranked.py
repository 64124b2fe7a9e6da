"""Aggregates that put rows in order before they fold them: last events, modes, first and last
values where an engine cannot pick them while grouping."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.nodes import Kernel
from segue.compiler.sql.dialects.folds import Folds, Spelling
from segue.compiler.sql.rows import ENTITY_KEY
from segue.compiler.sql.trees import Tree, coalesce, column, identifier, integer, not_null
from segue.compiler.types import Type

POSITION = "position"
AT = "at"
IF = "if"
VALUE = "value"
FIRST_VALUE = "value_0"
ID = "event_id"
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
    return value


def descending(value: Tree) -> Tree:
    """Greatest first."""
    return exp.Ordered(this=value, desc=True, nulls_first=False)


@dataclass(frozen=True, slots=True)
class Picked:
    """Rows of a step, of which those count where `only` is true and there is a value."""

    step: Step
    only: Tree | None

    @property
    def conditions(self) -> list[Tree]:
        """What is true of the rows that count."""
        present = not_null(column(FIRST_VALUE))
        return [present] if self.only is None else [present, self.only.copy()]


def latest(step: Step, count: int) -> exp.Select:
    """The last rows of each entity; of several at one instant, those with the greatest ids."""
    order = [descending(column(AT)), descending(column(ID))]
    place = exp.alias_(position(column(ENTITY_KEY), order), POSITION, quoted=True)
    query = exp.select(exp.Star(), place, copy=False).from_(step.table)
    numbered = exp.Subquery(this=query, alias=exp.TableAlias(this=identifier("numbered")))
    last = exp.LTE(this=column(POSITION), expression=integer(count))
    return exp.select(exp.Star(), copy=False).from_(numbered).where(last, copy=False)


def fold_rows(step: Step, spelling: Spelling) -> exp.Select:
    """Folds over the rows of a step."""
    items = [exp.alias_(tree, name, quoted=True) for name, tree in spelling.items.items()]
    query = exp.select(column(ENTITY_KEY), *items, copy=False).from_(step.table)
    return query.group_by(column(ENTITY_KEY), copy=False)


def weights(picked: Picked, dialect: Folds, type: Type, *, weighted: bool) -> exp.Select:
    """How much weight each value of each entity has, the values ready to be put in order."""
    total: Tree = exp.Count(this=exp.Star())
    if weighted:
        total = exp.Sum(this=coalesce(column(WEIGHT), integer(0)))
    value = dialect.distinct_value(column(FIRST_VALUE), type)
    return (
        exp.select(
            column(ENTITY_KEY),
            exp.alias_(value, VALUE, quoted=True),
            exp.alias_(total, WEIGHT, quoted=True),
            copy=False,
        )
        .from_(picked.step.table)
        .where(*picked.conditions, copy=False)
        .group_by(column(ENTITY_KEY), value.copy(), copy=False)
    )


def heaviest(step: Step) -> exp.Select:
    """Values in order of weight, then of size."""
    order = [descending(column(WEIGHT)), ascending(column(VALUE))]
    return _ordered(step, VALUE, order)


def by_time(picked: Picked, dialect: Folds, type: Type, kernel: Kernel) -> exp.Select:
    """Values in order of time, then of size: from the end for `LAST`."""
    direction = descending if kernel is Kernel.LAST else ascending
    value = dialect.ordered_value(column(FIRST_VALUE), type)
    query = _ordered(picked.step, FIRST_VALUE, [direction(column(AT)), direction(value)])
    return query.where(*picked.conditions, copy=False)


def _ordered(step: Step, value: str, order: Sequence[Tree]) -> exp.Select:
    place = exp.alias_(position(column(ENTITY_KEY), order), POSITION, quoted=True)
    named = exp.alias_(column(value), VALUE, quoted=True)
    return exp.select(column(ENTITY_KEY), named, place, copy=False).from_(step.table)


def first_of(step: Step, name: str) -> exp.Select:
    """The first row of each entity."""
    value = exp.alias_(column(VALUE), name, quoted=True)
    only = exp.EQ(this=column(POSITION), expression=integer(1))
    return exp.select(column(ENTITY_KEY), value, copy=False).from_(step.table).where(only)
