"""Counting to find out if there is any.

What it does:
    Finds `count(...) > 0`, `count(...) == 0` and their like.

Why:
    `exists(...)` says what is asked, and reads as a sentence.

Bad:
    segment readers "Opened a mail lately" {
      when count(email_open over last 30d) > 0
    }

Good:
    segment readers "Opened a mail lately" {
      when exists(email_open over last 30d)
    }

Fix:
    Safe: writes `exists(...)` or `not exists(...)`.
"""

from collections.abc import Iterator
from dataclasses import replace

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import FLIPPED
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity

# What a comparison of a count with a number asks: whether there is any.
_MEANINGS = {
    (">", 0): True,
    (">=", 1): True,
    ("!=", 0): True,
    ("==", 0): False,
    ("<=", 0): False,
    ("<", 1): False,
}


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.Binary):
        match node:
            case ast.Binary(operator, ast.Call() as call, ast.Number(value)):
                yield from _hit(context, node, call, operator, value)
            case ast.Binary(operator, ast.Number(value), ast.Call() as call) if operator in FLIPPED:
                yield from _hit(context, node, call, FLIPPED[operator], value)


def _hit(
    context: Context, node: ast.Binary, call: ast.Call, operator: str, value: object
) -> Iterator[Hit]:
    wanted = _MEANINGS.get((operator, value)) if isinstance(value, int) else None
    if wanted is None or call.function != "count" or not _is_event(call):
        return
    exists = replace(call, function="exists")
    new = exists if wanted else ast.Unary("not", exists)
    text = "exists(…)" if wanted else "not exists(…)"
    yield Hit(
        node.span,
        f"this asks if there is {'any' if wanted else 'none'}",
        help=f"write `{text}`",
        fix=rewrite(context, node, new, f"write `{text}`"),
    )


def _is_event(call: ast.Call) -> bool:
    """Whether events are counted, and not those that have a value for some property."""
    first = call.arguments[0] if len(call.arguments) == 1 else None
    return isinstance(first, ast.Name) and len(first.parts) == 1


RULE = Rule(
    code="SEG301",
    name="count-instead-of-exists",
    category=Category.CLARITY,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
