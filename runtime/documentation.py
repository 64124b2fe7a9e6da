"""The documentation of a ruleset: every segment with its rule, its windows and who uses it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.compiler.analysis.score_calls import type_of_score
from segue.compiler.index.targets import definition as target_of
from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.plan import Definition
from segue.compiler.scores.definition import ScoreDefinition
from segue.grammar import ast
from segue.grammar.unparse import unparse
from segue.runtime.pictures.mermaid import mermaid
from segue.runtime.pictures.picture import picture_of
from segue.runtime.rule_text import rule_text
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import SegmentInfo, by_priority, segment_info
from segue.runtime.window_text import length_text, window_text


@dataclass(frozen=True, slots=True)
class WindowUse:
    """Events that a rule looks at, and over which window."""

    event: str
    window: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that is said about one definition; `info` is there for segments."""

    name: str
    title: str
    rule: str
    type: str
    windows: tuple[WindowUse, ...]
    uses: tuple[str, ...]
    used_by: tuple[str, ...]
    file: str
    info: SegmentInfo | None = None


@dataclass(frozen=True, slots=True)
class StagePage:
    """All that is said about one stage."""

    stage: Stage
    enter: str | None
    exit: str | None
    windows: tuple[WindowUse, ...]


@dataclass(frozen=True, slots=True)
class LifecyclePage:
    """All that is said about one lifecycle; `picture` is Mermaid."""

    lifecycle: Lifecycle
    stages: tuple[StagePage, ...]
    picture: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScorePage:
    """All that is said about one score; `block` is its text, `newest` its latest version."""

    score: ScoreDefinition
    type: str
    block: str
    horizon: str
    newest: int | None
    uses: tuple[str, ...]
    used_by: tuple[str, ...]
    file: str


def documentation(ruleset: Ruleset) -> str:
    """The documentation as Markdown."""
    plan = ruleset.plan
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["text"] = _plain_text
    text = files(__package__).joinpath("templates/docs.md.j2").read_text("utf-8")
    segments = [plan.segments[info.name] for info in by_priority(plan)]
    return environment.from_string(text).render(
        pages=frozenset((*plan.segments, *plan.conditions, *plan.metrics, *plan.scores)),
        entity=plan.catalog.entity.name,
        timezone=plan.catalog.timezone,
        segments=list(_pages(ruleset, segments)),
        conditions=list(_pages(ruleset, plan.conditions.values())),
        metrics=list(_pages(ruleset, plan.metrics.values())),
        events=_event_users(ruleset),
        lifecycles=[_lifecycle_page(ruleset, found) for found in plan.lifecycles.values()],
        scores=[_score_page(ruleset, found) for found in plan.scores.values()],
        anchors={
            f"lifecycle {name}": f"lifecycle-{name.replace('.', '')}" for name in plan.lifecycles
        },
    )


def _score_page(ruleset: Ruleset, score: ScoreDefinition) -> ScorePage:
    span, models = score.source.span, ruleset.plan.models
    features = (name for name, _ in score.features if name in ruleset.plan.metrics)
    return ScorePage(
        score=score,
        type=str(type_of_score(models, score)),
        block=ruleset.project.texts[span.path][span.start : span.end],
        horizon=length_text(score.horizon),
        newest=max(models.versions(score.name), default=None),
        uses=tuple(dict.fromkeys((*ruleset.index.uses(score.name), *features))),
        used_by=ruleset.index.users(target_of(score.name)),
        file=f"{span.path}:{span.line}",
    )


def _learning(ruleset: Ruleset, metric: str) -> list[str]:
    """The scores that have a metric among their features, by name or by one of its tags."""
    scores = ruleset.plan.scores.values()
    return [score.name for score in scores if metric in dict(score.features)]


def _lifecycle_page(ruleset: Ruleset, lifecycle: Lifecycle) -> LifecyclePage:
    zone = ruleset.plan.catalog.timezone
    stages = [
        StagePage(
            stage,
            _rule(stage.source.enter),
            _rule(stage.source.exit),
            tuple(dict.fromkeys(use for rule in _rules(stage) for use in _windows(rule, zone))),
        )
        for stage in lifecycle.stages.values()
    ]
    picture = mermaid(picture_of(lifecycle)).rstrip("\n")
    uses = ruleset.index.uses(f"lifecycle {lifecycle.name}")
    return LifecyclePage(lifecycle, tuple(stages), picture, uses)


def _rules(stage: Stage) -> list[Expr]:
    return [rule for rule in (stage.enter, stage.exit) if rule is not None]


def _pages(ruleset: Ruleset, definitions: Iterable[Definition]) -> Iterator[Page]:
    zone = ruleset.plan.catalog.timezone
    for definition in definitions:
        source = definition.source
        yield Page(
            name=definition.name,
            title=definition.title,
            rule=_lines(source.when) if isinstance(source, ast.Segment) else rule_text(source),
            type=str(definition.expr.type),
            windows=tuple(dict.fromkeys(_windows(definition.expr, zone))),
            uses=ruleset.index.uses(definition.name),
            used_by=tuple(
                dict.fromkeys(
                    (
                        *ruleset.index.users(target_of(definition.name)),
                        *_learning(ruleset, definition.name),
                    )
                )
            ),
            file=f"{source.span.path}:{source.span.line}",
            info=segment_info(definition) if isinstance(source, ast.Segment) else None,
        )


def _rule(rule: ast.Expression | None) -> str | None:
    return None if rule is None else _lines(rule)


def _lines(rule: ast.Expression) -> str:
    """A rule with each of its parts on a line of its own."""
    if not isinstance(rule, ast.Logical):
        return unparse(rule)
    first, *rest = (_part(part) for part in rule.operands)
    return "\n".join([first, *(f"{rule.operator} {part}" for part in rest)])


def _part(part: ast.Expression) -> str:
    return f"({unparse(part)})" if isinstance(part, ast.Logical | ast.IfElse) else unparse(part)


def _windows(expr: Expr, zone: str) -> Iterator[WindowUse]:
    for node in reachable([expr]):
        if isinstance(node.param, Aggregate):
            yield WindowUse(node.param.event, window_text(node.param.window, zone))


def _event_users(ruleset: Ruleset) -> Mapping[str, list[str]]:
    """For each event of the catalog, the segments and lifecycles that look at it."""
    plan = ruleset.plan
    users: dict[str, list[str]] = {event: [] for event in plan.catalog.events}
    for segment in plan.segments.values():
        for event in {use.event for use in _windows(segment.expr, plan.catalog.timezone)}:
            users[event].append(segment.name)
    for name, lifecycle in plan.lifecycles.items():
        uses = (
            use
            for condition in lifecycle.conditions
            for use in _windows(condition, plan.catalog.timezone)
        )
        for event in {use.event for use in uses}:
            users[event].append(f"lifecycle {name}")
    return users


def _plain_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = "".join(f"\\{c}" if c in r"\`*_[]<>#|" else c for c in text)
    return " ".join(escaped.split())
