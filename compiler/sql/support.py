"""What an engine cannot do, found before any SQL is written."""

from collections.abc import Iterable, Iterator

from segue.compiler.plan.nodes import Aggregate, Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.sql.codes import NOT_ON_THIS_ENGINE
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.scans import reads_entity
from segue.compiler.sql.timelines import checks
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import NOWHERE


def refusals(plan: Plan, target: Dialect, nodes: Iterable[Expr]) -> Iterator[Diagnostic]:
    """A finding for each expression that the engine has no way to compute."""
    if target.correlated:
        return
    for node in nodes:
        if isinstance(node.param, Aggregate) and _needs_exists(node.param):
            yield _not_a_timeline(plan, target, node)


def _needs_exists(aggregate: Aggregate) -> bool:
    """Whether a sequence can only be asked row by row, with EXISTS."""
    return bool(aggregate.steps) and (reads_entity(aggregate) or checks(aggregate.steps) is None)


def _not_a_timeline(plan: Plan, target: Dialect, node: Expr) -> Diagnostic:
    written = plan.written.get(node.id)
    return Diagnostic(
        NOT_ON_THIS_ENGINE.id,
        f"{target.title} cannot compare the events of a sequence in this way",
        NOWHERE if written is None else written.span,
        label="needs a subquery for each event",
        help="of the steps of a sequence it can only ask that two of their properties are equal "
        "(`purchase.sku == cart_add.sku`), and nothing about the customer: put other conditions "
        "on one step alone, or on the customer outside of the aggregate",
    )
