"""Sequences: whether an event is followed, or not followed, by others."""

from collections.abc import Sequence

from sqlglot import exp

from segue.compiler.plan.nodes import Step
from segue.compiler.plan.windows import Bounds
from segue.compiler.sql.rows import Rows, Sources
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.trees import Tree, add, integer


def followed(
    sources: Sources, scope: Scope, steps: Sequence[Step], after: int | None
) -> list[Tree]:
    """The conditions on a row, the last of `scope.rows`.

    Each positive step asks for some event after the previous one for which the rest holds;
    `after` bounds all times from below.
    """
    conditions: list[Tree] = []
    as_of = scope.binding.as_of
    anchor = scope.rows[-1]
    for position, step in enumerate(steps):
        number = len(scope.rows)
        rows = sources.rows(step.event, Bounds(after, as_of), f"s{number}")
        inner = scope.with_rows((*scope.rows, rows))
        matches = _matches(anchor, rows, step, inner, after)
        if not step.negated:
            matches += followed(sources, inner, steps[position + 1 :], after)
            return [*conditions, _exists(rows, matches)]
        conditions.append(exp.Not(this=_exists(rows, matches)))
        if step.within is not None:
            conditions += anchor.within(Bounds(None, as_of - step.within))
        # What follows refers to the last event that is there.
        scope = inner
    return conditions


def _matches(anchor: Rows, rows: Rows, step: Step, scope: Scope, after: int | None) -> list[Tree]:
    conditions: list[Tree] = [
        exp.EQ(this=rows.key, expression=anchor.key),
        exp.GT(this=rows.moment, expression=anchor.moment),
    ]
    if step.within is not None:
        latest = add(anchor.moment, integer(step.within))
        conditions.append(exp.LTE(this=rows.moment, expression=latest))
    conditions += rows.scanned(Bounds(after, scope.binding.as_of))
    which = rows.condition()
    if which is not None:
        conditions.append(which)
    if step.where is not None:
        conditions.append(lower(step.where, scope, exact=False))
    return conditions


def _exists(rows: Rows, conditions: list[Tree]) -> Tree:
    query = exp.select("1", copy=False).from_(rows.source).where(*conditions, copy=False)
    return exp.Exists(this=query)
