"""Equality of what is hardly ever exactly equal.

What it does:
    Finds `==` and `!=` with a computed fraction, or with how long ago something was.

Why:
    `click_rate == 15%` asks for exactly 15 of 100 and is false for 4 of 26; an age of exactly `7d`
    is right for one microsecond. Such a condition is as good as never true.

Bad:
    segment week_old "Signed up a week ago" {
      when age(signed_up_at) == 7d
    }

Good:
    segment week_old "Signed up a week ago" {
      when age(signed_up_at) between 7d and 8d
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import is_constant
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        if node.operator not in ("==", "!="):
            continue
        for value, other in ((node.left, node.right), (node.right, node.left)):
            meaning = context.meaning(value)
            if meaning is None or not is_constant(other) or _is_an_end(other):
                continue
            what = _continuous(meaning)
            if what:
                yield Hit(
                    node.span,
                    f"`{unparse(value)}` is hardly ever exactly `{unparse(other)}`",
                    label=what,
                    help="ask for a range: `… between … and …`",
                )


def _is_an_end(node: ast.Expression) -> bool:
    """None or all of something is met exactly."""
    match node:
        case ast.Number(value):
            return value in (0, 1)
        case ast.Percent(value):
            return value in (0, 100)
    return False


def _continuous(meaning: Expr) -> str:
    made = {node.op for node in reachable([meaning])} if meaning.op != "aggregate" else {meaning.op}
    if meaning.type.kind is Kind.DURATION and made & {"as_of", "-"}:
        return "a length of time, exact to the microsecond"
    if meaning.type.kind in (Kind.FLOAT, Kind.RATIO) and "quotient" in made:
        return "a fraction"
    return ""


RULE = Rule(
    code="SEG109",
    name="exact-equality",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
