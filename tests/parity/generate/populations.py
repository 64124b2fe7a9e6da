"""Population functions as they are written, read off their declarations."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from parity.generate.productions import blank_build
from parity.generate.scopes import Scope
from segue.compiler.operators.population import (
    GROUPS,
    POPULATION,
    Everybody,
    PopulationFunction,
)
from segue.compiler.types import Kind, Type
from segue.grammar import ast

if TYPE_CHECKING:
    from parity.generate.expressions import Writer

SHARES = ("0", "50", "100", "12.5", "33.333", "99", "7")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A population function over values of a kind."""

    function: PopulationFunction
    value: Kind


@cache
def comparisons() -> Mapping[Kind, tuple[Comparison, ...]]:
    """The functions that give each kind, found by expanding each over a value of each kind."""
    build = blank_build()
    found: dict[Kind, list[Comparison]] = defaultdict(list)
    for function in POPULATION.values():
        for kind in function.kinds:
            value = build.graph.make("attribute", param=f"a_{kind}", type=Type(kind).optional)
            result = function.expand(build, Everybody(value, None, Fraction(1, 2), first=1))
            found[result.type.kind].append(Comparison(function, kind))
    return {kind: tuple(each) for kind, each in found.items()}


def comparison(writer: "Writer", chosen: Comparison, depth: int, scope: Scope) -> ast.Expression:
    """A call of a population function; inside `where` it is about the entity too."""
    random, outside = writer.random, scope.outside()
    value = writer.names_or(chosen.value, depth - 1, outside)
    if chosen.function.name == "top":
        return ast.Call("top", (ast.Number(random.choice((1, 2, 5, 20, 1000))),), value)
    arguments = [value]
    if chosen.function.takes_share:
        arguments.append(ast.Percent(Decimal(random.choice(SHARES))))
    group = None
    if random.random() < 0.5:
        group = writer.names_or(random.choice(GROUPS), depth - 1, outside)
    return ast.Call(chosen.function.name, tuple(arguments), group)
