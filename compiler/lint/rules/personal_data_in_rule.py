"""Personal data written into a rule.

What it does:
    Finds values that an attribute or a property marked `pii: true` is compared with, and texts that
    look like a mail address or a telephone number.

Why:
    Rules are text in version control: what is written here is copied to every clone and every
    report, and no request for erasure reaches it. Name the people by a key or an attribute that
    says why they are meant.

Bad:
    segment testers "Our own people" {
      when email == "anna@example.com"
    }

Good:
    segment testers "Our own people" {
      when email ends with "@example.com"
    }
"""

import re
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import (
    is_personal,
    row_event,
)
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TELEPHONE = re.compile(r"\+?\d[\d ()/-]{7,}\d")


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for text in context.nodes(ast.String):
        value = _compared_with(context, text)
        if value is not None and _is_personal(context, value):
            yield _hit(text, f"`{unparse(value)}` is personal data, and so is what it is equal to")
        elif _ADDRESS.fullmatch(text.value):
            yield _hit(text, "this looks like somebody's mail address")
        elif _TELEPHONE.fullmatch(text.value) and sum(c.isdigit() for c in text.value) > 8:
            yield _hit(text, "this looks like somebody's telephone number")


def _compared_with(context: Context, text: ast.String) -> ast.Expression | None:
    """The value that a text is compared with as a whole: a part of it names nobody."""
    match context.parent(text):
        case ast.Binary("==" | "!=", left, right):
            return left if right is text else right
        case ast.InList(operand, _, _):
            return operand
    return None


def _is_personal(context: Context, value: ast.Expression) -> bool:
    meaning = context.meaning(value)
    return meaning is not None and is_personal(meaning, context.catalog, row_event(context, value))


def _hit(text: ast.String, message: str) -> Hit:
    return Hit(
        text.span,
        message,
        label="kept for ever in version control",
        help="choose people by a key, or by an attribute that says why they are meant",
    )


RULE = Rule(
    code="SEG503",
    name="personal-data-in-rule",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
