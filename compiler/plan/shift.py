"""A rule as it stands at another instant than the one a query is bound to.

A query has one `as_of`. For a back-test the same rule is wanted at many: here its windows
become the fixed intervals they are at an instant, and `as_of` the instant itself, so that one
query over one scan answers for all of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from segue.compiler.plan.demand import narrow
from segue.compiler.plan.nodes import Aggregate, Expr, Graph, Scored, reachable
from segue.compiler.plan.windows import Binding, Fixed, LastEvents, bounds, to_days
from segue.compiler.types import TIMESTAMP

BOUND = frozenset({"period", "anniversary in days"})
"""Operators that read what the query is bound to themselves."""


def can_shift(roots: Sequence[Expr]) -> bool:
    """Whether the roots have an equal at another instant.

    The last events are drawn before anything chooses among them, and a step of a sequence looks
    up to `as_of`: neither is a fixed interval. A score that is read from a table is one of the
    instant of the query.
    """
    for node in reachable(roots):
        if node.op in BOUND or (isinstance(node.param, Scored) and node.param.serve != "sql"):
            return False
        if isinstance(node.param, Aggregate) and (
            node.param.steps or isinstance(node.param.window, LastEvents)
        ):
            return False
    return True


def shifted(graph: Graph, roots: Sequence[Expr], binding: Binding) -> tuple[Expr, ...]:
    """The roots at an instant, for a query bound to that instant or any later one.

    Steps of sequences go on looking up to the instant of the query: see `can_shift`.
    """
    narrowed = narrow(graph, roots)
    made: dict[int, Expr] = {}
    for node in reachable(narrowed.roots):
        made[node.id] = _at(graph, node, made, binding)
    return tuple(made[root.id] for root in narrowed.roots)


def _at(graph: Graph, node: Expr, made: dict[int, Expr], binding: Binding) -> Expr:
    if node.op == "as_of":
        return graph.make("literal", param=binding.as_of, type=TIMESTAMP)
    if node.op == "date" and node.args[0].op == "as_of":
        return graph.make("literal", param=to_days(binding.today), type=node.type)
    if not isinstance(node.param, Aggregate):
        args = tuple(made[arg.id] for arg in node.args)
        return graph.make(node.op, args, node.param, type=node.type)
    aggregate = node.param

    def new(expr: Expr | None) -> Expr | None:
        return None if expr is None else made[expr.id]

    after, until = bounds(aggregate.window, binding)
    fixed = replace(
        aggregate,
        window=Fixed(None if after is None else after + 1, until),
        where=new(aggregate.where),
        steps=tuple(replace(step, where=new(step.where)) for step in aggregate.steps),
        value=new(aggregate.value),
        weight=new(aggregate.weight),
    )
    return graph.make("aggregate", param=fixed, type=node.type)
