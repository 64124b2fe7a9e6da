"""A rule as it stands at another instant than the one a query is bound to.

A query has one `as_of`. For a back-test the same rule is wanted at many: here its windows
become the fixed intervals they are at an instant, and `as_of` the instant itself, so that one
query over one scan answers for all of them. A step of a sequence looks up to `as_of`; it gets a
condition that says so. Only where nothing must have followed within some time, none is needed:
that time has passed for every event the window then holds, so all dates ask the same of the
events after it, and share them.

What looks ahead, as the label of a score does, reads what comes after the instant it is written
for: its query is bound to the end of that.
"""

from collections.abc import Sequence
from dataclasses import replace

from segue.compiler.plan.demand import narrow
from segue.compiler.plan.nodes import Aggregate, Expr, Graph, Scored, Step, reachable
from segue.compiler.plan.windows import (
    Ahead,
    Binding,
    Fixed,
    LastEvents,
    Window,
    bounds,
    to_days,
)
from segue.compiler.types import BOOL, TIMESTAMP

BOUND = frozenset({"period", "anniversary in days"})
"""Operators that read what the query is bound to themselves, unless they are given it."""


def can_shift(roots: Sequence[Expr]) -> bool:
    """Whether the roots have an equal at another instant.

    A step after what is ahead looks up to the end of the query, and a score that is read from a
    table is one of the instant of the query.
    """
    for node in reachable(roots):
        match node.param:
            case Aggregate(window=Ahead(), steps=(_, *_)):
                return False
            case Scored(serve="table" | "auto"):
                return False
    return True


def shifted(graph: Graph, roots: Sequence[Expr], binding: Binding) -> tuple[Expr, ...]:
    """The roots at an instant, for a query bound to that instant or any later one."""
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
        param = node.param
        if node.op in BOUND:
            param = (*(param if isinstance(param, tuple) else (param,)), binding.as_of)
        return graph.make(node.op, args, param, type=node.type)
    aggregate = node.param

    def new(expr: Expr | None) -> Expr | None:
        return None if expr is None else made[expr.id]

    after, until = bounds(aggregate.window, binding)
    steps = tuple(replace(step, where=new(step.where)) for step in aggregate.steps)
    passed, where = until, new(aggregate.where)
    if not isinstance(aggregate.window, Ahead):
        steps, passed = _until(graph, steps, binding.as_of)
    window: Window
    if isinstance(aggregate.window, LastEvents):
        # They are drawn before the time that has passed chooses among them.
        window = LastEvents(aggregate.window.count, until)
        where = _no_later(graph, where, 0, passed) if passed < until else where
    else:
        window = Fixed(None if after is None else after + 1, min(until, passed))
    fixed = replace(
        aggregate,
        window=window,
        where=where,
        steps=steps,
        value=new(aggregate.value),
        weight=new(aggregate.weight),
    )
    return graph.make("aggregate", param=fixed, type=node.type)


def _until(graph: Graph, steps: tuple[Step, ...], as_of: int) -> tuple[tuple[Step, ...], int]:
    """Steps that see nothing after `as_of`, and the last instant of the event before them."""
    last = [as_of] * (len(steps) + 1)
    before = 0
    for number, step in enumerate(steps, 1):
        if not step.negated:
            before = number
        elif step.within is not None:
            last[before] = min(last[before], as_of - step.within)
    bound = [
        step
        if step.negated and step.within is not None
        else replace(step, where=_no_later(graph, step.where, number, last[number]))
        for number, step in enumerate(steps, 1)
    ]
    return tuple(bound), last[0]


def _no_later(graph: Graph, where: Expr | None, step: int, instant: int) -> Expr:
    moment = graph.make("event_time", param=step, type=TIMESTAMP)
    limit = graph.make("literal", param=instant, type=TIMESTAMP)
    there = graph.make("<=", (moment, limit), type=BOOL)
    return there if where is None else graph.make("and", (where, there), type=BOOL)
