"""Lists under construction, and clauses: the parts from which blocks are put together."""

from typing import Any

from segue.grammar.ast import Identifier, Item, Module
from segue.grammar.building.clauses import Clause
from segue.grammar.building.context import Context
from segue.grammar.building.depth import DEEPEST, too_deep
from segue.grammar.codes import TOO_DEEP
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.lexer import Token
from segue.grammar.span import Span


def clause(context: Context, span: Span, keyword: Token, value: Any) -> Clause:
    """A clause of a keyword and one value."""
    return Clause(keyword, value, span)


def empty(context: Context, span: Span) -> list[Any]:
    """No element yet."""
    return []


def first(context: Context, span: Span, element: Any) -> list[Any]:
    """A list of one element."""
    return [element]


def pair(context: Context, span: Span, left: Any, right: Any) -> list[Any]:
    """A list of two elements."""
    return [left, right]


def append(context: Context, span: Span, elements: list[Any], element: Any) -> list[Any]:
    """The same list with one more element: lists are only seen by whoever closes them."""
    elements.append(element)
    return elements


def identifier(context: Context, span: Span, token: Token) -> Identifier:
    """A name being defined or listed."""
    return Identifier(token.text, span=span)


def add_item(context: Context, span: Span, items: list[Item], item: Item | None) -> list[Item]:
    """The items so far and one more, unless it was too incomplete to make a node of."""
    if item is None:
        return items
    # A level of nesting takes a character at least, so most items need no closer look.
    deep = too_deep(item) if item.span.end - item.span.start > DEEPEST else None
    if deep is None:
        items.append(item)
    else:
        help = "give the inner parts names with `metric` or `condition`"
        message = f"this is nested more than {DEEPEST} deep"
        context.report(Diagnostic(TOO_DEEP.id, message, deep.span, help=help))
    return items


def start(context: Context, span: Span, items: list[Item]) -> Module:
    """The whole file."""
    return Module(tuple(items), span=span)
