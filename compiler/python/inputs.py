"""Which values predicates over metric values need, and where in the plan each stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segue.compiler.plan.nodes import STEPS, Aggregate, Expr, Scored, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.python.boundary import Value
from segue.compiler.python.snapshot import dependent
from segue.compiler.scores.scorer import is_served
from segue.compiler.types import Type


class UnnamedAggregate(ValueError):
    """A segment folds events, or compares with everybody, without naming the result, so no
    value can be given for it."""


@dataclass(frozen=True, slots=True)
class Input:
    """A named value that predicates read: a metric, an attribute, a condition over events, or
    a score that is served from a table.

    `default` stands in where the value is missing.
    """

    name: str
    type: Type
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of some roots, in order of definition, and the expression each stands for."""

    inputs: tuple[Input, ...]
    by_node: Mapping[int, Input]


def find_inputs(plan: Plan, roots: Mapping[str, Expr], *, compared: bool = False) -> Inputs:
    """The named values that the roots (segments by name) can be computed from.

    Raises `UnnamedAggregate` where a root needs a fold of events that nothing names. So does
    one that compares with everybody, unless there is a snapshot by which it is `compared`.
    """
    derived = [plan.metrics[name] for name in plan.tiers]
    if compared:
        below = dependent(plan)
        derived += [metric for metric in plan.metrics.values() if metric.expr.id in below]
    named = _named(plan, derived)
    attributes = {
        node.id: Input(str(node.param), node.type)
        for node in reachable(roots.values())
        if node.op == "attribute"
    }
    served = {
        node.id: Input(node.param.score, node.type)
        for node in reachable(roots.values())
        if isinstance(node.param, Scored) and is_served(node)
    }
    given = named.keys() | attributes.keys() | served.keys()
    computable = _computable(roots.values(), given, compared)
    otherwise = {
        definition.expr.id: Input(definition.name, definition.expr.type)
        for definition in reversed([*plan.conditions.values(), *derived])
        if definition.expr.id not in computable
    }
    available = attributes | served | otherwise | named
    found: set[int] = set()
    for title, root in roots.items():
        _collect(title, root, available, found, compared)
    chosen = {i: available[i] for i in available if i in found}
    order = [*plan.metrics, *plan.catalog.entity.attributes, *plan.conditions, *plan.scores]
    position = {name: i for i, name in reversed(list(enumerate(order)))}
    inputs = sorted(
        dict.fromkeys(chosen.values()), key=lambda i: (position.get(i.name, -1), i.name)
    )
    return Inputs(tuple(inputs), chosen)


def _named(plan: Plan, derived: Iterable[Definition]) -> dict[int, Input]:
    """The input of every metric by its expression; equal metrics are one, the first.

    Not of what follows from other inputs: the value of tiers from what they divide by, and
    how somebody stands among all from the value.
    """
    named: dict[int, Input] = {}
    left_out = {definition.name for definition in derived}
    for metric in plan.metrics.values():
        expr = metric.expr
        if metric.name in left_out or _is_constant_or_attribute(expr) or expr.id in named:
            continue
        default: Any = None
        if expr.op == "??" and expr.args[1].op == "literal":
            default = expr.args[1].param
        named[expr.id] = Input(metric.name, expr.type, default)
    return named


def _is_constant_or_attribute(expr: Expr) -> bool:
    if expr.op == "??" and expr.args[1].op == "literal":
        expr = expr.args[0]
    return expr.op in ("literal", "attribute", "as_of")


def _computable(roots: Iterable[Expr], given: Iterable[int], compared: bool) -> set[int]:
    """The expressions that need no events and no other entities beyond the given values."""
    computable = set(given)
    steps = {"aggregate"} if compared else STEPS - {"score"}
    for node in reachable(roots):
        if node.op not in steps and all(arg.id in computable for arg in node.args):
            computable.add(node.id)
    return computable


def _collect(
    title: str, root: Expr, available: Mapping[int, Input], found: set[int], compared: bool
) -> None:
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.id in available:
            found.add(node.id)
        elif isinstance(node.param, Aggregate):
            raise UnnamedAggregate(
                f"segment `{title}` folds the events of `{node.param.event}` "
                f"({node.param.kernel}) without a name for the result: "
                "name it as a metric to evaluate the segment from metric values"
            )
        elif node.op == "population" and not compared:
            raise UnnamedAggregate(
                f"segment `{title}` compares with everybody: to evaluate it from metric values, "
                "pass the snapshot of a run, or name as a metric what is compared"
            )
        else:
            stack.extend(node.args)
