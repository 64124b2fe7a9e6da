"""A negation that a missing value decides.

What it does:
    Finds `not` before a comparison, and `not in [...]`, of a value that may be missing.

Why:
    A comparison with a missing value is false, and `not` is the exact complement: so everybody
    without a value is let in. `not nps_score >= 9` selects the people who answered less than 9, and
    all who never answered.

Bad:
    metric nps_score = last(nps_answer.score)

    segment critics "Would not recommend us" {
      when not nps_score >= 9
    }

Good:
    metric nps_score = last(nps_answer.score)

    segment critics "Would not recommend us" {
      when nps_score < 9
    }

Fix:
    Unsafe, as it leaves out those without a value: writes the opposite comparison, or asks that the
    value `is not missing`. To keep them, say so: `nps_score < 9 or nps_score is missing`.
"""

from collections.abc import Iterator
from dataclasses import replace

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Fix, Hit, Safety
from segue.compiler.lint.meanings import OPPOSITES, may_miss
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for negation in context.nodes(ast.Unary):
        if negation.operator == "not":
            yield from _hit(context, negation, negation.operand)
    for membership in context.nodes(ast.InList):
        if membership.negated and not isinstance(context.parent(membership), ast.Unary):
            yield from _hit(context, membership, replace(membership, negated=False))


def _hit(context: Context, negation: ast.Expression, negated: ast.Expression) -> Iterator[Hit]:
    for value in _compared(negated):
        if may_miss(context, value) and not _is_asked(context, value):
            text = unparse(value)
            yield Hit(
                negation.span,
                f"this is true for everybody whose `{text}` is missing",
                label="a comparison with a missing value is false, so its negation is true",
                help=f"say what is meant: `{text} is missing or …`, or `… is not missing and …`",
                fix=_fix(context, negation, value),
            )
            return


def _compared(node: ast.Expression) -> Iterator[ast.Expression]:
    """The values that a negated condition compares, other negations left alone."""
    match node:
        case ast.Logical(_, operands):
            for operand in operands:
                yield from _compared(operand)
        case ast.Binary(_, left, right):
            yield from (left, right)
        case ast.Between(operand, low, high):
            yield from (operand, low, high)
        case ast.InList(operand, _, False):
            yield operand
        case ast.Name():
            yield node


def _is_asked(context: Context, value: ast.Expression) -> bool:
    """Whether the same item asks somewhere if the value is there."""
    _, item = context.item_at(value.span)
    return any(
        asked.operand == value and context.item_at(asked.span)[1] is item
        for asked in context.nodes(ast.IsMissing)
    )


def _fix(context: Context, negation: ast.Expression, value: ast.Expression) -> Fix | None:
    new: ast.Expression
    match negation:
        case ast.Unary(_, ast.Binary(operator, left, right)) if operator in OPPOSITES:
            new = ast.Binary(OPPOSITES[operator], left, right)
        case _:
            new = ast.Logical("and", (ast.IsMissing(value, True), negation))
    return rewrite(context, negation, new, safety=Safety.UNSAFE)


RULE = Rule(
    code="SEG101",
    name="missing-decides-negation",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
