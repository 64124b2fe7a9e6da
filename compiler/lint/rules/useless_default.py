"""A default for what is never missing.

What it does:
    Finds `x ?? y`, and `default` of a metric, where the value is always there.

Why:
    Counts and sums of nothing are 0, so the default is never used: whoever wrote it expected
    something else of the value.

Bad:
    metric orders = count(purchase over last 365d) default 0

    segment buyers "Have bought" {
      when orders >= 1
    }

Good:
    metric orders = count(purchase over last 365d)

    segment buyers "Have bought" {
      when orders >= 1
    }

Fix:
    Safe: takes out the default.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator == "??" and _is_always_there(context, node.left):
            yield _hit(
                node.left, node.right, rewrite(context, node, node.left, "take out the default")
            )
    for metric in context.nodes(ast.Metric):
        if metric.default is not None and _is_always_there(context, metric.value):
            yield _hit(metric.value, metric.default, _without_default(context, metric))


def _is_always_there(context: Context, node: ast.Expression) -> bool:
    meaning = context.meaning(node)
    return meaning is not None and not meaning.type.nullable


def _hit(value: ast.Expression, default: ast.Expression, fix: Fix) -> Hit:
    return Hit(
        default.span,
        f"`{unparse(value)}` is never missing",
        label="never used",
        help="take out the default",
        fix=fix,
    )


def _without_default(context: Context, metric: ast.Metric) -> Fix:
    assert metric.default is not None
    text, start = context.texts[metric.span.path], metric.value.span.end
    word = text.rindex("default", start, metric.default.span.start)
    before = start + len(text[start:word].rstrip())
    span = metric.default.span._replace(start=before)
    return Fix("take out the default", (Edit(span, ""),))


RULE = Rule(
    code="SEG311",
    name="useless-default",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
