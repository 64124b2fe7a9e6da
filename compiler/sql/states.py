"""States: the changes of each entity in order, folded as the engine can.

WITH score_changes AS (…),   every change of every entity: when, of which kind, by how much
     score_scan AS (…)       what comes of them, one after the other
"""

from sqlglot import exp

from segue.compiler.plan.nodes import Expr, State
from segue.compiler.sql.dialects.walks import KEEPS, PLACE, Walk
from segue.compiler.sql.scans import Context, Relation, Scan, collected
from segue.compiler.sql.trees import coalesce, column, integer


def scan_state(context: Context, node: Expr, relation: Relation) -> Scan:
    """The step with a state for each entity that has changes."""
    state = node.param
    assert isinstance(state, State)
    label = context.labels[node.id]
    selects = []
    for place, (collect, operation) in enumerate(zip(node.args, state.operations, strict=True)):
        items = {PLACE: integer(place), KEEPS: integer(1 if operation == "add" else 0)}
        selects.append(collected(context, collect, items, relation))
    changes: exp.Query = selects[0]
    for select in selects[1:]:
        changes = exp.union(changes, select, distinct=False, copy=False)
    name = context.names.fresh(f"{label}_changes")
    context.steps[name] = changes

    def step(title: str, query: exp.Query) -> str:
        fresh = context.names.fresh(f"{label}_{title}")
        context.steps[fresh] = query
        return fresh

    start = state.initial if state.low is None else max(state.initial, state.low)
    start = start if state.high is None else min(start, state.high)
    walk = Walk(start, state.low, state.high, sets="set" in state.operations)
    scan = context.names.fresh(f"{label}_scan")
    query = context.scope.dialect.walk(walk, name, label, step)
    result = coalesce(column(label, scan), integer(start))
    return Scan(scan, query, {node.id: result})
