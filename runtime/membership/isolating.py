"""Finds the entities whose values make an engine stop: a number too large, a text that is none.

An engine says what is wrong and not with whom. So the query is asked of half of the entities
and their events, of the other half, and so on, which takes about two more runs for each one
found. Nothing is written meanwhile. Where that is too large for one statement, each is several, as
in a run, and of these only those that fail of all are asked of a half.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.rows import key_column, table
from segue.compiler.sql.statements import WORD_BITS
from segue.compiler.sql.trees import Tree, column, integer, is_null, string
from segue.compiler.types import Kind
from segue.grammar.diagnostics import SegueError
from segue.runtime.lifecycles.flags import NO_FLAGS
from segue.runtime.membership.outcome import Failed, Key
from segue.runtime.membership.store import Store
from segue.runtime.membership.words import StagedQuery, Words, made_tables, some_words
from segue.runtime.warehouse.failures import Cause, StatementFailed
from segue.runtime.warehouse.warehouse import Warehouse

_WIDEST: Mapping[bool, Key] = {True: -(2**63), False: "x" * 255}
"""Of keys that are numbers, and of others: as long as one is expected to be in a statement."""
MOST = 20
"""With more of them than so many, the rules or the catalog are to blame, and the run stops."""
_OF_A_VALUE = re.compile(
    r"out of range|(?i:overflow)|[Cc]ould not convert|invalid input syntax|cannot convert infinity"
)


def may_be_of_one(failed: StatementFailed) -> bool:
    """Whether a statement may have failed because of the values of some entities."""
    return failed.cause is Cause.OTHER and bool(_OF_A_VALUE.search(failed.message))


def isolate(
    store: Store, plan: Plan, binding: Binding, roots: list[Expr], failed: StatementFailed
) -> tuple[Failed, ...]:
    """The entities for which the roots cannot be computed, with the engine's words.

    None are found where it was because of events of nobody. Raises what the run did where it is
    not because of a few of them.
    """
    try:
        search = _Search(store, plan, _parts(store.warehouse, plan, binding, roots))
    except SegueError:
        # What just fitted does not fit with a condition on the keys.
        raise failed from None
    if search.stopped(exp.false()) is not None:
        raise failed
    found = []
    for one in search.within(None, None, search.count(None, None)):
        found.append(one)
        if len(found) > MOST:
            raise failed
    return tuple(found)


def _parts(warehouse: Warehouse, plan: Plan, binding: Binding, roots: list[Expr]) -> Words:
    """The queries of the roots, which are small enough with a condition on the keys too."""
    name = warehouse.dialect
    widest = _WIDEST[plan.catalog.entity.key.type.kind is Kind.INT]
    which = _between(plan, name, widest, widest)
    return some_words(
        plan,
        binding,
        name,
        -(-len(roots) // WORD_BITS),
        dict(enumerate(roots)),
        NO_FLAGS,
        apart=warehouse.apart,
        grown=lambda query: only(query, plan, which, name),
    )


@dataclass(frozen=True)
class _Search:
    store: Store
    plan: Plan
    parts: Words

    def within(
        self, low: Key | None, high: Key | None, count: int, first: int = 0
    ) -> Iterator[Failed]:
        """Those among the entities from one key up to another, that one left out.

        The parts before the first one can be computed for all of them.
        """
        stopped = self.stopped(self.between(low, high), first) if count else None
        if stopped is None:
            return
        part, reason = stopped
        middle = self.at(low, high, count // 2) if count > 1 else None
        if middle is None or middle == low:
            key = self.at(low, high, 0)
            assert key is not None
            yield Failed(key, reason)
            return
        yield from self.within(low, middle, count // 2, part)
        yield from self.within(middle, high, count - count // 2, part)

    @property
    def warehouse(self) -> Warehouse:
        return self.store.warehouse

    @property
    def key(self) -> Tree:
        return column(self.plan.catalog.entity.key.name)

    def count(self, low: Key | None, high: Key | None) -> int:
        """How many rows with a key there are."""
        counted = exp.Count(this=self.key)
        query = exp.select(counted).from_(table(self.plan.catalog.entity.table))
        return int(self.warehouse.fetch(query.where(self.between(low, high)))[0][0])

    def at(self, low: Key | None, high: Key | None, place: int) -> Key | None:
        """The key at a place in the order."""
        query = exp.select(self.key).from_(table(self.plan.catalog.entity.table))
        query = query.where(self.between(low, high), exp.Not(this=is_null(self.key)))
        compared = _compared(self.key, self.plan, self.warehouse.dialect)
        row = self.warehouse.fetch_one(query.order_by(compared).limit(1).offset(place))
        return None if row is None else row[0]

    def between(self, low: Key | None, high: Key | None) -> Tree:
        """Which keys are from one up to another, that one left out."""
        return _between(self.plan, self.warehouse.dialect, low, high)

    def stopped(self, which: Tree, first: int = 0) -> tuple[int, str] | None:
        """The first part from one on that cannot be computed for these entities, and why.

        None where all can.
        """
        for place, part in enumerate(self.parts[first:], first):
            reason = self.fails(part, which)
            if reason is not None:
                return place, reason
        return None

    def fails(self, part: StagedQuery, which: Tree) -> str | None:
        """Why a part cannot be computed for these entities; None where it can."""
        asked = part.mapped(
            lambda query: only(query.copy(), self.plan, which, self.warehouse.dialect)
        )
        names = [item.alias_or_name for item in asked.query.selects[1:]]
        words: list[Tree] = [exp.Max(this=column(name)) for name in names]
        query = exp.select(*words or [integer(1)]).from_(asked.query.subquery("w", copy=False))
        try:
            if not asked.tables:
                self.warehouse.fetch(query)
                return None
            with self.warehouse.transaction(keep=False), made_tables(self.store, asked.tables):
                self.warehouse.fetch(query)
        except StatementFailed as failed:
            return failed.message
        return None


def _between(plan: Plan, name: str, low: Key | None, high: Key | None) -> Tree:
    """Which keys are from one up to another, that one left out, in a dialect."""
    key = _compared(column(plan.catalog.entity.key.name), plan, name)
    parts: list[Tree] = [exp.true()]
    if low is not None:
        parts.append(exp.GTE(this=key.copy(), expression=_compared(_literal(low), plan, name)))
    if high is not None:
        parts.append(exp.LT(this=key.copy(), expression=_compared(_literal(high), plan, name)))
    return exp.and_(*parts, copy=False)


def without(query: exp.Query, plan: Plan, keys: tuple[Key, ...], name: str) -> exp.Query:
    """A query of a dialect that reads nothing of the entities with these keys, nor events of
    nobody."""
    if not keys:
        return only(query, plan, exp.true(), name)
    listed = exp.In(
        this=_compared(column(plan.catalog.entity.key.name), plan, name),
        expressions=[_compared(_literal(key), plan, name) for key in keys],
    )
    return only(query, plan, exp.Not(this=exp.Paren(this=listed)), name)


def only(query: exp.Query, plan: Plan, which: Tree, name: str) -> exp.Query:
    """A query of a dialect that reads only rows of the entities of whose key a condition holds."""
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
            known = _compared(column(entity.key.name), plan, name)
            keys = exp.select(known).from_(table(entity.table))
            own = _compared(column(key), plan, name)
            rows = rows.where(exp.In(this=own, query=exp.Subquery(this=keys)))
        place.replace(exp.Subquery(this=rows, alias=alias))
    return query


def _compared(key: Tree, plan: Plan, name: str) -> Tree:
    """A key as what tells entities apart, whatever the collation of its column."""
    return dialect(name).key(key, plan.catalog.entity.key.type)


def _renamed(condition: Tree, key: str) -> Tree:
    renamed = condition.copy()
    for found in renamed.find_all(exp.Column):
        found.set("this", exp.to_identifier(key, quoted=True))
    return renamed


def _literal(key: Key) -> Tree:
    return string(key) if isinstance(key, str) else integer(key)
