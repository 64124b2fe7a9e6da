"""An expression of the plan as a tree of one dialect.

Conditions come in two forms. The exact one is true or false; the loose one may be unknown
instead of false, which is all that WHERE, CASE, `and` and `or` need, and reads better.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segue.compiler.catalog.model import Entity
from segue.compiler.operators.declaration import Missing, SqlCall
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import Aggregate, Among, Expr, Kernel, Population
from segue.compiler.plan.windows import Binding, Bounds
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.rows import Rows
from segue.compiler.sql.trees import Tree, bracket, column
from segue.compiler.types import FLOATS, Kind

UNBRACKETED = frozenset({"and", "or", "not", "if", "??", "truth"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
SUMS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
ARITHMETIC = frozenset({"+", "-", "*", "negate", "abs", "rescale", "days as duration"})

# Functions whose results engines count in 32 bits.
NARROW = frozenset({"length", "days apart", "weekday of date"})
PICKING = frozenset({Kernel.MIN, Kernel.MAX, Kernel.FIRST, Kernel.LAST, Kernel.MODE})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can read where it stands.

    `columns` are expressions that are columns there; `entity` is the alias under which the
    entity's own columns are in sight; `rows` are those of the steps of a sequence.
    """

    dialect: Dialect
    binding: Binding
    entity: Entity
    entity_alias: str | None = None
    columns: Mapping[int, Tree] = field(default_factory=dict)
    rows: tuple[Rows, ...] = ()
    covered: Bounds | None = None

    def with_rows(self, rows: tuple[Rows, ...], covered: Bounds | None = None) -> "Scope":
        """The same under event rows."""
        return replace(self, rows=rows, covered=covered)


def lower(expr: Expr, scope: Scope, *, exact: bool = True) -> Tree:
    """The tree of an expression; a condition may be unknown for false unless `exact`."""
    known = scope.columns.get(expr.id)
    if known is not None:
        return known.copy()
    leaf = _leaf(expr, scope)
    if leaf is not None:
        return leaf
    if expr.op == "truth" and not exact:
        return lower(expr.args[0], scope, exact=False)
    operator = OPERATORS[expr.op]
    assert operator.sql is not None, f"`{expr.op}` should have been expanded"
    args = tuple(
        _operand(expr, arg, lower(arg, scope, exact=_exact(expr, i, exact)), scope)
        for i, arg in enumerate(expr.args)
    )
    covered = scope.covered if expr.args and expr.args[0].op == "event_time" else None
    tree = operator.sql(SqlCall(scope.dialect, scope.binding, expr, args, covered))
    false_if_missing = operator.missing is Missing.FALSE and expr.op != "truth"
    if exact and false_if_missing and any(arg.type.nullable for arg in expr.args):
        return scope.dialect.is_true(tree)
    return tree


def is_condition(expr: Expr) -> bool:
    """Whether an expression is a truth that is never missing."""
    return expr.type.kind is Kind.BOOL and not expr.type.nullable


def _exact(expr: Expr, position: int, exact: bool) -> bool:
    """Whether an operand must be exact, given whether its operator must."""
    match expr.op:
        case "and" | "or" | "truth":
            return exact
        case "if":
            return exact and position > 0
        case _:
            return True


def _operand(expr: Expr, arg: Expr, tree: Tree, scope: Scope) -> Tree:
    if expr.op in ARITHMETIC and arg.type.kind not in FLOATS and _must_widen(expr, arg):
        return scope.dialect.wide(tree)
    if expr.op in UNBRACKETED or (expr.op in COMPARISONS and isinstance(tree, SUMS)):
        return tree
    return bracket(tree)


def _must_widen(expr: Expr, arg: Expr) -> bool:
    """Whether an operand may be narrower than what is computed from it.

    Of operands that are all constants one is enough.
    """
    if arg.op == "literal":
        return arg is expr.args[0] and all(other.op == "literal" for other in expr.args)
    return _narrow(arg)


def _narrow(expr: Expr) -> bool:
    """Whether an engine may hold a whole number in 32 bits, as its column or its literal is."""
    match expr.op:
        case "literal":
            return True
        case "attribute" | "property":
            return expr.type.kind is Kind.INT
        case "aggregate":
            fold = expr.param
            assert isinstance(fold, Aggregate)
            return fold.kernel in PICKING and fold.value is not None and _narrow(fold.value)
        case "population":
            asked = expr.param
            assert isinstance(asked, Population)
            return asked.among is Among.QUANTILE and _narrow(expr.args[0])
        case "if" | "??" | "least" | "greatest":
            return any(_narrow(arg) for arg in expr.args if arg.type.kind is not Kind.BOOL)
        case _:
            return expr.op in NARROW


def _leaf(expr: Expr, scope: Scope) -> Tree | None:
    match expr.op:
        case "literal":
            return scope.dialect.literal(expr.param, expr.type)
        case "as_of":
            return scope.dialect.literal(scope.binding.as_of, expr.type)
        case "attribute":
            return _attribute(str(expr.param), scope)
        case "property":
            assert isinstance(expr.param, tuple)
            step, name = expr.param
            return scope.rows[step].property(name)
        case "event_time":
            assert isinstance(expr.param, int)
            return scope.rows[expr.param].moment
        case "event_id":
            assert isinstance(expr.param, int)
            return scope.rows[expr.param].id
        case "aggregate" | "population" | "state" | "score":
            raise KeyError(f"{expr!r} is not a column here")
    return None


def _attribute(name: str, scope: Scope) -> Tree:
    if name == scope.entity.key.name:
        return column(name, scope.entity_alias)
    attribute = scope.entity.attributes[name]
    return scope.dialect.leaf(column(attribute.column, scope.entity_alias), attribute)
