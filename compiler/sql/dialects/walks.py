"""How the changes of a state are made one after the other: list folding, or recursion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.sql.trees import (
    Tree,
    add,
    column,
    identifier,
    integer,
    multiply,
)

ENTITY_KEY = "entity_key"
AT = "at"
VALUE = "value"
PLACE = "place"
KEEPS = "keeps"
"""1 where a change adds to what was before, 0 where it takes its place."""
POSITION = "position"
STATE = "state"
# Changes of one instant, in order.
ORDER = (AT, PLACE, VALUE)

AddStep = Callable[[str, exp.Query], str]
"""Adds a step to the query, given its title; the name it got."""
Extreme = Callable[[str, Tree, Tree], Tree]
"""`least` or `greatest` of two values."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a state begins, its bounds, and whether any change sets it."""

    start: int
    low: int | None
    high: int | None
    sets: bool

    def moved(self, extreme: Extreme, before: Tree, change: Tree, keeps: Tree) -> Tree:
        """The state after a change."""
        after: Tree = add(multiply(before, keeps) if self.sets else before, change)
        if self.low is not None:
            after = extreme("greatest", after, integer(self.low))
        return after if self.high is None else extreme("least", after, integer(self.high))


def order() -> list[Tree]:
    """The order of the changes of one entity."""
    return [column(name) for name in ORDER]


def recursive(walk: Walk, changes: str, label: str, step: AddStep, extreme: Extreme) -> exp.Query:
    """A row for each entity with its state: all entities go on by one change at a time."""
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(ENTITY_KEY)],
        order=exp.Order(expressions=order()),
    )
    items = [*_columns(ENTITY_KEY, KEEPS, VALUE), _named(number, POSITION)]
    numbered = step("ordered", _select(items, changes))
    first = _select([column(ENTITY_KEY), integer(0), integer(walk.start)], numbered)
    first = first.where(_equal(column(POSITION), integer(1)), copy=False)
    moved = walk.moved(extreme, column(STATE, "w"), column(VALUE, "n"), column(KEEPS, "n"))
    further = _select([column(ENTITY_KEY, "n"), column(POSITION, "n"), moved], "walk", "w")
    next_place = add(column(POSITION, "w"), integer(1))
    further = _joined(further, numbered, POSITION, next_place)
    size = _named(exp.Count(this=exp.Star()), POSITION)
    ends = step("ends", grouped([size], changes))
    last = _select([column(ENTITY_KEY, "w"), _named(column(STATE, "w"), label)], "walk", "w")
    last = _joined(last, ends, POSITION, column(POSITION, "w"))
    return with_recursive(last, "walk", (ENTITY_KEY, POSITION, STATE), first, further)


def _joined(query: exp.Select, other: str, name: str, value: Tree) -> exp.Select:
    """The rows of the walk with those of another step, of the same entity and this value."""
    same = _equal(column(ENTITY_KEY, "n"), column(ENTITY_KEY, "w"))
    both = exp.and_(same, _equal(column(name, "n"), value), copy=False)
    return query.join(_table(other, "n"), on=both, copy=False)


def with_recursive(
    query: exp.Select, name: str, columns: Sequence[str], first: exp.Query, further: exp.Query
) -> exp.Select:
    """A query over what a first query gives, and a further one as often as it gives anything."""
    alias = exp.TableAlias(this=identifier(name), columns=[identifier(c) for c in columns])
    walk = exp.CTE(this=exp.union(first, further, distinct=False, copy=False), alias=alias)
    query.set("with_", exp.With(expressions=[walk], recursive=True))
    return query


def grouped(items: Sequence[Tree], changes: str) -> exp.Select:
    """A select of aggregates over the changes of each entity."""
    query = _select([column(ENTITY_KEY), *items], changes)
    return query.group_by(column(ENTITY_KEY), copy=False)


def _columns(*names: str) -> list[Tree]:
    return [column(name) for name in names]


def _select(items: Sequence[Tree], source: str, alias: str | None = None) -> exp.Select:
    return exp.select(*items, copy=False).from_(_table(source, alias), copy=False)


def _table(name: str, alias: str | None = None) -> exp.Table:
    given = exp.TableAlias(this=identifier(alias)) if alias else None
    return exp.Table(this=identifier(name), alias=given)


def _named(tree: Tree, name: str) -> Tree:
    return exp.alias_(tree, name, quoted=True)


def _equal(left: Tree, right: Tree) -> Tree:
    return exp.EQ(this=left, expression=right)
