"""A condition of a step that is not about its event.

What it does:
    Finds parts of the `where` of a step that read only the events before it.

Why:
    The `where` of a step chooses the event that follows. Where both events are of the same kind,
    `purchase.amount` is that of the earlier one, and the later one's is plain `amount`. After `not
    followed by` such a part lets in everybody for whom it is false.

Bad:
    segment back_for_more "Bought again within a week, for more than 50" {
      when exists(purchase followed by purchase within 7d where purchase.amount > 50.00)
    }

Good:
    segment back_for_more "Bought again within a week, for more than 50" {
      when exists(purchase followed by purchase within 7d where amount > 50.00)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Expr
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for selection in context.nodes(ast.Selection):
        for place, step in enumerate(selection.steps, start=1):
            for part in _parts(step.where):
                meaning = context.meaning(part)
                read = set() if meaning is None else set(_steps_read(meaning))
                if read and place not in read:
                    yield _hit(step, part)


def _hit(step: ast.Step, part: ast.Expression) -> Hit:
    event = step.event.text
    return Hit(
        part.span,
        f"this says nothing about the `{event}` that follows",
        label="about an event before it",
        help=f"name the properties of this `{event}` alone, without the event; what is about an "
        "earlier one goes into the `where` of that",
    )


def _parts(where: ast.Expression | None) -> Iterator[ast.Expression]:
    """The conditions that are joined by `and`."""
    if isinstance(where, ast.Logical) and where.operator == "and":
        for operand in where.operands:
            yield from _parts(operand)
    elif where is not None:
        yield where


def _steps_read(expr: Expr) -> Iterator[int]:
    """The steps whose rows an expression reads, but for those of aggregates inside it."""
    if expr.op == "property" and isinstance(expr.param, tuple):
        yield int(expr.param[0])
    elif expr.op == "event_time" and isinstance(expr.param, int):
        yield expr.param
    for argument in expr.args:
        yield from _steps_read(argument)


RULE = Rule(
    code="SEG121",
    name="step-about-another",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
