"""A metric that is written out again.

What it does:
    Finds expressions that are exactly what a metric in sight means.

Why:
    The metric has a name, a description and tests. A copy of it keeps its old window when the
    metric gets a new one.

Bad:
    metric orders = count(purchase)

    segment loyal "Come back" {
      when orders >= 5
    }

    segment one_and_done "Bought once, and long ago" {
      when count(purchase) == 1
       and age(last(purchase.at)) > 180d
    }

Good:
    metric orders = count(purchase)

    segment loyal "Come back" {
      when orders >= 5
    }

    segment one_and_done "Bought once, and long ago" {
      when orders == 1
       and age(last(purchase.at)) > 180d
    }

Fix:
    Safe: writes the name of the metric.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import row_event
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.plan import Definition
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    metrics: dict[int, Definition] = {}
    for metric in context.plan.metrics.values():
        if metric.expr.op not in ("attribute", "literal"):
            metrics.setdefault(metric.expr.id, metric)
    if not metrics:
        return
    written: list[ast.Expression] = [*context.nodes(ast.Call), *context.nodes(ast.Binary)]
    for node in written:
        found = _metric(context, metrics, node)
        if found is not None:
            yield _hit(context, node, found)


def _metric(
    context: Context, metrics: dict[int, Definition], node: ast.Expression
) -> Definition | None:
    """The metric that an expression repeats, if its name can be written there."""
    meaning = context.meaning(node)
    metric = None if meaning is None else metrics.get(meaning.id)
    if metric is None or row_event(context, node):
        return None
    parent = context.parent(node)
    if isinstance(parent, ast.Metric | ast.Condition) and parent.value is node:
        return None  # The metric itself, or another name for it.
    source, item = context.item_at(node.span)
    if isinstance(item, ast.Define):
        return None
    module = tuple(metric.name.split(".")[:-1])
    return metric if source.module[: len(module)] == module else None


def _hit(context: Context, node: ast.Expression, metric: Definition) -> Hit:
    name = ast.Name((metric.source.name.text,))
    return Hit(
        node.span,
        f"this is the metric `{metric.name}`",
        label="written out again",
        related=(Label(metric.source.name.span, "defined here"),),
        help=f"write `{name.text}`",
        fix=rewrite(context, node, name),
    )


RULE = Rule(
    code="SEG406",
    name="inlined-metric",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
