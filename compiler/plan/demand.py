"""Narrows windows to what the conditions on them can tell apart.

`age(last(click.at)) <= 7d` is about the last week only, although `last` reads the whole
history: were the last click older, the condition would be false, as it is for no click at all.
Where every use of such an aggregate is a condition of this kind, its window shrinks to the
longest of them, and a backend reads a week of clicks instead of all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from segue.compiler.plan.nodes import Aggregate, Expr, Graph, Kernel, children, reachable
from segue.compiler.plan.windows import Ever, Fixed, Sliding, Window
from segue.compiler.types import Kind

Demand = tuple[bool, int]
"""Whether a condition looks back from `as_of`, and how far; else from which instant on."""
UPPER = {"<=": 0, "<": 0, ">=": 1, ">": 1}
"""The operand that is bounded from above by the other."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The roots with narrower windows.

    `by_id` has every expression behind the old roots by its `id`. Those in `changed` have
    another value than before, which no condition can tell; all others have the same.
    """

    roots: tuple[Expr, ...]
    by_id: Mapping[int, Expr]
    changed: frozenset[int]


def narrow(graph: Graph, roots: Sequence[Expr]) -> Narrowed:
    """Expressions with the same values as the roots for all data, that read fewer events."""
    nodes = reachable(roots)
    windows = _windows(nodes, roots)
    by_id: dict[int, Expr] = {}
    for node in nodes:
        by_id[node.id] = _rebuild(graph, node, by_id, windows)
    ages = {node.id for node in nodes if _aged(node) in windows}
    changed = frozenset(windows) | ages
    return Narrowed(tuple(by_id[root.id] for root in roots), by_id, changed)


def _windows(nodes: Sequence[Expr], roots: Iterable[Expr]) -> dict[int, Window]:
    """The narrower windows of aggregates, by the aggregates' ids."""
    latest = {node.id: node for node in nodes if _is_latest_time(node)}
    ages = {node.id: latest[aged] for node in nodes if (aged := _aged(node)) in latest}
    demands: dict[int, list[Demand]] = {id: [] for id in latest}
    blocked: set[int] = set()
    for root in roots:
        if root.id in latest or root.id in ages:
            blocked.add(ages.get(root.id, root).id)
    for node in nodes:
        for child in children(node):
            if child.id in ages:
                demand = _age_demand(node, child)
                target = ages[child.id].id
            elif child.id in latest and node.id not in ages:
                demand = _instant_demand(node, child)
                target = child.id
            else:
                continue
            if demand is None:
                blocked.add(target)
            else:
                demands[target].append(demand)
    found = {}
    for id, wanted in demands.items():
        window = None if id in blocked or not wanted else _narrower(latest[id], wanted)
        if window is not None:
            found[id] = window
    return found


def _is_latest_time(node: Expr) -> bool:
    """Whether a node is when the last matching event happened."""
    aggregate = node.param
    if not isinstance(aggregate, Aggregate) or aggregate.kernel not in (Kernel.LAST, Kernel.MAX):
        return False
    value = aggregate.value
    return value is not None and value.op == "event_time" and value.param == 0


def _aged(node: Expr) -> int | None:
    """The id of `x` where a node is `as_of - x`."""
    return node.args[1].id if node.op == "-" and node.args[0].op == "as_of" else None


def _age_demand(node: Expr, age: Expr) -> Demand | None:
    """How far back `age <= literal` looks."""
    if node.op not in UPPER or node.args[UPPER[node.op]] is not age:
        return None
    bound = node.args[1 - UPPER[node.op]]
    if bound.op != "literal" or not isinstance(bound.param, int) or bound.param < 0:
        return None
    return True, bound.param


def _instant_demand(node: Expr, instant: Expr) -> Demand | None:
    """From when on `instant >= literal` looks."""
    if node.op not in UPPER or node.args[1 - UPPER[node.op]] is not instant:
        return None
    bound = node.args[UPPER[node.op]]
    if bound.op != "literal" or not isinstance(bound.param, int):
        return None
    return (False, bound.param) if bound.type.kind is Kind.TIMESTAMP else None


def _narrower(node: Expr, demands: list[Demand]) -> Window | None:
    """The window that all demands together need, where it is narrower than the node's."""
    assert isinstance(node.param, Aggregate)
    window = node.param.window
    relative = [amount for back, amount in demands if back]
    absolute = [amount for back, amount in demands if not back]
    if relative and absolute:
        return None
    match window:
        case Ever() if absolute:
            return Fixed(min(absolute), None)
        case Ever():
            return Sliding(max(relative), closed=True)
        case Sliding(start, end) if relative and end <= max(relative) < start:
            return Sliding(max(relative), end, closed=True)
    return None


def _rebuild(
    graph: Graph, node: Expr, by_id: Mapping[int, Expr], windows: Mapping[int, Window]
) -> Expr:
    if not isinstance(node.param, Aggregate):
        args = tuple(by_id[arg.id] for arg in node.args)
        if args == node.args:
            return node
        return graph.make(node.op, args, node.param, type=node.type)
    aggregate = node.param

    def new(expr: Expr | None) -> Expr | None:
        return None if expr is None else by_id[expr.id]

    rebuilt = replace(
        aggregate,
        window=windows.get(node.id, aggregate.window),
        where=new(aggregate.where),
        steps=tuple(replace(step, where=new(step.where)) for step in aggregate.steps),
        value=new(aggregate.value),
        weight=new(aggregate.weight),
    )
    return graph.make("aggregate", param=rebuilt, type=node.type)
