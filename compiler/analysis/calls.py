"""Calls: of functions, of aggregates over events, and of defines."""

from dataclasses import replace
from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.hints import aged_hint, function_hint
from segue.compiler.analysis.names import find_event, record_event
from segue.compiler.analysis.populations import lower_population
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import EventArgument, Scope
from segue.compiler.analysis.score_calls import lower_score_call
from segue.compiler.analysis.selections import lower_aggregate
from segue.compiler.analysis.symbols import Symbol
from segue.compiler.index.recording import split_span
from segue.compiler.index.targets import Target, definition, function
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.declaration import Form, Operator
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import FUNCTIONS
from segue.compiler.plan.build import BuildError
from segue.compiler.plan.nodes import Expr
from segue.grammar import ast
from segue.grammar.diagnostics import Label
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis


def lower_call(analysis: "Analysis", scope: Scope, node: ast.Call) -> Expr:
    """The plan node of `name(…)`."""
    name = node.function
    symbol = analysis.symbols.find(tuple(name.split(".")), scope.module)
    if symbol is not None and isinstance(symbol.node, ast.Score):
        _record(analysis, node, definition(symbol.name))
        return lower_score_call(analysis, scope, node, symbol)
    if node.version is not None:
        _refuse_version(node, symbol)
    if name in AGGREGATES:
        _record(analysis, node, function(name))
        return lower_aggregate(analysis, scope, node, AGGREGATES[name])
    if symbol is not None and isinstance(symbol.node, ast.Define):
        _record(analysis, node, definition(symbol.name))
        _refuse_selection(node)
        return _define(analysis, scope, node, symbol, symbol.node)
    if name in FUNCTIONS:
        _record(analysis, node, function(name))
        _refuse_selection(node)
        return _function(analysis, scope, node, FUNCTIONS[name])
    if name in POPULATION:
        _record(analysis, node, function(name))
        return lower_population(analysis, scope, node, POPULATION[name])
    raise _unknown_function(analysis, scope, node, symbol)


def _record(analysis: "Analysis", node: ast.Call, target: Target) -> None:
    span = split_span(node.function_span, node.function.split("."))[-1]
    analysis.recording.name(span, target)


def _function(analysis: "Analysis", scope: Scope, node: ast.Call, operator: Operator) -> Expr:
    variadic = operator.form is Form.VARIADIC
    expected = len(operator.parameters)
    if not variadic and len(node.arguments) != expected:
        raise _wrong_count(node, usage(operator), expected)
    arguments = tuple(_argument(analysis, scope, node, argument) for argument in node.arguments)
    if variadic and not arguments:
        raise _wrong_count(node, usage(operator), 1)
    for parameter, written, value in zip(
        operator.parameters, node.arguments, arguments, strict=variadic is False
    ):
        if parameter.constant and value.op != "literal":
            raise problem(
                codes.WRONG_ARGUMENTS,
                written.span,
                f"`{parameter.name}` of `{operator.name}` must be a constant",
                label="not known when the rules are compiled",
            )
        if parameter.positive and isinstance(value.param, int) and value.param <= 0:
            raise problem(
                codes.WRONG_ARGUMENTS,
                written.span,
                f"`{parameter.name}` of `{operator.name}` must be greater than zero",
                label="not greater than zero",
            )
    try:
        return analysis.build.call(operator.name, *arguments)
    except BuildError as error:
        given = ", ".join(advice.describe(a.type) for a in arguments)
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.span,
            f"`{operator.name}` does not take {given}"
            if "cannot take" in str(error)
            else str(error),
            help=f"it is used as `{operator.example}`",
        ) from None


def _argument(analysis: "Analysis", scope: Scope, call: ast.Call, argument: ast.Expression) -> Expr:
    try:
        return analysis.lower(scope, argument)
    except Problem as found:
        hint = aged_hint(analysis, argument) if call.function == "age" else ""
        if not hint:
            raise
        raise Problem(replace(found.diagnostic, help=hint)) from None


def usage(operator: Operator) -> str:
    """How a function is called: `clamp(x, low, high)`."""
    if operator.form is Form.VARIADIC:
        return f"{operator.name} (a, b, …)"
    return f"{operator.name}({', '.join(p.name for p in operator.parameters)})"


def _define(
    analysis: "Analysis", scope: Scope, node: ast.Call, symbol: Symbol, define: ast.Define
) -> Expr:
    names = [parameter.text for parameter in define.parameters]
    if len(node.arguments) != len(names):
        raise _wrong_count(node, f"{node.function}({', '.join(names)})", len(names))
    arguments = {
        name: _define_argument(analysis, scope, argument)
        for name, argument in zip(names, node.arguments, strict=True)
    }
    try:
        with analysis.entering(symbol, node.span):
            inside = Scope(symbol.module, arguments, define=symbol.name, part=scope.part)
            return analysis.lower(inside, define.value)
    except Problem as found:
        # The finding is in the define; the reader also needs to know which call led there.
        call = Label(node.span, f"`{node.function}` is called here")
        related = (*found.diagnostic.related, call)
        raise Problem(replace(found.diagnostic, related=related)) from None


def _define_argument(
    analysis: "Analysis", scope: Scope, node: ast.Expression
) -> Expr | EventArgument:
    if isinstance(node, ast.Name) and len(node.parts) == 1:
        event = find_event(analysis, scope, node.text)
        if event is not None:
            record_event(analysis, scope, node, event)
            return EventArgument(event)
    return analysis.lower(scope, node)


def _refuse_version(node: ast.Call, symbol: Symbol | None) -> None:
    """Raises `Problem` where what is called has no versions; an unknown name is unknown."""
    known = (*AGGREGATES, *FUNCTIONS, *POPULATION)
    if symbol is not None or node.function in known:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.function_span,
            f"`{node.function}` has no versions: it is not a score",
            help=f"write it without `@{node.version}`",
        )


def _refuse_selection(node: ast.Call) -> None:
    if node.selection is not None or node.by is not None:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.function_span,
            f"`{node.function}` is not an aggregate: it takes no `where`, `over` or `by`",
            help=_where_it_belongs(node),
        )


def _where_it_belongs(node: ast.Call) -> str:
    inner = next((a for a in node.arguments if isinstance(a, ast.Call)), None)
    if inner is not None and inner.function in AGGREGATES and inner.selection is None:
        inside = unparse(replace(inner, selection=node.selection, by=node.by))
        return f"it belongs to the aggregate inside: `{inside}`"
    return "aggregates are " + ", ".join(f"`{name}`" for name in AGGREGATES)


def _wrong_count(node: ast.Call, usage: str, expected: int) -> Problem:
    given = len(node.arguments)
    plural = "argument" if expected == 1 else "arguments"
    return problem(
        codes.WRONG_ARGUMENTS,
        node.span,
        f"`{node.function}` takes {expected} {plural}, not {given}",
        help=f"it is called as `{usage}`",
    )


def _unknown_function(
    analysis: "Analysis", scope: Scope, node: ast.Call, symbol: Symbol | None
) -> Problem:
    name = node.function
    if symbol is not None:
        return problem(
            codes.WRONG_KIND,
            node.function_span,
            f"`{name}` is a {symbol.kind} and takes no arguments",
            help=f"write `{name}`" if symbol.kind != "segment" else f"write `in {name}`",
        )
    unsupported = analysis.symbols.unsupported(name)
    if unsupported is not None:
        return problem(
            codes.NOT_YET_SUPPORTED,
            node.span,
            f"`{unparse(node)}` is a `{unsupported}` block, which is not yet supported",
        )
    defines = [s.name for s in analysis.symbols if isinstance(s.node, ast.Define | ast.Score)]
    candidates = [*FUNCTIONS, *AGGREGATES, *POPULATION, *defines]
    return problem(
        codes.UNKNOWN_NAME,
        node.function_span,
        f"unknown function `{name}`",
        label="not defined",
        help=function_hint(analysis, node, candidates),
    )
