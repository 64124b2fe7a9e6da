"""What an engine is, and what it answers."""

from collections.abc import Mapping
from typing import Any, Protocol

from parity.case import Case
from segue.compiler.plan.plan import Plan
from segue.compiler.types import FLOATS, Kind, Type

Answers = dict[str, dict[Any, Any]]
"""By output (a metric, a segment, a score), the value of each entity in its representation."""

SCORE = "__score"
PARTIAL = frozenset({"predicates", "duckdb forms", "sqlite forms", "postgres forms"})
"""The engines that answer only some of the outputs."""


class Engine(Protocol):
    """Loads the tables of a case and evaluates its plan."""

    name: str

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        ...


def outputs(plan: Plan) -> Mapping[str, Type]:
    """The name and type of everything an engine is asked for."""
    found = {name: metric.expr.type for name, metric in plan.metrics.items()}
    found |= {name: segment.expr.type for name, segment in plan.segments.items()}
    found |= {name + SCORE: Type(Kind.FLOAT) for name in plan.segments}
    return found


def normal(value: Any, type: Type) -> Any:
    """A value as an engine's driver gives it, in Python's own type for the representation."""
    if value is None:
        return None
    match type.kind:
        case Kind.BOOL:
            return bool(value)
        case Kind.STRING | Kind.ENUM:
            return str(value)
        case kind if kind in FLOATS:
            return float(value)
        case _:
            whole = int(value)
            return whole if whole == value else value
