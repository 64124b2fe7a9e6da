"""Nodes of lifecycles, states, reactions and scores."""

from typing import Any

from segue.grammar import ast
from segue.grammar.ast import Expression, Identifier, Name
from segue.grammar.building.clauses import Clause, Fields, only
from segue.grammar.building.context import Context
from segue.grammar.lexer import Token
from segue.grammar.span import Span


def lifecycle(
    context: Context, span: Span, name: Identifier, title: str | None, clauses: list[Any]
) -> ast.Lifecycle:
    """`lifecycle name { stage … }`."""
    fields = Fields(context, "lifecycle", name, clauses)
    stages = only(ast.Stage, clauses)
    if not stages:
        fields.missing("`stage`", "name the stages people pass through: `stage prospect { … }`")
    return ast.Lifecycle(
        name,
        stages,
        fields.get("initial"),
        title,
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def stage(
    context: Context, span: Span, name: Identifier, title: str | None, clauses: list[Clause]
) -> ast.Stage:
    """`stage name { … }`."""
    fields = Fields(context, "stage", name, clauses)
    return ast.Stage(
        name,
        title,
        fields.get("enter"),
        fields.get("exit"),
        fields.list("nurture"),
        fields.list("triggers"),
        fields.list("next"),
        span=span,
    )


# ------------------------------------------------------------------- states, reactions


def bounds(
    context: Context, span: Span, low: Expression, high: Expression
) -> tuple[Expression, Expression]:
    """`between 0 and 10`."""
    return low, high


def state(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    type_: Identifier,
    initial: Expression,
    limits: tuple[Expression, Expression] | None,
    clauses: list[Any],
) -> ast.State:
    """`state name: number = 0 { on … }`."""
    fields = Fields(context, "state", name, clauses)
    updates = only(ast.Update, clauses)
    if not updates:
        fields.missing("`on`", "say which events change it: `on email_open add 1`")
    low, high = limits or (None, None)
    return ast.State(
        name,
        type_,
        initial,
        updates,
        low,
        high,
        title,
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


def update(
    context: Context,
    span: Span,
    event: Name,
    where: Expression | None,
    operation: Token,
    value: Expression,
) -> ast.Update:
    """`on email_open add 1`."""
    return ast.Update(event, "add" if operation.kind == "ADD" else "set", value, where, span=span)


def reaction(
    context: Context, span: Span, event: Name, where: Expression | None, clauses: list[Clause]
) -> ast.Reaction:
    """`on event { do … }`."""
    fields = Fields(context, "reaction to", event, clauses)
    if not clauses:
        fields.missing("`do`", "say what happens: `do notify_account_manager`")
    return ast.Reaction(
        event, where, fields.list("do"), fields.list("start"), fields.list("stop"), span=span
    )


# ------------------------------------------------------------------------------ scores


def score(
    context: Context,
    span: Span,
    name: Identifier,
    title: str | None,
    type_: Identifier,
    clauses: list[Clause],
) -> ast.Score | None:
    """`score name: probability { predict … from … }`."""
    fields = Fields(context, "score", name, clauses)
    if type_.text != "cluster":
        fields.require(
            "predict", "say what is to be foretold: `predict exists(purchase over next 30d)`"
        )
    features = fields.require("from", "list the features: `from email_opens_30d, click_rate_30d`")
    if features is None:
        return None
    listed, tagged = features
    return ast.Score(
        name,
        type_,
        fields.get("predict"),
        listed,
        fields.get("with"),
        fields.get("train"),
        fields.get("holdout"),
        fields.get("calibrate"),
        fields.get("among"),
        tagged,
        fields.get("serve"),
        title,
        fields.list("tags"),
        fields.get("owner"),
        span=span,
    )


Features = tuple[tuple[Expression, ...], tuple[Identifier, ...]]


def listed_features(context: Context, span: Span, listed: list[Expression]) -> Features:
    """`from email_opens_30d, click_rate_30d`."""
    return tuple(listed), ()


def tagged_features(context: Context, span: Span, word: Token, tags: list[Identifier]) -> Features:
    """`from all metrics tagged email`."""
    return (), tuple(tags)


def mixed_features(
    context: Context, span: Span, listed: list[Expression], word: Token, tags: list[Identifier]
) -> Features:
    """`from country, all metrics tagged email`."""
    return tuple(listed), tuple(tags)


def serving(
    context: Context, span: Span, method: Identifier, within: Expression | None
) -> ast.Serving:
    """`table within 7d`."""
    return ast.Serving(method, within, span=span)


def training(
    context: Context, span: Span, every: Expression | None, window: ast.Window
) -> ast.Training:
    """`every 30d over last 360d`."""
    return ast.Training(window, every, span=span)


def method(
    context: Context, span: Span, name: Identifier, arguments: list[ast.Argument] | None
) -> ast.Estimator:
    """`random_forest(trees = 100)`."""
    return ast.Estimator(name, tuple(arguments or ()), span=span)


def argument(context: Context, span: Span, name: Identifier, value: Expression) -> ast.Argument:
    """`trees = 100`."""
    return ast.Argument(name, value, span=span)
