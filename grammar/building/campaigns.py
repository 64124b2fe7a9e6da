"""Nodes of campaigns and monitors."""

from typing import Any, cast

from segue.grammar import ast
from segue.grammar.ast import Expression, Identifier, Name
from segue.grammar.building.clauses import Clause, Fields, only
from segue.grammar.building.context import Context
from segue.grammar.lexer import Token
from segue.grammar.span import Span


def campaign(
    context: Context, span: Span, name: Identifier, title: str | None, clauses: list[Any]
) -> ast.Campaign:
    """`campaign name { audience … }`."""
    fields = Fields(context, "campaign", name, clauses)
    fields.require("audience", "say whom it reaches: `audience repeat_customer`")
    return ast.Campaign(
        name,
        fields.list("audience"),
        only(ast.Trigger, clauses),
        fields.get("limit"),
        fields.get("holdout"),
        only(ast.Content, clauses),
        title,
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def trigger_at(context: Context, span: Span, moment: Token, action: ast.Action) -> ast.Trigger:
    """`on entry send …`."""
    return ast.Trigger("entry" if moment.kind == "ENTRY" else "exit", action, span=span)


def trigger_when(
    context: Context, span: Span, condition: Expression, action: ast.Action
) -> ast.Trigger:
    """`on engagement_score >= 8 escalate`."""
    return ast.Trigger(condition, action, span=span)


def action(
    context: Context,
    span: Span,
    verb: Token,
    target: Identifier | None,
    after: Expression | None,
    when: Expression | None,
) -> ast.Action:
    """`send welcome_email after 2h when …`."""
    return ast.Action(cast(ast.ActionVerb, verb.text), target, after, when, span=span)


def bare_action(
    context: Context,
    span: Span,
    verb: Token,
    after: Expression | None,
    when: Expression | None,
) -> ast.Action:
    """`pause when …`."""
    return action(context, span, verb, None, after, when)


def limit(context: Context, span: Span, count: Expression, period: Expression) -> ast.Limit:
    """`1 per 7d`."""
    return ast.Limit(count, period, span=span)


def content(
    context: Context, span: Span, audience: list[Name], clauses: list[Clause]
) -> ast.Content:
    """`content for a, b { … }`."""
    return _content(context, span, tuple(audience), clauses)


def content_otherwise(context: Context, span: Span, clauses: list[Clause]) -> ast.Content:
    """`content otherwise { … }`."""
    return _content(context, span, (), clauses)


def _content(
    context: Context, span: Span, audience: tuple[Name, ...], clauses: list[Clause]
) -> ast.Content:
    heading = audience[0] if audience else Identifier("otherwise", span=span)
    fields = Fields(context, "content for" if audience else "content", heading, clauses)
    return ast.Content(
        audience,
        fields.get("subject"),
        fields.get("preview"),
        fields.get("body"),
        fields.get("cta"),
        fields.get("send_time"),
        fields.list("tokens"),
        span=span,
    )


def monitor(
    context: Context, span: Span, segment: Name, title: str | None, clauses: list[Any]
) -> ast.Monitor:
    """`monitor segment { measure … }`."""
    fields = Fields(context, "monitor", segment, clauses)
    fields.require("measure", "say what is watched: `measure open_rate, click_rate`")
    return ast.Monitor(
        segment,
        fields.list("measure"),
        fields.get("control"),
        fields.get("over"),
        fields.get("baseline"),
        only(ast.Finding, clauses),
        title,
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def finding(
    context: Context,
    span: Span,
    kind: Token,
    level: Identifier,
    text: str | None,
    when: Expression,
) -> ast.Finding:
    """`recommend high "…" when …`, `alert critical when …`."""
    return ast.Finding(
        "recommend" if kind.kind == "RECOMMEND" else "alert", level, when, text, span=span
    )
