"""The generator writes every operator, aggregate and window that is declared."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any, get_args

from parity.generate import catalogs, instants, rulesets
from parity.generate.productions import written
from parity.generate.rulesets import Tally
from segue.compiler.operators.aggregates import AGGREGATES
from segue.grammar import ast

# Forward windows are for the labels of scores.
WINDOWS = {window for window in get_args(ast.Window) if window is not ast.NextWindow}


def nodes(part: Any) -> Iterator[ast.Node]:
    if isinstance(part, tuple):
        for item in part:
            yield from nodes(item)
    elif is_dataclass(part) and isinstance(part, ast.Node):
        yield part
        for field in fields(part):
            yield from nodes(getattr(part, field.name))


def operators(node: ast.Node) -> set[str]:
    match node:
        case ast.Call(function=function):
            return {function}
        case ast.Binary(operator=operator) | ast.Logical(operator=operator):
            return {operator}
        case ast.Unary(operator="-"):
            return {"negate"}
        case ast.Unary(operator=operator):
            return {operator}
        case ast.InList():
            return {"in"}
        case ast.IsMissing():
            return {"is missing"}
        case ast.IfElse():
            return {"if"}
    return set()


def sample(count: int) -> Iterator[ast.Module]:
    for seed in range(count):
        random = Random(seed)
        binding = instants.binding(random)
        catalog = catalogs.catalog(random, binding.zone.key)
        yield rulesets.ruleset(random, catalog, (binding.as_of,), Tally(), 10)


def test_everything_declared_is_generated() -> None:
    found: set[str] = set()
    kinds: set[type] = set()
    steps: set[int] = set()
    for module in sample(250):
        for node in nodes(module.items):
            found |= operators(node)
            kinds.add(type(node))
            if isinstance(node, ast.Selection):
                steps.add(len(node.steps))
    assert {operator.name for operator in written()} - found == set()
    assert AGGREGATES.keys() - found == set()
    assert WINDOWS - kinds == set()
    assert steps == {0, 1, 2}
    assert {ast.InSegment, ast.Between, ast.Define, ast.Percent, ast.Duration} - kinds == set()
