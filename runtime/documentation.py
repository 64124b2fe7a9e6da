"""The documentation of a ruleset: every segment with its rule, its windows and who uses it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.compiler.analysis.score_calls import type_of_score
from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.plan import Definition
from segue.compiler.scores.definition import ScoreDefinition
from segue.grammar import ast
from segue.grammar.unparse import unparse
from segue.runtime.lineage import Lineage, lineage
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


@dataclass(frozen=True, slots=True)
class LifecyclePage:
    """All that is said about one lifecycle; `picture` is Mermaid."""

    lifecycle: Lifecycle
    stages: tuple[StagePage, ...]
    picture: str


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
    plan, links = ruleset.plan, lineage(ruleset.project)
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
        segments=list(_pages(ruleset, links, segments)),
        conditions=list(_pages(ruleset, links, plan.conditions.values())),
        metrics=list(_pages(ruleset, links, plan.metrics.values())),
        events=_event_users(ruleset),
        lifecycles=[_lifecycle_page(found) for found in plan.lifecycles.values()],
        scores=[_score_page(ruleset, links, found) for found in plan.scores.values()],
    )


def _score_page(ruleset: Ruleset, links: Lineage, score: ScoreDefinition) -> ScorePage:
    span, models = score.source.span, ruleset.plan.models
    return ScorePage(
        score=score,
        type=str(type_of_score(models, score)),
        block=ruleset.project.texts[span.path][span.start : span.end],
        horizon=length_text(score.horizon),
        newest=max(models.versions(score.name), default=None),
        uses=links.uses.get(score.name, ()),
        used_by=links.used_by.get(score.name, ()),
        file=f"{span.path}:{span.line}",
    )


def _lifecycle_page(lifecycle: Lifecycle) -> LifecyclePage:
    stages = [
        StagePage(stage, _rule(stage.source.enter), _rule(stage.source.exit))
        for stage in lifecycle.stages.values()
    ]
    picture = mermaid(picture_of(lifecycle)).rstrip("\n")
    return LifecyclePage(lifecycle, tuple(stages), picture)


def _pages(ruleset: Ruleset, links: Lineage, definitions: Iterable[Definition]) -> Iterator[Page]:
    zone = ruleset.plan.catalog.timezone
    for definition in definitions:
        source = definition.source
        yield Page(
            name=definition.name,
            title=definition.title,
            rule=_lines(source.when) if isinstance(source, ast.Segment) else rule_text(source),
            type=str(definition.expr.type),
            windows=tuple(dict.fromkeys(_windows(definition.expr, zone))),
            uses=links.uses.get(definition.name, ()),
            used_by=links.used_by.get(definition.name, ()),
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
    """For each event of the catalog, the segments that look at it."""
    plan = ruleset.plan
    users: dict[str, list[str]] = {event: [] for event in plan.catalog.events}
    for segment in plan.segments.values():
        for event in {use.event for use in _windows(segment.expr, plan.catalog.timezone)}:
            users[event].append(segment.name)
    return users


def _plain_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = "".join(f"\\{c}" if c in r"\`*_[]<>#|" else c for c in text)
    return " ".join(escaped.split())
