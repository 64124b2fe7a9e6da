"""How the changes of a state are made one after the other: by folding a list, by recursion, or
by windows over the running total."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.sql.trees import (
    Tree,
    add,
    case,
    cast,
    coalesce,
    column,
    identifier,
    integer,
    multiply,
    subtract,
)

ENTITY_KEY = "entity_key"
AT = "at"
VALUE = "value"
PLACE = "place"
KEEPS = "keeps"
"""1 where a change adds to what was before, 0 where it takes its place."""
POSITION = "position"
LAST_SET = "last_set"
START = "start"
TOTAL = "total"
LATER = "later"
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
        return self.bounded(extreme, after)

    def bounded(self, extreme: Extreme, value: Tree) -> Tree:
        """A value moved into the bounds."""
        if self.low is not None:
            value = extreme("greatest", value, integer(self.low))
        return value if self.high is None else extreme("least", value, integer(self.high))


def order() -> list[Tree]:
    """The order of the changes of one entity."""
    return [column(name) for name in ORDER]


def reflected(
    walk: Walk, changes: str, label: str, step: AddStep, extreme: Extreme, bigint: str
) -> exp.Query:
    """A row for each entity with its state, by windows alone.

    With `t(i)` the running total of the additions, and bounds `l` and `h`, the state after the
    last of `n` steps `x -> least(h, greatest(l, x + d))` from `x0` is

        t(n) + greatest over i from 0 to n of
                 least(base(i) - t(i), h - the greatest t from i on),   base(0) = x0, else l

    by induction: a step shifts both operands of `least` by `d`, caps them with `h`, and adds the
    term of its own, `l`. (It is the reflection at two barriers of Kruk, Lehoczky, Ramanan and
    Shreve, 2007, for a walk of jumps.) What is before the last change that sets the state does
    not matter: the walk begins there.
    """
    name = step("ordered", _from_last_set(walk, changes, step))
    if walk.low is not None or walk.high is not None:
        total = _window(exp.Sum(this=column(VALUE)), ("UNBOUNDED PRECEDING", "CURRENT ROW"))
        items = [*_carried(walk), _named(total, TOTAL), column(VALUE)]
        name = step("totals", _select(items, name))
    if walk.low is not None and walk.high is not None:
        later = _window(exp.Max(this=column(TOTAL)), ("CURRENT ROW", "UNBOUNDED FOLLOWING"))
        items = [*_carried(walk), column(TOTAL), column(VALUE), _named(later, LATER)]
        name = step("later", _select(items, name))
    start: Tree = integer(walk.start)
    if walk.sets:
        start = coalesce(exp.Max(this=walk.bounded(extreme, column(START))), start)
    end = add(exp.Sum(this=column(VALUE)), _reflection(walk, start, extreme))
    return grouped([_named(cast(end, bigint), label)], name)


def _from_last_set(walk: Walk, changes: str, step: AddStep) -> exp.Select:
    """The changes in order, from the last one that sets the state; that one adds nothing."""
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(ENTITY_KEY)],
        order=exp.Order(expressions=order()),
    )
    if not walk.sets:
        return _select([column(ENTITY_KEY), _named(number, POSITION), column(VALUE)], changes)
    items = [*_columns(ENTITY_KEY, KEEPS, VALUE), _named(number, POSITION)]
    numbered = step("numbered", _select(items, changes))
    sets = exp.EQ(this=column(KEEPS), expression=integer(0))
    last = exp.Window(
        this=exp.Max(this=case((sets, column(POSITION)))), partition_by=[column(ENTITY_KEY)]
    )
    found = step("sets", _select([exp.Star(), _named(last, LAST_SET)], numbered))
    here = exp.EQ(this=column(POSITION), expression=column(LAST_SET))
    items = [
        *_columns(ENTITY_KEY, POSITION),
        _named(case((here, column(VALUE))), START),
        _named(case((here.copy(), integer(0)), default=column(VALUE)), VALUE),
    ]
    since = exp.GTE(this=column(POSITION), expression=coalesce(column(LAST_SET), integer(1)))
    return _select(items, found).where(since, copy=False)


def _reflection(walk: Walk, start: Tree, extreme: Extreme) -> Tree:
    """What the bounds make of the total."""
    total = column(TOTAL)
    below = None if walk.low is None else subtract(integer(walk.low), total)
    if walk.high is None:
        return start if below is None else extreme("greatest", start, exp.Max(this=below))
    above = exp.Min(this=subtract(integer(walk.high), total.copy()))
    first = extreme("least", start, above)
    if below is None:
        return first
    room = subtract(integer(walk.high), column(LATER))
    return extreme("greatest", first, exp.Max(this=extreme("least", below, room)))


def _window(function: Tree, frame: tuple[str, str]) -> Tree:
    """A function over some of the changes of one entity."""
    (start, *start_side), (end, *end_side) = (
        [edge] if edge == "CURRENT ROW" else edge.split() for edge in frame
    )
    return exp.Window(
        this=function,
        partition_by=[column(ENTITY_KEY)],
        order=exp.Order(expressions=[column(POSITION)]),
        spec=exp.WindowSpec(
            kind="ROWS",
            start=start,
            start_side=start_side[0] if start_side else None,
            end=end,
            end_side=end_side[0] if end_side else None,
        ),
    )


def _carried(walk: Walk) -> list[Tree]:
    return _columns(ENTITY_KEY, POSITION, *((START,) if walk.sets else ()))


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


def _select(items: Sequence[Tree], source: str) -> exp.Select:
    return exp.select(*items, copy=False).from_(exp.Table(this=identifier(source)), copy=False)


def _named(tree: Tree, name: str) -> Tree:
    return exp.alias_(tree, name, quoted=True)
