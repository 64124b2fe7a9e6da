"""A comparison that is decided before anybody is looked at.

What it does:
    Finds comparisons with a number that the value can never reach, or can never fail to reach: by
    the range in the catalog, by the length of the window, or because counts are not negative.

Why:
    A condition that is always true chooses nobody, and one that is always false chooses nobody at
    all. Mostly the number has a digit too many, or another scale was meant.

Bad:
    metric nps_score = last(nps_answer.score)

    segment fans "Would recommend us" {
      when nps_score >= 90
    }

Good:
    metric nps_score = last(nps_answer.score)

    segment fans "Would recommend us" {
      when nps_score >= 9
    }
"""

from collections.abc import Iterator
from decimal import Decimal
from math import inf

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import COMPARISONS, is_constant, row_event
from segue.compiler.lint.ranges import Range, range_of
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import from_microseconds, to_date
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import duration_text, unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in COMPARISONS or node.left == node.right:
            continue
        meaning = context.meaning(node)
        if meaning is None or meaning.op not in COMPARISONS:
            continue
        event = row_event(context, node)
        left, right = (range_of(arg, context.catalog, event) for arg in meaning.args)
        truth = _decide(meaning.op, left, right)
        if truth is not None:
            yield _hit(node, meaning, left, truth)


def _decide(operator: str, left: Range, right: Range) -> bool | None:
    match operator:
        case "<" | ">=":
            less = True if left.high < right.low else False if left.low >= right.high else None
            return less if operator == "<" or less is None else not less
        case ">" | "<=":
            more = True if left.low > right.high else False if left.high <= right.low else None
            return more if operator == ">" or more is None else not more
        case _:
            apart = left.high < right.low or left.low > right.high
            return (operator == "!=") if apart else None


def _hit(node: ast.Binary, meaning: Expr, left: Range, truth: bool) -> Hit:
    value = unparse(node.right if is_constant(node.left) else node.left)
    outcome = "true for everybody" if truth else "true for nobody"
    if truth and meaning.args[0].type.nullable:
        outcome = "true for everybody who has a value"
    return Hit(
        node.span, f"this is {outcome}", label=f"`{value}` is {_words(left, meaning.args[0])}"
    )


def _words(range: Range, expr: Expr) -> str:
    low, high = (_number(edge, expr) for edge in (range.low, range.high))
    if range.low == -inf:
        return f"at most {high}"
    if range.high == inf:
        return f"at least {low}"
    return f"between {low} and {high}"


def _number(value: float, expr: Expr) -> str:
    if value in (inf, -inf):
        return ""
    match expr.type.kind:
        case Kind.DURATION:
            return duration_text(int(value))
        case Kind.DECIMAL:
            return f"{Decimal(int(value)).scaleb(-expr.type.scale):f}"
        case Kind.DATE:
            return to_date(int(value)).isoformat()
        case Kind.TIMESTAMP:
            return from_microseconds(int(value)).isoformat()
        case _:
            return f"{value:g}"


RULE = Rule(
    code="SEG102",
    name="decided-comparison",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
