"""Conditions close to a condition: one number, comparison, window or part is another.

Two random conditions have nothing to do with each other, and every claim about them is refuted
at once. Of a condition and one that is nearly the same, much can be proved.
"""

from collections.abc import Iterator
from dataclasses import replace

from segue.compiler.plan.nodes import ROW_LEAVES, Aggregate, Expr, Graph, reachable
from segue.compiler.plan.windows import Calendar, Ever, Sliding
from segue.compiler.types import ORDERED

COMPARISONS = (">=", ">", "<=", "<", "==")


def nearby(graph: Graph, condition: Expr) -> Iterator[Expr]:
    """Every condition that differs from this one in one place."""
    for node in reachable([condition]):
        if node.op in ROW_LEAVES:
            continue
        for other in _changes(graph, node):
            found = _replaced(graph, condition, node, other, {})
            if found is not condition:
                yield found


def _changes(graph: Graph, node: Expr) -> Iterator[Expr]:
    if node.op in COMPARISONS and node.args[0].type.kind in ORDERED:
        for op in COMPARISONS:
            yield graph.make(op, node.args, node.param, type=node.type)
        right = node.args[1]
        if right.op == "literal" and isinstance(right.param, int) and right.param is not True:
            more = graph.make("literal", param=right.param + 1, type=right.type)
            yield graph.make(node.op, (node.args[0], more), type=node.type)
    elif node.op in ("and", "or"):
        yield from node.args
    elif isinstance(node.param, Aggregate):
        for window in _windows(node.param):
            yield graph.make("aggregate", param=replace(node.param, window=window), type=node.type)
        if node.param.where is not None:
            yield graph.make("aggregate", param=replace(node.param, where=None), type=node.type)
        if node.param.steps:
            yield graph.make("aggregate", param=replace(node.param, steps=()), type=node.type)


def _windows(aggregate: Aggregate) -> Iterator[object]:
    yield Ever()
    match aggregate.window:
        case Sliding(start, end, closed):
            yield Sliding(2 * start, end, closed)
        case Calendar(unit, count, previous):
            yield Calendar(unit, count + 1, previous)


def _replaced(graph: Graph, expr: Expr, old: Expr, new: Expr, memo: dict[int, Expr]) -> Expr:
    if expr is old:
        return new
    if expr.id not in memo:
        args = tuple(_replaced(graph, arg, old, new, memo) for arg in expr.args)
        same = args == expr.args
        memo[expr.id] = expr if same else graph.make(expr.op, args, expr.param, type=expr.type)
    return memo[expr.id]
