"""Nodes of metrics, conditions, definitions, segments, tiers and assertions."""

from typing import Any

from segue.grammar import ast
from segue.grammar.ast import Expression, Identifier, Name
from segue.grammar.building.clauses import Clause, Fields, only
from segue.grammar.building.context import Context
from segue.grammar.lexer import Token
from segue.grammar.span import Span


def metric(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    value: Expression,
    clauses: list[Any],
) -> ast.Metric:
    """`metric name = …`."""
    fields = Fields(context, "metric", name, clauses)
    return ast.Metric(
        name,
        value,
        title,
        fields.get("default"),
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def condition(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    value: Expression,
    clauses: list[Any],
) -> ast.Condition:
    """`condition name = …`."""
    fields = Fields(context, "condition", name, clauses)
    return ast.Condition(name, value, title, fields.list("tags"), fields.get("owner"), span=span)


def define(
    context: Context,
    span: Span,
    name: Identifier,
    parameters: list[Identifier] | None,
    value: Expression,
) -> ast.Define:
    """`define name(p, q) = …`."""
    return ast.Define(name, tuple(parameters or ()), value, span=span)


def segment(
    context: Context, span: Span, name: Identifier, title: str | None, clauses: list[Any]
) -> ast.Segment | None:
    """`segment name { when … }`."""
    fields = Fields(context, "segment", name, clauses)
    when = fields.require("when", "say who belongs to it: `when email_opens_30d >= 10`")
    if when is None:
        return None
    return ast.Segment(
        name,
        when,
        title,
        fields.get("priority"),
        fields.get("cadence"),
        fields.list("actions"),
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def tier_bound(context: Context, span: Span, operator: Token, value: Expression) -> ast.TierBound:
    """`when >= 80%`."""
    return ast.TierBound(operator.text, value, span=span)


def otherwise(context: Context, span: Span) -> None:
    """`otherwise`: no bound."""


def tier(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    bound: ast.TierBound | None,
    clauses: list[Clause],
) -> ast.Tier:
    """One tier."""
    fields = Fields(context, "tier", name, clauses)
    return ast.Tier(
        name,
        bound,
        title,
        fields.get("priority"),
        fields.get("cadence"),
        fields.list("actions"),
        span=span,
    )


def tiers(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    by: Expression,
    clauses: list[Any],
) -> ast.Tiers:
    """`tiers name by … { … }`, the last one `otherwise` and no other."""
    fields = Fields(context, "tiers", name, clauses)
    rows = only(ast.Tier, clauses)
    _check_otherwise(fields, rows)
    return ast.Tiers(name, by, rows, title, fields.list("tags"), fields.get("owner"), span=span)


def _check_otherwise(fields: Fields, rows: tuple[ast.Tier, ...]) -> None:
    open_rows = [row for row in rows if row.bound is None]
    if not open_rows:
        fields.missing(
            "`otherwise`", "tiers divide everybody: let the last one be `the_rest otherwise`"
        )
    for row in open_rows:
        if row is not rows[-1]:
            fields.unreachable(row.name, rows[rows.index(row) + 1].name)


def assertion(context: Context, span: Span, claim: ast.Claim, title: str | None) -> ast.Assert:
    """`assert …`."""
    return ast.Assert(claim, title, span=span)


def implies(context: Context, span: Span, left: Expression, right: Expression) -> ast.Implies:
    """`a implies b`."""
    return ast.Implies(left, right, span=span)


def disjoint(context: Context, span: Span, segments: list[Name]) -> ast.Disjoint:
    """`disjoint(a, b)`."""
    return ast.Disjoint(tuple(segments), span=span)


def exhaustive(context: Context, span: Span, segments: list[Name]) -> ast.Exhaustive:
    """`exhaustive(a, b)`."""
    return ast.Exhaustive(tuple(segments), span=span)
