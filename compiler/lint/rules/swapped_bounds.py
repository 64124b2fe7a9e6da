"""A range that begins behind its end.

What it does:
    Finds `between high and low`.

Why:
    No value lies there, so the condition is true for nobody. The bounds were swapped.

Bad:
    segment occasional "Buys now and then" {
      when count(purchase over last 365d) between 5 and 2
    }

Good:
    segment occasional "Buys now and then" {
      when count(purchase over last 365d) between 2 and 5
    }

Fix:
    Unsafe, as it lets people in: swaps the bounds.
"""

from collections.abc import Iterator
from typing import Any

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Between):
        low, high = context.meaning(node.low), context.meaning(node.high)
        if low is None or high is None or not low.op == high.op == "literal":
            continue
        values: Any = low.param, high.param  # Of one type, which has an order.
        if low.type == high.type and values[0] > values[1]:
            new = ast.Between(node.operand, node.high, node.low)
            yield Hit(
                node.span,
                f"nothing lies between `{unparse(node.low)}` and `{unparse(node.high)}`",
                label="true for nobody",
                help=f"write `{unparse(new)}`",
                fix=rewrite(context, node, new, safety=Safety.UNSAFE),
            )


RULE = Rule(
    code="SEG112",
    name="swapped-bounds",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
