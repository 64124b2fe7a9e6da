"""A time that is near, or long gone.

What it does:
    Finds `until(…) <= 60d` and `until(…) < 60d` where nothing says that the time is still to come.

Why:
    Once a time has passed, `until` is negative, and so less than any length: whoever is reminded
    that a contract ends soon is reminded for ever.

Bad:
    metric renewal = last(purchase.at) + 365d

    segment to_renew "Has to renew within two months" {
      when until(renewal) <= 60d
    }

Good:
    metric renewal = last(purchase.at) + 365d

    segment to_renew "Has to renew within two months" {
      when until(renewal) between 0d and 60d
    }

Fix:
    Unsafe, as it leaves out those for whom the time has passed: writes `between 0d and 60d`.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.ast.walk import walk
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        limit = node.right
        if node.operator not in ("<", "<=") or not isinstance(limit, ast.Duration):
            continue
        looks_back = _is_until(context, node.left) and limit.microseconds > 0
        if looks_back and not _is_to_come(context, node):
            yield _hit(context, node, limit)


def _hit(context: Context, node: ast.Binary, limit: ast.Duration) -> Hit:
    value = unparse(node.left)
    between = ast.Between(node.left, ast.Duration(0, "0d"), limit)
    # Both ends of `between` are included, so that it is no way to write `<`.
    inclusive = node.operator == "<="
    return Hit(
        node.span,
        f"this stays true once the time has passed: `{value}` is negative then",
        label="of a time to come, and of every time that is past",
        help=f"write `{unparse(between)}`" if inclusive else f"ask for `{value} >= 0d` as well",
        fix=rewrite(context, node, between, safety=Safety.UNSAFE) if inclusive else None,
    )


def _is_until(context: Context, value: ast.Expression) -> bool:
    """Whether a value is how long it is until some time, or a metric that is."""
    if isinstance(value, ast.Name):
        symbol = context.symbols.find(value.parts, context.item_at(value.span)[0].module)
        metric = None if symbol is None else symbol.node
        return isinstance(metric, ast.Metric) and _is_until_call(metric.value)
    return _is_until_call(value)


def _is_until_call(value: ast.Expression) -> bool:
    """Whether it is `until(…)`, but of what is yet to happen, as in a label."""
    if not isinstance(value, ast.Call) or value.function != "until":
        return False
    return not any(isinstance(node, ast.NextWindow) for node in walk(value))


def _is_to_come(context: Context, node: ast.Binary) -> bool:
    """Whether a condition beside it compares the same value from below."""
    around = (outer for outer in context.around(node) if isinstance(outer, ast.Logical))
    return any(
        isinstance(other, ast.Binary) and other.operator in (">", ">=") and other.left == node.left
        for outer in around
        if outer.operator == "and"
        for other in outer.operands
    )


RULE = Rule(
    code="SEG122",
    name="until-of-the-past",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
