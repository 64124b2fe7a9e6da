"""How great the numbers of a plan can get: rules whose integers could leave 64 bits prove nothing.

Integers are 64 bits wide; what happens beyond is an engine's own affair. Bounds follow from
the pools that rows draw from and from the most rows an entity can have.
"""

from collections.abc import Iterable

from parity.generate.catalogs import KEYS, is_wild
from parity.generate.pools import BIG_INTS, DECIMALS, INTS
from parity.generate.pools import FLOATS as FLOAT_POOL
from segue.compiler.plan.nodes import Aggregate, Among, Expr, Kernel, Population, State, reachable
from segue.compiler.types import FLOATS, INTEGERS, Kind

MOST_ROWS = 64
MOST_ENTITIES = 64
LIMIT = 2**62
GREATEST_KEY = 2**40
INSTANT = 2**58
DURATION = 2**53
WILD_INT = max(abs(i) for i in BIG_INTS)
PLAIN_INT = max(abs(i) for i in INTS)
PLAIN_DECIMAL = max(abs(i) for i in DECIMALS)
PLAIN_FLOAT = int(max(abs(f) for f in FLOAT_POOL if abs(f) < 1e15)) + 1
# Of a column with extremes: too great to be summed in fixed point. What is greater is missing.
WILD_FLOAT = 2**1024
WHOLE_LIMIT = 2**53
FIXED_LIMIT = 2**70


def fits(roots: Iterable[Expr]) -> bool:
    """Whether every whole number on the way to the roots stays within 64 bits."""
    bound: dict[int, int] = {}
    for node in reachable(roots):
        size = _bound(node, bound)
        bound[node.id] = min(size, WILD_FLOAT) if node.type.kind in FLOATS else size
        if node.type.kind not in FLOATS and bound[node.id] > LIMIT:
            return False
        if isinstance(node.param, Aggregate) and not _weight_fits(node.param, bound):
            return False
    return True


def _bound(node: Expr, bound: dict[int, int]) -> int:
    args = [bound[a.id] for a in node.args]
    match node.op:
        case "literal":
            return abs(node.param) if isinstance(node.param, int) else _float(node.param)
        case "attribute" | "property":
            name = node.param[1] if isinstance(node.param, tuple) else str(node.param)
            return _column(node, str(name))
        case "as_of" | "event_time":
            return INSTANT
        case "aggregate":
            return _aggregate(node.param, bound)
        case "state":
            assert isinstance(node.param, State)
            edges = (node.param.initial, node.param.low or 0, node.param.high or 0)
            return sum(args) + sum(abs(edge) for edge in edges)
        case "population":
            return _population(node.param, args)
        case "+" | "-":
            return sum(args)
        case "*":
            return args[0] * args[1]
        case "rescale":
            assert isinstance(node.param, int)
            return args[0] * node.param
        case "days as duration" | "whole duration":
            return DURATION
        case "fixed":
            return min(args[0], FIXED_LIMIT) * 10**node.type.scale
        case "floor":
            # What is greater is missing.
            return min(args[0], WHOLE_LIMIT) + 1
        case "date":
            return args[0] + 1
        case "quotient":
            return args[0] * 10**3
        case "sqrt" | "units" | "to float" | "negate" | "abs" | "truth":
            return args[0]
        case _:
            return max([*args, 2**32 if node.op == "bucket" else 1])


def _float(value: object) -> int:
    return int(abs(value)) + 1 if isinstance(value, float) else 0


def _column(node: Expr, name: str) -> int:
    match node.type.kind:
        case Kind.INT if name in KEYS:
            return GREATEST_KEY
        case Kind.INT:
            return WILD_INT if is_wild(name) else PLAIN_INT
        case Kind.DECIMAL:
            return PLAIN_DECIMAL
        case Kind.FLOAT:
            return WILD_FLOAT if is_wild(name) else PLAIN_FLOAT
        case Kind.TIMESTAMP:
            return INSTANT
        case Kind.DURATION:
            return 2**45
        case _:
            return 2**16


def _aggregate(param: object, bound: dict[int, int]) -> int:
    assert isinstance(param, Aggregate)
    match param.kernel:
        case Kernel.COUNT | Kernel.DISTINCT:
            return MOST_ROWS
        case Kernel.SUM | Kernel.COLLECT:
            assert param.value is not None
            assert param.value.type.kind in INTEGERS | {Kind.DURATION}
            return bound[param.value.id] * MOST_ROWS
        case _:
            assert param.value is not None
            return bound[param.value.id]


def _population(param: object, args: list[int]) -> int:
    assert isinstance(param, Population)
    match param.among:
        case Among.SUM:
            return args[0] * MOST_ENTITIES
        case Among.QUANTILE:
            return args[0]
        case _:
            return MOST_ENTITIES


def _weight_fits(fold: Aggregate, bound: dict[int, int]) -> bool:
    return fold.weight is None or bound[fold.weight.id] * MOST_ROWS <= LIMIT
