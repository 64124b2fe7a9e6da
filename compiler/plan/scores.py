"""The match score of a condition, as an expression of the same plan.

A score says how near somebody is to a segment: 1 for members, less for the others. It is built
from ordinary operators (`if`, `least`, `greatest`, `quotient`, `+`), so that every backend has
it, and has the same one, without doing anything.

| condition                              | score                                              |
| -------------------------------------- | -------------------------------------------------- |
| `value >= threshold`, `>`, `<=`, `<`   | 1 when true; else the quotient of the smaller and  |
|                                        | the greater side when both are positive, at most   |
|                                        | 0.999999; else 0                                   |
| `a and b and …`                        | the mean of the parts, added from the left         |
| `a or b or …`                          | the greatest of the parts                          |
| `if c then a else b`                   | the score of the branch taken                      |
| anything else, `not` included          | 1 when true, else 0                                |

Named conditions and segments are looked into, as if they were written out. A metric is a value,
true or false if it is a bool, and not looked into: so the score of given metric values is that
of the events they were folded from.
"""

from collections.abc import Callable
from functools import reduce

from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.compiler.plan.plan import Plan
from segue.compiler.types import FLOAT, FLOATS, MEASURED

NEAREST_MISS = 0.999999
"""The score of a comparison that is false is at most this, however near it is."""


def score(plan: Plan, condition: Expr) -> Expr:
    """The score of a condition: a float in [0, 1], never missing, 1 for every member."""
    build = Build(plan.graph, plan.catalog)
    metrics = {metric.expr.id for metric in plan.metrics.values()}
    memo: dict[int, Expr] = {}

    def visit(node: Expr) -> Expr:
        if node.id not in memo:
            whole = node.id in metrics or _is_any(node)
            memo[node.id] = _all_or_nothing(build, node) if whole else _score(build, node, visit)
        return memo[node.id]

    return visit(build.truth(condition))


def _score(build: Build, node: Expr, visit: Callable[[Expr], Expr]) -> Expr:
    match node.op:
        case "and":
            return _mean(build, [visit(part) for part in node.args])
        case "or":
            parts = (visit(part) for part in node.args)
            return reduce(lambda a, b: build.graph.make("greatest", (a, b), type=FLOAT), parts)
        case "if":
            condition, then, otherwise = node.args
            return _choose(build, condition, visit(then), visit(otherwise))
        case "literal":
            return build.literal(1.0 if node.param else 0.0, FLOAT)
        case ">=" | ">":
            return _comparison(build, node, smaller=node.args[0], greater=node.args[1])
        case "<=" | "<":
            return _comparison(build, node, smaller=node.args[1], greater=node.args[0])
        case _:
            return _all_or_nothing(build, node)


def _is_any(node: Expr) -> bool:
    """Whether it is `exists(…)`: a count below 1 is 0, and so there is no near miss."""
    if node.op != ">=" or node.args[1].op != "literal" or node.args[1].param != 1:
        return False
    folded = node.args[0].param
    return isinstance(folded, Aggregate) and folded.kernel is Kernel.COUNT


def _comparison(build: Build, node: Expr, smaller: Expr, greater: Expr) -> Expr:
    """The score of a comparison; where it is false, `smaller` really is the smaller side."""
    if smaller.type.kind not in MEASURED:
        return _all_or_nothing(build, node)
    tests = []
    for side in (smaller, greater):
        if side.op != "literal":
            zero = 0.0 if side.type.kind in FLOATS else 0
            zero_literal = build.literal(zero, side.type.required)
            tests.append(build.graph.make(">", (side, zero_literal), type=node.type))
        elif not (isinstance(side.param, int | float) and side.param > 0):
            return _all_or_nothing(build, node)
    quotient = build.graph.make(
        "quotient", (_units(build, smaller), _units(build, greater)), type=FLOAT.optional
    )
    nothing = build.literal(0.0, FLOAT)
    share = build.graph.make("??", (quotient, nothing), type=FLOAT)
    capped = build.graph.make("least", (share, build.literal(NEAREST_MISS, FLOAT)), type=FLOAT)
    near = _choose(build, build.logical("and", tuple(tests)), capped, nothing) if tests else capped
    return _choose(build, node, build.literal(1.0, FLOAT), near)


def _units(build: Build, side: Expr) -> Expr:
    """One side as a double; the plan has brought both to the same scale."""
    if side.type.kind in FLOATS:
        return side
    if side.op == "literal" and isinstance(side.param, int):
        return build.literal(float(side.param), FLOAT)
    return build.call("units", side)


def _mean(build: Build, parts: list[Expr]) -> Expr:
    # Made directly: numbers from 0 to 1 never overflow, so unlike other sums and quotients of
    # floats these are never missing.
    total = reduce(lambda a, b: build.graph.make("+", (a, b), type=FLOAT), parts)
    count = build.literal(float(len(parts)), FLOAT)
    return build.graph.make("quotient", (total, count), type=FLOAT)


def _all_or_nothing(build: Build, condition: Expr) -> Expr:
    return _choose(build, condition, build.literal(1.0, FLOAT), build.literal(0.0, FLOAT))


def _choose(build: Build, condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    return build.graph.make("if", (condition, then, otherwise), type=FLOAT)
