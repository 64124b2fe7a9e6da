"""Edits of expressions: another expression in place of one, with brackets where it needs them."""

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Safety
from segue.grammar import ast
from segue.grammar.ast import Expression
from segue.grammar.unparse import binds_as_tightly, unparse


def rewrite(
    context: Context,
    old: ast.Expression,
    new: ast.Expression,
    title: str = "",
    safety: Safety = Safety.SAFE,
) -> Fix:
    """A fix that writes one expression in place of another."""
    text = unparse(new)
    if isinstance(context.parent(old), Expression) and not binds_as_tightly(new, old):
        text = f"({text})"
    return Fix(title or f"write `{unparse(new)}`", (Edit(old.span, text),), safety)


def remove_item(context: Context, item: ast.Node, title: str, safety: Safety) -> Fix:
    """A fix that deletes a whole item, its line ends included."""
    text = context.texts[item.span.path]
    start, end = item.span.start, item.span.end
    while end < len(text) and text[end] in " \t\r":
        end += 1
    if end < len(text) and text[end] == "\n":
        end += 1
    return Fix(title, (Edit(item.span._replace(start=start, end=end), ""),), safety)
