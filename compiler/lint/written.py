"""Where the conditions of segments stand, and how they are written: for solver rules."""

from segue.compiler.lint.context import Context
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Definition
from segue.grammar import ast
from segue.grammar.span import Span
from segue.grammar.unparse import unparse


def name_span(definition: Definition) -> Span:
    """Where a definition has its name."""
    return definition.source.name.span


def parts(segment: Definition) -> tuple[ast.Expression, ...]:
    """The parts of a segment's `and` or `or` as they are written, or the whole condition."""
    assert isinstance(segment.source, ast.Segment)
    when = segment.source.when
    return when.operands if isinstance(when, ast.Logical) else (when,)


def written(context: Context, segment: Definition, expr: Expr) -> str:
    """A part of a segment's condition in the words of the rules."""
    for node in parts(segment):
        if context.meaning(node) is expr:
            return unparse(node)
    found = context.plan.written.get(expr.id)
    return unparse(found) if found is not None else "its condition"
