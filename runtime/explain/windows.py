"""The windows through which a rule looks at events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from segue.compiler.plan.nodes import Aggregate, Expr, Scored, children, reachable
from segue.compiler.plan.plan import Definition
from segue.compiler.plan.windows import Window


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """A window that a segment looks through, and the events it looks for.

    `score` is the score whose features do so; empty where the rule itself does.
    """

    window: Window
    events: tuple[str, ...]
    score: str = ""


def seen_windows(segment: Definition) -> tuple[SeenWindow, ...]:
    """The windows of a segment, each once, in the order they are met; then those of scores."""
    own, scores = _beside_scores(segment.expr)
    seen = list(_windows(own))
    for score in scores:
        assert isinstance(score.param, Scored)
        seen += _windows(reachable(score.args), score.param.score)
    return tuple(seen)


def _beside_scores(root: Expr) -> tuple[list[Expr], list[Expr]]:
    """What a rule needs apart from the features of scores, and the scores."""
    seen: dict[int, Expr] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            stack.extend(() if isinstance(node.param, Scored) else children(node))
    nodes = [seen[i] for i in sorted(seen)]
    return nodes, [node for node in nodes if isinstance(node.param, Scored)]


def _windows(nodes: Iterable[Expr], score: str = "") -> Iterator[SeenWindow]:
    found: dict[Window, dict[str, None]] = {}
    for node in nodes:
        if isinstance(node.param, Aggregate):
            events = found.setdefault(node.param.window, {})
            events[node.param.event] = None
            events.update(dict.fromkeys(step.event for step in node.param.steps))
    return (SeenWindow(window, tuple(events), score) for window, events in found.items())
