"""A sum of floats at a threshold.

What it does:
    Finds comparisons with a sum or an average of a column that the catalog calls `float`.

Why:
    Segue adds floats in fixed point with six places, so that every engine gives the same sum; what
    is beyond them is lost, and `0.1` in the column is not quite a tenth. Where a threshold decides
    about people, amounts are better `decimal(2)`: exact.

Bad:
    segment heavy "Looked at heavy pages" {
      when sum(page_view.weight over last 30d) >= 100
    }

Good:
    segment big_spenders "Spent a lot lately" {
      when sum(purchase.amount over last 30d) >= 100
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import COMPARISONS
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in COMPARISONS:
            continue
        for value in (node.left, node.right):
            meaning = context.meaning(value)
            total = None if meaning is None else _float_total(meaning)
            if total is not None:
                yield Hit(
                    value.span,
                    f"this adds up floats of `{total.event}`, which are not exact",
                    label="compared with a threshold",
                    help="if it holds amounts, give it the type `decimal(2)` in the catalog",
                )


def _float_total(meaning: Expr) -> Aggregate | None:
    parts = [meaning, *meaning.args]
    for expr in parts + [arg for part in meaning.args for arg in part.args]:
        found = expr.param
        if (
            isinstance(found, Aggregate)
            and found.kernel is Kernel.SUM
            and found.value is not None
            and found.value.op == "fixed"
        ):
            return found
    return None


RULE = Rule(
    code="SEG119",
    name="float-threshold",
    category=Category.CORRECTNESS,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
