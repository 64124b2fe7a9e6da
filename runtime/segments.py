"""What a segment says about itself beside its rule: its title, priority, actions and so on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segue.compiler.plan.plan import Definition, Plan
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean
from segue.runtime.refusal import Refusal

# The priorities of the language, most urgent first. Any other word comes after them.
PRIORITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment without its rule."""

    name: str
    title: str = ""
    priority: str | None = None
    cadence: str | None = None
    actions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owner: str | None = None
    tiers: str | None = None
    """The tiers that it is one of."""

    @property
    def rank(self) -> int:
        """0 for the most urgent priority, more for the others; segments without come last."""
        if self.priority in PRIORITIES:
            return PRIORITIES.index(self.priority)
        return len(PRIORITIES)


def segment_info(definition: Definition) -> SegmentInfo:
    """What the rule file says about a segment."""
    source = definition.source
    assert isinstance(source, ast.Segment)
    return SegmentInfo(
        name=definition.name,
        title=definition.title,
        priority=source.priority.text if source.priority else None,
        cadence=source.cadence.text if source.cadence else None,
        actions=tuple(action.text for action in source.actions),
        tags=tuple(tag.text for tag in source.tags),
        owner=source.owner,
        tiers=definition.tiers,
    )


def by_priority(plan: Plan) -> tuple[SegmentInfo, ...]:
    """All segments, the most urgent first; among equals in order of definition."""
    found = (segment_info(definition) for definition in plan.segments.values())
    return tuple(sorted(found, key=lambda info: info.rank))


def chosen(plan: Plan, names: Sequence[str]) -> tuple[str, ...]:
    """The named segments, all where none is named; raises `Refusal` for one that is not there."""
    check_segments(names, tuple(plan.segments))
    return tuple(dict.fromkeys(names)) or tuple(plan.segments)


def check_segments(names: Iterable[str], known: Sequence[str]) -> None:
    """Raises `Refusal` for a segment that is not among those known."""
    for name in names:
        if name not in known:
            listed = f"there are {', '.join(known)}" if known else "the rules have none"
            hint = _one_by_one(name, known) or did_you_mean(name, known) or listed
            raise Refusal(f"there is no segment `{name}`", hint)


def _one_by_one(name: str, known: Sequence[str]) -> str:
    """How to name several segments, where somebody has put commas between them."""
    parts = name.split(",")
    if len(parts) == 1 or not set(parts).issubset(known):
        return ""
    return f"name them one by one: `{' '.join(f'--segment {part}' for part in parts)}`"
