"""Calls of population functions: `percentile(spend)`, `average(spend by country)`."""

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.hints import compared_hint
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.operators.population import GROUPS, Everybody, PopulationFunction
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import Kind
from segue.grammar import ast

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

MOST_PLACES = 9
"""Decimal places of a quantile's share: how many entities times 10^9 still is a whole number."""


def lower_population(
    analysis: "Analysis", scope: Scope, node: ast.Call, function: PopulationFunction
) -> Expr:
    """The plan node of a population function; inside `where`, it is about the entity too."""
    if node.selection is not None:
        own = "for events of one entity write `avg`; else " if function.name == "average" else ""
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.function_span,
            f"`{node.function}` compares entities, not events: it takes no `where` or `over`",
            help=f"{own}fold the events of each first: "
            f"`{node.function}(sum(purchase.amount over last 90d))`",
        )
    outside = scope.outside_rows()
    if function.name == "top":
        return _top(analysis, outside, node, function)
    _check_count(node, function)
    value = _value(analysis, outside, node.arguments[0], function)
    group = None if node.by is None else _group(analysis, outside, node.by)
    share = _share(analysis, outside, node.arguments[1]) if function.takes_share else None
    return function.expand(analysis.build, Everybody(value, group, share))


def _top(analysis: "Analysis", scope: Scope, node: ast.Call, function: PopulationFunction) -> Expr:
    if len(node.arguments) != 1 or node.by is None:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.span,
            "`top` takes how many, and a value to order by",
            help=f"it is used as `{function.example}`",
        )
    first = analysis.lower(scope, node.arguments[0])
    if first.op != "literal" or first.type.kind is not Kind.INT or not _positive(first):
        share = isinstance(node.arguments[0], ast.Percent)
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.arguments[0].span,
            "`top` takes a whole number greater than zero",
            label=advice.describe(first.type),
            help="for a share of all compare the percentile: `percentile(x) >= 90%`"
            if share
            else f"it is used as `{function.example}`",
        )
    assert isinstance(first.param, int)
    value = _value(analysis, scope, node.by, function, f"top {first.param} by …")
    return function.expand(analysis.build, Everybody(value, None, first=first.param))


def _positive(number: Expr) -> bool:
    return isinstance(number.param, int) and number.param > 0


def _check_count(node: ast.Call, function: PopulationFunction) -> None:
    expected = 2 if function.takes_share else 1
    if len(node.arguments) == expected:
        return
    raise problem(
        codes.WRONG_ARGUMENTS,
        node.span,
        f"`{function.name}` takes {'a value and a share' if expected == 2 else 'one value'}, "
        f"not {len(node.arguments)} arguments",
        help=f"it is called as `{function.syntax}`",
    )


def _value(
    analysis: "Analysis",
    scope: Scope,
    node: ast.Expression,
    function: PopulationFunction,
    called: str = "",
) -> Expr:
    """The value by which entities are compared; `called` is how, with a gap for the value."""
    called = called or f"{function.name}(…{', 50%' if function.takes_share else ''})"
    value = _lower(analysis, scope, node, called)
    if value.type.kind not in function.kinds:
        raise problem(
            codes.TYPE_MISMATCH,
            node.span,
            f"`{function.name}` cannot take {advice.describe(value.type)}",
            label=advice.describe(value.type),
            help=f"it is used as `{function.example}`",
        )
    return value


def _lower(analysis: "Analysis", scope: Scope, node: ast.Expression, place: str) -> Expr:
    """A value of the entity; where a property of events stands there, how to make one of it."""
    try:
        return analysis.lower(scope, node)
    except Problem as found:
        hint = compared_hint(analysis, node, place)
        if not hint:
            raise
        raise Problem(replace(found.diagnostic, help=hint)) from None


def _group(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Expr:
    group = _lower(analysis, scope, node, "by")
    if group.type.kind not in GROUPS:
        raise problem(
            codes.TYPE_MISMATCH,
            node.span,
            f"{advice.describe(group.type)} makes no groups: rounding decides which are equal",
            label=advice.describe(group.type),
            help="group by a whole number, as in `by round(x)`, or by a text, a day, an enum",
        )
    return group


def _share(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Fraction:
    value = analysis.lower(scope, node)
    if isinstance(node, ast.Percent) and value.op == "literal":
        share = Fraction(node.value) / 100
        if share <= 1 and 10**MOST_PLACES % share.denominator == 0:
            return share
    raise problem(
        codes.WRONG_ARGUMENTS,
        node.span,
        "the share of a quantile is a percentage from 0% to 100%, written as such",
        label=advice.describe(value.type),
        help="`quantile(x, 50%)` is the median",
    )
