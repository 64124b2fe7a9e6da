"""What a segment's members may be compared by: attributes, metrics, and what the log tells.

Beside what the rules define, each event is counted, the favourite value of each of its texts is
looked at, and of one event the hours of the day. Those are metrics of the language like any
other, so they mean the same in every warehouse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.types import TEXTS, Kind
from segue.grammar.parser import parse
from segue.grammar.suggestions import did_you_mean
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset

HOURS = range(24)
_MODULE = ("profile__",)
_SENDS = ("open", "click", "visit", "view")
"""What the event is called by whose hours one would send, the likeliest first."""


class Family(StrEnum):
    """Where a subject comes from."""

    ATTRIBUTE = "attribute"
    METRIC = "metric"
    ACTIVITY = "activity"  # how often an event happened
    INTEREST = "interest"  # which value of an event's property is there most often
    HOUR = "hour"  # how often an event happened in an hour of the day


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to compare by. `in_rule` says that the segment's own rule reads it."""

    name: str
    family: Family
    expr: Expr
    in_rule: bool = False

    @property
    def is_text(self) -> bool:
        """Whether its values are names (or truths), of which shares are compared."""
        return self.expr.type.kind in TEXTS or self.expr.type.kind is Kind.BOOL


@dataclass(frozen=True, slots=True)
class Question:
    """A segment and what to compare its members by, in a plan that has all of it.

    `days` is how far back events are looked at, `hours_of` the event whose hours are counted.
    """

    plan: Plan
    segment: str
    title: str
    condition: Expr
    subjects: tuple[Subject, ...]
    days: int
    hours_of: str | None


def ask(
    ruleset: Ruleset, segment: str, days: int, hours_of: str | None, *, personal: bool
) -> Question:
    """What to compare the members of a segment by; raises `Refusal` for what is not there.

    Attributes and properties that the catalog marks as personal are left out unless asked for.
    """
    plan = ruleset.plan
    definition = plan.segments.get(segment) or plan.conditions.get(segment)
    if definition is None:
        known = [*plan.segments, *plan.conditions]
        hint = did_you_mean(segment, known) or f"there are {', '.join(known)}"
        raise Refusal(f"there is no segment `{segment}`", hint)
    catalog = plan.catalog
    if hours_of is not None and hours_of not in catalog.events:
        raise Refusal(
            f"there is no event `{hours_of}`",
            did_you_mean(hours_of, catalog.events) or f"there are {', '.join(catalog.events)}",
        )
    hours_of = hours_of or _usual_event(catalog)
    asked = list(_questions(catalog, days, hours_of, personal))
    rules = "\n".join(f"metric q{n} = {rule}" for n, (_, _, rule) in enumerate(asked))
    whole = _with_rules(ruleset, rules)
    condition = (whole.segments.get(segment) or whole.conditions[segment]).expr
    subjects = [*_defined(whole, personal)]
    for n, (name, family, _) in enumerate(asked):
        expr = whole.metrics[f"{_MODULE[0]}.q{n}"].expr
        subjects.append(Subject(name, family, expr))
    read = {node.id for node in reachable([condition])}
    marked = (replace(s, in_rule=s.expr.id in read) for s in subjects if s.expr.id != condition.id)
    return Question(whole, segment, definition.title, condition, tuple(marked), days, hours_of)


def _defined(plan: Plan, personal: bool) -> Iterator[Subject]:
    for attribute in plan.catalog.entity.attributes.values():
        compared = attribute.type.kind not in (Kind.DATE, Kind.TIMESTAMP)
        if compared and (personal or not attribute.pii):
            expr = plan.graph.make("attribute", param=attribute.name, type=attribute.read_type)
            yield Subject(attribute.name, Family.ATTRIBUTE, expr)
    for metric in plan.metrics.values():
        if metric.name.startswith(f"{_MODULE[0]}."):
            continue
        if metric.expr.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
            yield Subject(metric.name, Family.METRIC, metric.expr)


def _questions(
    catalog: Catalog, days: int, hours_of: str | None, personal: bool
) -> Iterator[tuple[str, Family, str]]:
    """Names, families and rules of what no rule has to define."""
    for event in catalog.events.values():
        rule = f"count({event.name} over last {days}d)"
        yield event.name, Family.ACTIVITY, rule
        if isinstance(event, TableEvent):
            for field in event.properties.values():
                if field.type.kind in TEXTS and (personal or not field.pii):
                    name = f"{event.name}.{field.name}"
                    yield name, Family.INTEREST, f"mode({name} over last {days}d)"
    if hours_of is not None:
        for hour in HOURS:
            rule = f"count({hours_of} where hour({hours_of}.at) == {hour} over last {days}d)"
            yield str(hour), Family.HOUR, rule


def _with_rules(ruleset: Ruleset, text: str) -> Plan:
    """The plan of the rules together with these."""
    tree = parse(text, "profile__.seg").module
    assert tree is not None
    project = ruleset.project
    sources = [Source(source.module, source.tree) for source in project.sources]
    models = ruleset.plan.models
    found = analyse([*sources, Source(_MODULE, tree)], project.catalog, models=models)
    assert found.plan is not None, found.diagnostics
    return found.plan


def _usual_event(catalog: Catalog) -> str | None:
    for word in _SENDS:
        for name in catalog.events:
            if word in name:
                return name
    return None
