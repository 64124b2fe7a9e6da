"""Everything that is called by name: functions, aggregates and population functions alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from segue.compiler.analysis.calls import usage
from segue.compiler.operators.aggregates import AGGREGATES, AggregateFunction
from segue.compiler.operators.declaration import Form, Operator
from segue.compiler.operators.population import POPULATION, PopulationFunction
from segue.compiler.operators.registry import FUNCTIONS
from segue.compiler.types import Kind


@dataclass(frozen=True, slots=True)
class CallableWord:
    """What is called as `name(…)`: what it takes, gives and does.

    `usage` is how a call is written; `parameters` are the parts of it between commas. `results`
    are the kinds it may give; none where that is the kind of what it is given. `folds` is set for
    aggregates, which stand for an entity and not inside the choice of events.
    """

    name: str
    usage: str
    parameters: tuple[str, ...]
    doc: str
    example: str
    results: frozenset[Kind] = frozenset()
    folds: bool = False


@cache
def callables() -> Mapping[str, CallableWord]:
    """All of them by name. What is declared is here: nothing has to be added."""
    words = [
        *map(_aggregate, AGGREGATES.values()),
        *map(_function, FUNCTIONS.values()),
        *map(_population, POPULATION.values()),
    ]
    return MappingProxyType({word.name: word for word in words})


def _aggregate(function: AggregateFunction) -> CallableWord:
    first = "event" if function.takes_event or not function.kinds else "event.property"
    parameters = (first, *(["period"] if function.takes_unit else []))
    by = " [by number]" if function.weighted else ""
    return CallableWord(
        function.name,
        f"{function.name}({', '.join(parameters)}{by} [where …] [followed by …] [over …])",
        parameters,
        f"{function.doc} Gives {function.result}; of no events: {function.empty}.",
        function.example,
        _kinds(function.result),
        folds=True,
    )


def _function(operator: Operator) -> CallableWord:
    variadic = operator.form is Form.VARIADIC
    names = ("a", "b", "…") if variadic else tuple(p.name for p in operator.parameters)
    results = frozenset(signature.result for signature in operator.signatures)
    return CallableWord(
        operator.name, usage(operator), names, operator.doc, operator.example, results
    )


def _population(function: PopulationFunction) -> CallableWord:
    inside = function.syntax.partition("(")[2].rstrip(")")
    return CallableWord(
        function.name,
        function.syntax,
        tuple(part.strip() for part in inside.split(",")),
        f"{function.doc} Gives {function.result}.",
        function.example,
        _kinds(function.result),
    )


def _kinds(text: str) -> frozenset[Kind]:
    return frozenset({Kind(text)}) if text in {*Kind} else frozenset()
