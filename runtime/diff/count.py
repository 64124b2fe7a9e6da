"""How many people a change of rules is about, in a warehouse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from segue.compiler.diff.model import Change, Diff
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import prepare
from segue.compiler.sql.trees import column
from segue.compiler.types import Kind
from segue.runtime.warehouse.warehouse import Warehouse

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Count:
    """Who enters, leaves and stays, and the keys of some of those who move."""

    enter: int
    leave: int
    stay: int
    entering: tuple[Any, ...] = ()
    leaving: tuple[Any, ...] = ()


def count_changes(warehouse: Warehouse, diff: Diff, binding: Binding) -> Mapping[str, Count]:
    """For each changed condition, by kind and name, what becomes of the entities of a warehouse."""
    counted = [change for change in diff.changes if _is_counted(change)]
    if not counted:
        return {}
    everybody = _Everybody(warehouse, diff, counted, binding)
    return {f"{change.kind} {change.name}": everybody.count(change) for change in counted}


def _is_counted(change: Change) -> bool:
    """Whether people can enter or leave, of what both rulesets have or one of them has."""
    exprs = [expr for expr in (change.base, change.head) if expr is not None]
    truths = all(e.type.kind is Kind.BOOL and not e.type.nullable for e in exprs)
    return change.is_semantic and change.base is not change.head and truths


class _Everybody:
    """The query with a row for each entity and a column for each condition."""

    def __init__(
        self, warehouse: Warehouse, diff: Diff, changes: Iterable[Change], binding: Binding
    ) -> None:
        self._warehouse = warehouse
        exprs = (expr for change in changes for expr in (change.base, change.head))
        roots = {expr.id: expr for expr in exprs if expr is not None}
        prepared = prepare(diff.plan, binding, dialect(warehouse.dialect), list(roots.values()))
        items = [
            exp.alias_(prepared.value(root), f"v{id}", quoted=True) for id, root in roots.items()
        ]
        key = exp.alias_(column(prepared.key), "key", quoted=True)
        query = prepared.finish(prepared.select_everybody(key, *items), "")
        query.comments = None
        self._source = query.subquery("everybody")

    def count(self, change: Change) -> Count:
        base, head = _flag(change.base), _flag(change.head)
        enters = exp.and_(head, exp.not_(base))
        leaves = exp.and_(base.copy(), exp.not_(head.copy()))
        stays = exp.and_(base.copy(), head.copy())
        totals = [
            exp.Count(this=exp.Case(ifs=[exp.If(this=which.copy(), true=exp.Literal.number(1))]))
            for which in (enters, leaves, stays)
        ]
        row = self._warehouse.fetch(exp.select(*totals).from_(self._source.copy()))[0]
        entering, leaving = (self._keys(w, n) for w, n in ((enters, row[0]), (leaves, row[1])))
        return Count(int(row[0]), int(row[1]), int(row[2]), entering, leaving)

    def _keys(self, which: exp.Expr, number: int) -> tuple[Any, ...]:
        if not number:
            return ()
        query = exp.select(column("key")).from_(self._source.copy()).where(which.copy())
        rows = self._warehouse.fetch(query.order_by(column("key")).limit(SAMPLE))
        return tuple(row[0] for row in rows)


def _flag(expr: Any) -> exp.Expr:
    return exp.false() if expr is None else column(f"v{expr.id}")
