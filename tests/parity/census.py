"""How often each declared operator, aggregate and window stands in the rules of some cases."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from parity.generate.productions import written
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.grammar import ast

# Forward windows are for the labels of scores.
WINDOWS = tuple(window for window in get_args(ast.Window) if window is not ast.NextWindow)


def declared() -> list[str]:
    """Everything that rules can be made of."""
    operators = [operator.name for operator in written()]
    return [*operators, *AGGREGATES, *POPULATION, *(window.__name__ for window in WINDOWS)]


def count(items: Iterable[ast.Item]) -> Counter[str]:
    """How often each stands in some definitions."""
    return Counter(name for node in nodes(tuple(items)) for name in _names(node))


def table(counts: Counter[str]) -> str:
    """The counts of everything declared, the rarest last."""
    lines = sorted(((counts[name], name) for name in declared()), reverse=True)
    return "\n".join(f"{number:>9,}  {name}" for number, name in lines)


def nodes(part: Any) -> Iterator[ast.Node]:
    """Every piece of a syntax tree."""
    if isinstance(part, tuple):
        for item in part:
            yield from nodes(item)
    elif is_dataclass(part) and isinstance(part, ast.Node):
        yield part
        for field in fields(part):
            yield from nodes(getattr(part, field.name))


def _names(node: ast.Node) -> Iterator[str]:
    match node:
        case ast.Call(function=function):
            yield function
        case ast.Binary(operator=operator) | ast.Logical(operator=operator):
            yield operator
        case ast.Unary(operator="-"):
            yield "negate"
        case ast.Unary(operator=operator):
            yield operator
        case ast.InList():
            yield "in"
        case ast.IsMissing():
            yield "is missing"
        case ast.IfElse():
            yield "if"
        case _ if isinstance(node, WINDOWS):
            yield type(node).__name__
