"""Which rows and properties of events some expressions read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segue.compiler.plan.moments import earliest, latest
from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.windows import Binding, Bounds, bounds


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of one event: the interval that holds all its windows, and its properties."""

    covered: Bounds
    properties: Mapping[str, None] = field(default_factory=dict)

    def joined(self, other: "Reading") -> "Reading":
        """What the two read together."""
        one, two = self.covered.after, other.covered.after
        after = None if one is None or two is None else earliest(one, two)
        covered = Bounds(after, latest(self.covered.until, other.covered.until))
        return Reading(covered, {**self.properties, **other.properties})


def readings(roots: Iterable[Expr], binding: Binding) -> dict[str, Reading]:
    """What the roots read of each event, by its name."""
    found: dict[str, Reading] = {}
    for node in reachable(roots):
        if isinstance(node.param, Aggregate):
            for event, reading in _of(node.param, binding):
                known = found.get(event)
                found[event] = reading if known is None else known.joined(reading)
    return found


def _of(aggregate: Aggregate, binding: Binding) -> list[tuple[str, Reading]]:
    covered = bounds(aggregate.window, binding)
    # A later step comes after the first one, and so may lie behind the end of the window.
    later = Bounds(covered.after, binding.as_of)
    events = [aggregate.event, *(step.event for step in aggregate.steps)]
    read: list[dict[str, None]] = [{} for _ in events]
    inner = (
        aggregate.where,
        *(step.where for step in aggregate.steps),
        aggregate.value,
        aggregate.weight,
    )
    for node in reachable(expr for expr in inner if expr is not None):
        if node.op == "property":
            assert isinstance(node.param, tuple)
            step, name = node.param
            read[step][name] = None
    return [
        (event, Reading(later if place else covered, names))
        for place, (event, names) in enumerate(zip(events, read, strict=True))
    ]
