"""Which values predicates over metric values need, and where in the plan each stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.python.boundary import Value
from segue.compiler.types import Type


class UnnamedAggregate(ValueError):
    """A segment folds events without naming the result, so no value can be given for it."""


@dataclass(frozen=True, slots=True)
class Input:
    """A named value that predicates read: a metric, an attribute, or a condition over events.

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


def find_inputs(plan: Plan, roots: Mapping[str, Expr]) -> Inputs:
    """The named values that the roots (segments by name) can be computed from.

    Raises `UnnamedAggregate` where a root needs a fold of events that nothing names.
    """
    named = _named(plan)
    attributes = {
        node.id: Input(str(node.param), node.type)
        for node in reachable(roots.values())
        if node.op == "attribute"
    }
    computable = _computable(roots.values(), named.keys() | attributes.keys())
    otherwise = {
        definition.expr.id: Input(definition.name, definition.expr.type)
        for definition in reversed([*plan.conditions.values(), *_values_of_tiers(plan)])
        if definition.expr.id not in computable
    }
    available = attributes | otherwise | named
    found: set[int] = set()
    for title, root in roots.items():
        _collect(plan, title, root, available, found)
    chosen = {i: available[i] for i in available if i in found}
    order = [*plan.metrics, *plan.catalog.entity.attributes, *plan.conditions]
    position = {name: i for i, name in reversed(list(enumerate(order)))}
    inputs = sorted(
        dict.fromkeys(chosen.values()), key=lambda i: (position.get(i.name, -1), i.name)
    )
    return Inputs(tuple(inputs), chosen)


def _values_of_tiers(plan: Plan) -> list[Definition]:
    return [plan.metrics[name] for name in plan.tiers]


def _named(plan: Plan) -> dict[int, Input]:
    """The input of every metric by its expression; equal metrics are one, the first.

    Not of the values of tiers, which follow from the value that they divide by.
    """
    named: dict[int, Input] = {}
    for metric in plan.metrics.values():
        expr = metric.expr
        if metric.tiers or _is_constant_or_attribute(expr) or expr.id in named:
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


def _computable(roots: Iterable[Expr], given: Iterable[int]) -> set[int]:
    """The expressions that need no fold of events beyond the given ones."""
    computable = set(given)
    for node in reachable(roots):
        if node.op != "aggregate" and all(arg.id in computable for arg in node.args):
            computable.add(node.id)
    return computable


def _collect(
    plan: Plan, title: str, root: Expr, available: Mapping[int, Input], found: set[int]
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
        else:
            stack.extend(node.args)
