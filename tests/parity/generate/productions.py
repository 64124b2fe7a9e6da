"""Which declared operators and aggregates give a value of which kind: read off the declarations."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from segue.compiler.catalog.model import Catalog, Column, Entity, TableName
from segue.compiler.operators.aggregates import AGGREGATES, AggregateFunction, Selected
from segue.compiler.operators.declaration import Form, Operator, Signature
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.build import Build, BuildError
from segue.compiler.plan.nodes import Graph
from segue.compiler.plan.windows import DAY, Sliding
from segue.compiler.types import INT, Kind, Type, enum


@dataclass(frozen=True, slots=True)
class Application:
    """An operator by one of its signatures."""

    operator: Operator
    signature: Signature


@dataclass(frozen=True, slots=True)
class Fold:
    """An aggregate over events, or over a value of a kind."""

    function: AggregateFunction
    value: Kind | None


def written() -> list[Operator]:
    """The operators that rules can write."""
    return [o for o in OPERATORS.values() if o.form is not Form.INTERNAL]


@cache
def applications() -> Mapping[Kind, tuple[Application, ...]]:
    """The operators that give each kind; an operator counts once per signature."""
    found: dict[Kind, list[Application]] = defaultdict(list)
    for operator in written():
        for signature in operator.signatures:
            found[signature.result].append(Application(operator, signature))
    return {kind: tuple(each) for kind, each in found.items()}


def blank_build() -> Build:
    """What makes expressions over a catalog of nothing."""
    entity = Entity(name="entity", table=TableName("entity"), key=Column("key", INT))
    return Build(Graph(), Catalog(entity=entity))


@cache
def folds() -> Mapping[Kind, tuple[Fold, ...]]:
    """The aggregates that give each kind, found by expanding each over a value of each kind."""
    build = blank_build()
    found: dict[Kind, list[Fold]] = defaultdict(list)
    for function in AGGREGATES.values():
        values: list[Kind | None] = list(function.kinds)
        if function.takes_event:
            values.append(None)
        for kind in values:
            type = enum(("a",)) if kind is Kind.ENUM else None if kind is None else Type(kind)
            value = (
                None
                if type is None
                else build.graph.make("property", param=(0, f"p_{kind}"), type=type.optional)
            )
            unit = "day" if function.takes_unit else None
            selected = Selected("e", Sliding(DAY), None, (), value, None, unit)
            try:
                result = function.expand(build, selected)
            except BuildError:
                continue
            found[result.type.kind].append(Fold(function, kind))
    return {kind: tuple(each) for kind, each in found.items()}
