"""A hash of what a segment's condition means, to tell a changed rule from changed data."""

from collections.abc import Mapping
from hashlib import sha256

from segue.compiler.plan.nodes import Aggregate, Expr, reachable


def definition_hash(condition: Expr) -> str:
    """The same for equal conditions of any two rulesets, whatever their parts are called."""
    hashes: dict[int, str] = {}
    for node in reachable([condition]):
        hashes[node.id] = sha256(_describe(node, hashes).encode()).hexdigest()
    return hashes[condition.id]


def _describe(node: Expr, hashes: Mapping[int, str]) -> str:
    param = node.param
    described = _aggregate(param, hashes) if isinstance(param, Aggregate) else repr(param)
    return repr((node.op, [hashes[arg.id] for arg in node.args], described, repr(node.type)))


def _aggregate(aggregate: Aggregate, hashes: Mapping[int, str]) -> str:
    def part(expr: Expr | None) -> str | None:
        return None if expr is None else hashes[expr.id]

    steps = [(s.event, s.negated, s.within, part(s.where)) for s in aggregate.steps]
    parts = (part(aggregate.where), part(aggregate.value), part(aggregate.weight))
    return repr((str(aggregate.kernel), aggregate.event, repr(aggregate.window), steps, parts))
