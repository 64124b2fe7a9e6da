"""Finds the entities whose values make an engine stop: a number too large, a text that is none.

An engine says what is wrong and not with whom. So the query is asked of half of the entities
and their events, of the other half, and so on, which takes about two more runs for each one
found. Nothing is written meanwhile.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.rows import key_column, table
from segue.compiler.sql.statements import compile_flags
from segue.compiler.sql.trees import Tree, column, integer, is_null, string
from segue.runtime.membership.outcome import Failed, Key
from segue.runtime.warehouse.failures import Cause, StatementFailed
from segue.runtime.warehouse.warehouse import Warehouse

MOST = 20
"""With more of them than so many, the rules or the catalog are to blame, and the run stops."""
_OF_A_VALUE = re.compile(r"out of range|(?i:overflow)|[Cc]ould not convert|invalid input syntax")


def may_be_of_one(failed: StatementFailed) -> bool:
    """Whether a statement may have failed because of the values of some entities."""
    return failed.cause is Cause.OTHER and bool(_OF_A_VALUE.search(failed.message))


def isolate(
    warehouse: Warehouse, plan: Plan, binding: Binding, roots: list[Expr], failed: StatementFailed
) -> tuple[Failed, ...]:
    """The entities for which the roots cannot be computed, with the engine's words.

    None are found where it was because of events of nobody. Raises what the run did where it is
    not because of a few of them.
    """
    search = _Search(warehouse, plan, binding, roots)
    if search.fails(exp.false()) is not None:
        raise failed
    found = []
    for one in search.within(None, None, search.count(None, None)):
        found.append(one)
        if len(found) > MOST:
            raise failed
    return tuple(found)


@dataclass(frozen=True)
class _Search:
    warehouse: Warehouse
    plan: Plan
    binding: Binding
    roots: list[Expr]

    def within(self, low: Key | None, high: Key | None, count: int) -> Iterator[Failed]:
        """Those among the entities from one key up to another, that one left out."""
        reason = self.fails(_between(self.key, low, high)) if count else None
        if reason is None:
            return
        middle = self.at(low, high, count // 2) if count > 1 else None
        if middle is None or middle == low:
            first = self.at(low, high, 0)
            assert first is not None
            yield Failed(first, reason)
            return
        yield from self.within(low, middle, count // 2)
        yield from self.within(middle, high, count - count // 2)

    @property
    def key(self) -> str:
        return self.plan.catalog.entity.key.name

    def count(self, low: Key | None, high: Key | None) -> int:
        """How many rows with a key there are."""
        counted = exp.Count(this=column(self.key))
        query = exp.select(counted).from_(table(self.plan.catalog.entity.table))
        return int(self.warehouse.fetch(query.where(_between(self.key, low, high)))[0][0])

    def at(self, low: Key | None, high: Key | None, place: int) -> Key | None:
        """The key at a place in the order."""
        query = exp.select(column(self.key)).from_(table(self.plan.catalog.entity.table))
        query = query.where(_between(self.key, low, high), exp.Not(this=is_null(column(self.key))))
        row = self.warehouse.fetch_one(query.order_by(column(self.key)).limit(1).offset(place))
        return None if row is None else row[0]

    def fails(self, which: Tree) -> str | None:
        """Why the roots cannot be computed for these entities; None where they can."""
        query = compile_flags(self.plan, self.binding, self.warehouse.dialect, self.roots)
        words: list[Tree] = [exp.Max(this=column(name)) for name in query.columns[1:]]
        inner = only(query.expression, self.plan, which)
        try:
            self.warehouse.fetch(
                exp.select(*words or [integer(1)]).from_(inner.subquery("words", copy=False))
            )
        except StatementFailed as failed:
            return failed.message
        return None


def without(query: exp.Query, plan: Plan, keys: tuple[Key, ...]) -> exp.Query:
    """A query that reads nothing of the entities with these keys, nor events of nobody."""
    listed = exp.In(
        this=column(plan.catalog.entity.key.name), expressions=list(map(_literal, keys))
    )
    return only(query, plan, exp.Not(this=exp.Paren(this=listed)) if keys else exp.true())


def only(query: exp.Query, plan: Plan, which: Tree) -> exp.Query:
    """A query that reads only rows of the entities of whose key a condition holds."""
    entity = plan.catalog.entity
    for place in list(query.find_all(exp.Table)):
        key = key_column(place)
        if key is None:
            continue
        alias = place.args.get("alias") or exp.TableAlias(
            this=exp.to_identifier(place.name, quoted=True)
        )
        source = place.copy()
        source.set("alias", None)
        rows = exp.select(exp.Star()).from_(source).where(_renamed(which, key))
        if (source, key) != (table(entity.table), entity.key.name):
            keys = exp.select(column(entity.key.name)).from_(table(entity.table))
            rows = rows.where(exp.In(this=column(key), query=exp.Subquery(this=keys)))
        place.replace(exp.Subquery(this=rows, alias=alias))
    return query


def _renamed(condition: Tree, key: str) -> Tree:
    renamed = condition.copy()
    for found in renamed.find_all(exp.Column):
        found.set("this", exp.to_identifier(key, quoted=True))
    return renamed


def _between(key: str, low: Key | None, high: Key | None) -> Tree:
    parts: list[Tree] = [exp.true()]
    if low is not None:
        parts.append(exp.GTE(this=column(key), expression=_literal(low)))
    if high is not None:
        parts.append(exp.LT(this=column(key), expression=_literal(high)))
    return exp.and_(*parts, copy=False)


def _literal(key: Key) -> Tree:
    return string(key) if isinstance(key, str) else integer(key)
