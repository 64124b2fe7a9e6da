"""Expressions with some of their parts in place of others."""

from collections.abc import Callable
from dataclasses import replace

from segue.compiler.plan.nodes import Aggregate, Expr, Graph, reachable


class Substitution:
    """Rebuilds expressions of a graph. `instead` says what takes a node's place, None if nothing.

    What stands in place of a node must have its type.
    """

    def __init__(self, graph: Graph, instead: Callable[[Expr], Expr | None]) -> None:
        self._graph = graph
        self._instead = instead
        self._made: dict[int, Expr] = {}

    def of(self, expr: Expr) -> Expr:
        """The expression with its parts replaced; the same object where nothing is."""
        if expr.id not in self._made:
            for node in reachable([expr]):
                if node.id not in self._made:
                    self._made[node.id] = self._instead(node) or self._rebuilt(node)
        return self._made[expr.id]

    def _rebuilt(self, node: Expr) -> Expr:
        args = tuple(self._made[arg.id] for arg in node.args)
        param = node.param
        if isinstance(param, Aggregate):
            param = replace(
                param,
                where=self._new(param.where),
                steps=tuple(replace(step, where=self._new(step.where)) for step in param.steps),
                value=self._new(param.value),
                weight=self._new(param.weight),
            )
        return self._graph.make(node.op, args, param, type=node.type)

    def _new(self, expr: Expr | None) -> Expr | None:
        return None if expr is None else self._made[expr.id]
