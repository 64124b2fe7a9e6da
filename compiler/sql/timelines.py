"""Sequences without EXISTS: both events in one timeline, each row seeing the next one's time.

For engines that would compare every row of one table with every row of another. It works when
a step's filter reads that step alone, or says that a value equals one of the step before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.nodes import Expr, Step
from segue.compiler.plan.windows import Bounds
from segue.compiler.sql.names import Names
from segue.compiler.sql.rows import ENTITY_KEY, Sources
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.trees import Tree, add, case, column, identifier, integer, not_null, null

MOMENT = "moment"
IS_ROW = "is_row"
NEXT = "next_moment"


@dataclass(frozen=True, slots=True)
class Check:
    """One step, asked of the rows before it.

    `own` are conditions on the step's own row; `pairs` are values of the row before it and of
    its own that must be equal; `checks` are what follows a positive step.
    """

    number: int
    step: Step
    own: tuple[Expr, ...]
    pairs: tuple[tuple[Expr, Expr], ...]
    checks: tuple["Check", ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that hold the values that must be equal."""
        return tuple(f"key_{self.number}_{i}" for i in range(len(self.pairs)))


def checks(steps: Sequence[Step], anchor: int = 0, number: int = 1) -> tuple[Check, ...] | None:
    """The steps after the row of step `anchor`; None where this form cannot say them."""
    found: list[Check] = []
    for position, step in enumerate(steps):
        own: list[Expr] = []
        pairs: list[tuple[Expr, Expr]] = []
        for part in _conjuncts(step.where):
            pair = _pair(part, anchor, number)
            if _reads(part) <= {number}:
                own.append(part)
            elif pair is not None:
                pairs.append(pair)
            else:
                return None
        if not step.negated:
            rest = checks(steps[position + 1 :], number, number + 1)
            if rest is None:
                return None
            return (*found, Check(number, step, tuple(own), tuple(pairs), rest))
        found.append(Check(number, step, tuple(own), tuple(pairs)))
        number += 1
    return tuple(found)


def _conjuncts(where: Expr | None) -> tuple[Expr, ...]:
    if where is None:
        return ()
    if where.op != "and":
        return (where,)
    return tuple(part for arg in where.args for part in _conjuncts(arg))


def _pair(part: Expr, anchor: int, number: int) -> tuple[Expr, Expr] | None:
    """The two sides of `before == own`, in that order."""
    if part.op != "==":
        return None
    for before, own in (part.args, part.args[::-1]):
        if _reads(before) == {anchor} and _reads(own) == {number}:
            return before, own
    return None


def _reads(expr: Expr) -> set[object]:
    """The steps an expression reads, and `entity` where it reads that."""
    match expr.op:
        case "property":
            assert isinstance(expr.param, tuple)
            return {expr.param[0]}
        case "event_time" | "event_id":
            return {expr.param}
        case "attribute" | "aggregate" | "population" | "state":
            return {"entity"}
    return {step for arg in expr.args for step in _reads(arg)}


@dataclass(frozen=True, slots=True)
class Timelines:
    """Writes the steps of the query for sequences; `after` bounds all times from below."""

    scope: Scope
    sources: Sources
    names: Names
    steps: dict[str, exp.Query]
    after: int | None

    def keys(self, before: Sequence[Check], scope: Scope) -> dict[str, Tree]:
        """What a row must carry for the checks on it."""
        return {
            key: self._key(pair[0], scope)
            for check in before
            for key, pair in zip(check.keys, check.pairs, strict=True)
        }

    def _key(self, value: Expr, scope: Scope) -> Tree:
        return scope.dialect.partition_value(lower(value, scope), value.type)

    def keep(self, base: str, carried: Sequence[str], checks: Sequence[Check]) -> str:
        """The step with those rows of `base` for which all checks hold."""
        for check in checks:
            base = self._keep(base, tuple(carried), check)
        return base

    def _keep(self, base: str, carried: tuple[str, ...], check: Check) -> str:
        other = self._others(check)
        rows = _select({name: column(name) for name in carried}, 1, base)
        others = _select(
            {name: column(name) if name in check.keys else null() for name in carried}, 0, other
        )
        both = self._step(f"{base}_timeline", exp.union(rows, others, distinct=False, copy=False))
        return self._step(f"{base}_kept", self._kept(both, carried, check))

    def _kept(self, timeline: str, carried: tuple[str, ...], check: Check) -> exp.Select:
        following = case((exp.EQ(this=column(IS_ROW), expression=integer(0)), column(MOMENT)))
        # At one instant the others come first, so that what follows a row is strictly later.
        order = [column(name) for name in (MOMENT, IS_ROW)]
        window = exp.Window(
            this=exp.Min(this=following),
            partition_by=[column(ENTITY_KEY), *(column(key) for key in check.keys)],
            order=exp.Order(expressions=order),
            spec=exp.WindowSpec(
                kind="ROWS",
                start="1",
                start_side="FOLLOWING",
                end="UNBOUNDED",
                end_side="FOLLOWING",
            ),
        )
        inner = exp.select(exp.Star(), exp.alias_(window, NEXT, quoted=True), copy=False).from_(
            exp.Table(this=identifier(timeline))
        )
        kept = [column(name) for name in (ENTITY_KEY, MOMENT, *carried)]
        seen = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier("seen")))
        is_row = exp.EQ(this=column(IS_ROW), expression=integer(1))
        conditions = [is_row, *self._holds(check.step)]
        return exp.select(*kept, copy=False).from_(seen).where(*conditions, copy=False)

    def _holds(self, step: Step) -> list[Tree]:
        nothing = exp.Is(this=column(NEXT), expression=null())
        if step.within is None:
            return [nothing if step.negated else not_null(column(NEXT))]
        latest = add(column(MOMENT), integer(step.within))
        if not step.negated:
            return [exp.LTE(this=column(NEXT), expression=latest)]
        later = exp.GT(this=column(NEXT), expression=latest)
        passed = integer(self.scope.binding.as_of - step.within)
        return [
            exp.or_(nothing, later, copy=False),
            exp.LTE(this=column(MOMENT), expression=passed),
        ]

    def _others(self, check: Check) -> str:
        """The step with the rows that a check looks for."""
        covered = Bounds(self.after, self.scope.binding.as_of)
        rows = self.sources.rows(check.step.event, covered)
        scope = self.scope.with_rows((rows,) * (check.number + 1))
        own = {
            key: self._key(pair[1], scope)
            for key, pair in zip(check.keys, check.pairs, strict=True)
        }
        items = {ENTITY_KEY: rows.key, MOMENT: rows.moment, **own, **self.keys(check.checks, scope)}
        conditions = [*rows.scanned(covered), rows.usable()]
        which = rows.condition()
        if which is not None:
            conditions.append(which)
        conditions += [lower(part, scope, exact=False) for part in check.own]
        conditions += [not_null(tree.copy()) for tree in own.values()]
        columns = [exp.alias_(tree, name, quoted=True) for name, tree in items.items()]
        query = exp.select(*columns, copy=False).from_(rows.source)
        name = self._step(f"{check.step.event}_next", query.where(*conditions, copy=False))
        carried = [name for name in items if name not in (ENTITY_KEY, MOMENT)]
        return self.keep(name, carried, check.checks)

    def _step(self, name: str, query: exp.Query) -> str:
        name = self.names.fresh(name)
        self.steps[name] = query
        return name


def _select(items: Mapping[str, Tree], is_row: int, step: str) -> exp.Select:
    columns: list[Tree] = [column(ENTITY_KEY), column(MOMENT)]
    columns += [
        tree if isinstance(tree, exp.Column) else exp.alias_(tree, name, quoted=True)
        for name, tree in items.items()
    ]
    columns.append(exp.alias_(integer(is_row), IS_ROW, quoted=True))
    return exp.select(*columns, copy=False).from_(exp.Table(this=identifier(step)))
