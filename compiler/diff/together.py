"""Brings the expressions of one ruleset into the graph of another, where equal ones meet."""

from collections.abc import Iterable
from dataclasses import replace

from segue.compiler.plan.nodes import Aggregate, Expr, Graph, reachable


def bring(roots: Iterable[Expr], graph: Graph) -> dict[int, Expr]:
    """The same expressions in another graph, by the id they had."""
    found: dict[int, Expr] = {}
    for node in reachable(roots):
        param = node.param
        if isinstance(param, Aggregate):
            param = _aggregate(param, found)
        args = tuple(found[arg.id] for arg in node.args)
        found[node.id] = graph.make(node.op, args, param, type=node.type)
    return found


def _aggregate(aggregate: Aggregate, found: dict[int, Expr]) -> Aggregate:
    def new(expr: Expr | None) -> Expr | None:
        return None if expr is None else found[expr.id]

    return replace(
        aggregate,
        where=new(aggregate.where),
        steps=tuple(replace(step, where=new(step.where)) for step in aggregate.steps),
        value=new(aggregate.value),
        weight=new(aggregate.weight),
    )
