"""A hash of what an expression means, the same in every run and for equal parts of any rules."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from segue.compiler.plan.nodes import Aggregate, Expr, reachable


def identity(expr: Expr) -> str:
    """The same for equal expressions of any two rulesets, whatever their parts are called."""
    return identities([expr])[expr.id]


def identities(roots: Iterable[Expr]) -> Mapping[int, str]:
    """The identity of the roots, and of all they need, by `id`."""
    hashes: dict[int, str] = {}
    for node in reachable(roots):
        hashes[node.id] = sha256(_describe(node, hashes).encode()).hexdigest()
    return hashes


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
