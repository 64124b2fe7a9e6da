"""Questions about typed expressions that several rules ask."""

from collections.abc import Iterator

from segue.compiler.catalog.model import Catalog
from segue.compiler.lint.context import Context
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.declaration import Missing
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.grammar import ast
from segue.grammar.ast.walk import children

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

_CONSTANTS = (
    *(ast.Number, ast.Percent, ast.Duration, ast.String, ast.Boolean, ast.Date, ast.Timestamp),
)

_NEVER_MISSING = frozenset({Kernel.COUNT, Kernel.SUM, Kernel.DISTINCT})
# Without a value for some values of their operands; the others only where a number gets too big.
_UNDEFINED = frozenset({"quotient", "sqrt"})


def is_constant(node: ast.Expression) -> bool:
    """Whether an expression is written as a plain value."""
    if isinstance(node, ast.Unary) and node.operator == "-":
        node = node.operand
    return isinstance(node, _CONSTANTS)


def aggregates_of(
    context: Context, node: ast.Node, module: tuple[str, ...], through: bool = True
) -> Iterator[ast.Call]:
    """The aggregates that a value is made of: those written in it, and those of its metrics.

    Aggregates inside another one's `where` are not: they choose events, and are not compared.
    """
    if isinstance(node, ast.Call) and node.function in AGGREGATES:
        yield node
    elif isinstance(node, ast.Name):
        symbol = context.symbols.find(node.parts, module) if through else None
        if symbol is not None and isinstance(symbol.node, ast.Metric):
            yield from aggregates_of(context, symbol.node.value, symbol.module, through=False)
    else:
        for child in children(node):
            yield from aggregates_of(context, child, module, through)


def may_miss(context: Context, node: ast.Expression) -> bool:
    """Whether an expression may be without a value, if columns hold what the catalog says.

    (Its type says less: backends trust no column to be filled.)
    """
    expr = context.meaning(node)
    return expr is not None and _may_miss(expr, context.catalog, row_event(context, node))


def row_event(context: Context, node: ast.Node) -> str:
    """The event whose rows an expression reads; empty outside of aggregates."""
    for outer in context.around(node):
        if isinstance(outer, ast.Call) and outer.function in AGGREGATES:
            return _event_of(context, outer)
    return ""


def _event_of(context: Context, call: ast.Call) -> str:
    for argument in call.arguments:
        if isinstance(argument, ast.Name) and argument.parts[0] in context.catalog.events:
            return argument.parts[0]
    return ""


def _may_miss(expr: Expr, catalog: Catalog, event: str) -> bool:
    if not expr.type.nullable:
        return False
    if expr.op == "attribute":
        attribute = catalog.entity.attributes.get(str(expr.param))
        return attribute is not None and attribute.type.nullable
    if expr.op == "property":
        return _property_may_miss(expr, catalog, event)
    if isinstance(expr.param, Aggregate):
        return expr.param.kernel not in _NEVER_MISSING
    if expr.op == "population":
        return _may_miss(expr.args[0], catalog, event)
    inside = [_may_miss(arg, catalog, event) for arg in expr.args]
    operator = OPERATORS.get(expr.op)
    if operator is None or expr.op == "if":
        return any(inside[1:])
    if expr.op == "??":
        return inside[1]
    if operator.missing is Missing.PROPAGATES:
        return expr.op in _UNDEFINED or any(inside)
    return any(inside)


def _property_may_miss(expr: Expr, catalog: Catalog, event: str) -> bool:
    assert isinstance(expr.param, tuple)
    step, name = expr.param
    if step != 0 or event not in catalog.events:
        return False  # A later step of a sequence: not known here, so nothing is said of it.
    field = catalog.events[event].properties.get(name)
    return field is not None and field.type.nullable


_PERSONAL_KERNELS = frozenset({Kernel.MIN, Kernel.MAX, Kernel.FIRST, Kernel.LAST, Kernel.MODE})
# What gives a value back that still says the same about somebody.
_PASSES_ON = frozenset({"??", "lower", "upper", "trim", "if"})


def is_personal(expr: Expr, catalog: Catalog, event: str = "") -> bool:
    """Whether a value is one that the catalog marks as personal data, and not only about one.

    `event` is that of the rows that it reads.
    """
    if expr.op == "attribute":
        attribute = catalog.entity.attributes.get(str(expr.param))
        return attribute is not None and attribute.pii
    if expr.op == "property" and event in catalog.events:
        assert isinstance(expr.param, tuple)
        field = catalog.events[event].properties.get(expr.param[1])
        return field is not None and field.pii
    if isinstance(expr.param, Aggregate):
        fold = expr.param
        return (
            fold.kernel in _PERSONAL_KERNELS
            and fold.value is not None
            and is_personal(fold.value, catalog, fold.event)
        )
    return expr.op in _PASSES_ON and any(is_personal(a, catalog, event) for a in expr.args)
