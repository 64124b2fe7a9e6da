"""Which expressions of the entity become columns of a step of their own.

The plan is a graph and SQL text is a tree: an expression that is written into every place that
uses it may grow without bound. So named metrics, and whatever several others use and is not
trivial, are computed once, in steps that come one after another.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from segue.compiler.plan.nodes import STEPS, Expr
from segue.compiler.types import FLOATS

# Spelled with an operand more than once.
DOUBLING = frozenset({"least", "greatest", "floor", "sqrt", "fixed", "date", "anniversary in days"})
EXTREMES = frozenset({"least", "greatest"})  # only where an operand may be missing
# Doubles that may leave their range: guarded against it, which some engines write out several
# times when they plan a query, so that guards inside guards grow without bound.
GUARDED = frozenset({"+", "-", "*", "quotient"})
GUARD = 8
MOST_GUARDS = 64
SMALL = 6
SMALL_DOUBLED = 2
LARGE = 400
LEAVES = frozenset({"literal", "as_of", "attribute", *STEPS})


@dataclass(frozen=True, slots=True)
class Stages:
    """The expressions to compute, step by step: those of one step need only earlier ones."""

    steps: tuple[tuple[Expr, ...], ...]


def own_nodes(roots: Iterable[Expr], done: Container[int]) -> list[Expr]:
    """What the roots need down to those done, arguments first, but nothing inside of aggregates."""
    seen: dict[int, Expr] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            if node.id not in done:
                stack.extend(node.args)
    return [seen[i] for i in sorted(seen)]


def stages(roots: Iterable[Expr], done: Iterable[int], named: Mapping[int, str]) -> Stages:
    """The steps before the one that computes the roots; `done` are columns already."""
    roots = list(roots)
    known = set(done)
    nodes = own_nodes(roots, known)
    uses = dict.fromkeys((node.id for node in nodes), 0)
    doubled: set[int] = set()
    for root in {root.id: root for root in roots}.values():
        uses[root.id] += 1
    for node in nodes:
        for arg in node.args if node.id not in known else ():
            uses[arg.id] += 1
            if node.op in DOUBLING and (node.op not in EXTREMES or node.type.nullable):
                doubled.add(arg.id)
    root_ids = {root.id for root in roots}
    size: dict[int, int] = {}
    swell: dict[int, int] = {}
    depth: dict[int, int] = {}
    steps: dict[int, list[Expr]] = {}
    for node in nodes:
        if node.op in LEAVES or node.id in known:
            size[node.id], swell[node.id], depth[node.id] = 1, 1, 0
            continue
        size[node.id] = 1 + sum(size[arg.id] for arg in node.args)
        swell[node.id] = max((swell[arg.id] for arg in node.args), default=1)
        swell[node.id] *= GUARD if is_guarded(node) else 1
        below = max((depth[arg.id] for arg in node.args), default=0)
        depth[node.id] = below
        only_output = uses[node.id] == 1 and node.id in root_ids
        often = uses[node.id] > 1 and size[node.id] >= SMALL
        twice = node.id in doubled and size[node.id] >= SMALL_DOUBLED
        named_use = node.id in named and not only_output
        large = size[node.id] > LARGE or swell[node.id] >= MOST_GUARDS
        if often or twice or named_use or (large and not only_output):
            steps.setdefault(below, []).append(node)
            size[node.id], swell[node.id], depth[node.id] = 1, 1, below + 1
    return Stages(tuple(tuple(steps[d]) for d in sorted(steps)))


def is_guarded(node: Expr) -> bool:
    """Whether a double may leave its range, so that some engines look at its operands first."""
    if node.op not in GUARDED or not node.type.nullable or node.type.kind not in FLOATS:
        return False
    # A quotient of whole numbers needs no guard.
    return node.op != "quotient" or any(arg.op not in ("units", "literal") for arg in node.args)
