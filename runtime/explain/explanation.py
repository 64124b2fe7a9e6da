"""Everything there is to say about one entity and one segment, as data."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, Bounds, Window, bounds
from segue.compiler.python.events import Evaluation
from segue.runtime.explain.change import Ways, ways_to_turn
from segue.runtime.explain.tree import Condition, condition_tree
from segue.runtime.explain.windows import seen_windows


@dataclass(frozen=True, slots=True)
class BoundWindow:
    """A window with its edges at the instant of evaluation; `score` as in `SeenWindow`."""

    window: Window
    events: tuple[str, ...]
    bounds: Bounds
    score: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one entity is, or is not, in a segment."""

    segment: str
    title: str
    entity: str
    key: str
    as_of: int
    zone: ZoneInfo
    score: float
    condition: Condition
    ways: Ways
    windows: tuple[BoundWindow, ...]

    @property
    def member(self) -> bool:
        """Whether it is in."""
        return self.condition.holds


def explain(plan: Plan, segment: str, key: str, evaluation: Evaluation) -> Explanation:
    """Explains one segment for the entity that was evaluated."""
    definition = plan.segments[segment]
    zone = ZoneInfo(plan.catalog.timezone)
    binding = Binding(evaluation.as_of, zone)
    condition = condition_tree(plan, definition, evaluation.value)
    windows = tuple(
        BoundWindow(seen.window, seen.events, bounds(seen.window, binding), seen.score)
        for seen in seen_windows(definition)
    )
    return Explanation(
        segment=segment,
        title=definition.title,
        entity=plan.catalog.entity.name,
        key=key,
        as_of=evaluation.as_of,
        zone=zone,
        score=evaluation.score(definition.expr),
        condition=condition,
        ways=ways_to_turn(condition),
        windows=windows,
    )
