"""What an engine cannot do, found before any SQL is written."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from segue.compiler.plan.nodes import Aggregate, Expr, Scored, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.codes import TOO_LARGE
from segue.compiler.scores.scorer import model_of, not_trained
from segue.compiler.sql.codes import NOT_ON_THIS_ENGINE
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.scans import reads_entity
from segue.compiler.sql.scores.limits import excess, reads_table
from segue.compiler.sql.timelines import checks
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import NOWHERE, Span


def refusals(plan: Plan, target: Dialect, nodes: Iterable[Expr]) -> Iterator[Diagnostic]:
    """A finding for each expression that the engine has no way to compute."""
    for node in nodes:
        match node.param:
            case Aggregate() as aggregate if _too_nested(target, aggregate):
                yield _refusal(
                    plan,
                    node,
                    f"{target.title} cannot compare the events of a sequence in this way",
                    "needs subqueries inside subqueries",
                    "that two properties of neighbouring steps are equal "
                    "(`purchase.sku == cart_add.sku`) is possible: put other conditions on one "
                    "step alone, and what is about the customer outside of the aggregate",
                )
            case Scored() as scored if found := _unscored(plan, target, scored):
                yield replace(found, span=_written(plan, node))


def _unscored(plan: Plan, target: Dialect, scored: Scored) -> Diagnostic | None:
    """Why a score can be neither computed nor read; None where it can."""
    if reads_table(target, plan.models, scored):
        return None
    if not scored.digest:
        return not_trained(scored)
    found = excess(target, model_of(plan.models, scored))
    if found is None:
        return None
    return Diagnostic(
        TOO_LARGE.id,
        f"the model of `{scored.score}` is too large for a query of {target.title}",
        NOWHERE,
        label=found,
        help=f"write `serve table within 7d` in `{scored.score}`, and let `segue score` write "
        "the table, or train a smaller model",
    )


def _too_nested(target: Dialect, aggregate: Aggregate) -> bool:
    """Whether a sequence can only be asked row by row, and deeper than the engine can."""
    if target.nested_exists is None or len(aggregate.steps) <= target.nested_exists:
        return False
    return reads_entity(aggregate) or checks(aggregate.steps) is None


def _refusal(plan: Plan, node: Expr, message: str, label: str, help: str) -> Diagnostic:
    return Diagnostic(NOT_ON_THIS_ENGINE.id, message, _written(plan, node), label=label, help=help)


def _written(plan: Plan, node: Expr) -> Span:
    """Where the smallest expression stands that needs a node; `exists(…)` is a count of events."""
    for expr in plan.graph:
        if expr.id in plan.written and any(inner is node for inner in reachable([expr])):
            return plan.written[expr.id].span
    return NOWHERE
