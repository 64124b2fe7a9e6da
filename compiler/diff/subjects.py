"""What a ruleset has that can be compared with another one's."""

from collections.abc import Iterator

from segue.compiler.diff.model import Subject
from segue.compiler.plan.plan import Definition, Plan
from segue.grammar import ast


def subjects(plan: Plan) -> Iterator[Subject]:
    """All of a plan's definitions: metrics, states, conditions, segments, tiers, stages."""
    for kind, group in (("metric", plan.metrics), ("condition", plan.conditions)):
        for definition in group.values():
            of = "tiers" if definition.tiers is not None else kind
            yield _definition(of, definition)
    for definition in plan.segments.values():
        yield _definition("tier" if definition.tiers is not None else "segment", definition)
    yield from _stages(plan)


def _definition(kind: str, definition: Definition) -> Subject:
    source = definition.source
    said: object
    match source:
        case ast.Segment():
            said = source.when
        case ast.State():
            kind = "state"
            said = (source.initial, source.low, source.high, source.updates)
        case ast.Metric():
            said = (source.value, source.default)
        case ast.Condition():
            said = source.value
    return Subject(kind, definition.name, definition.expr, said, _settings(source))


def _settings(source: object) -> dict[str, str]:
    found = {}
    for name in ("title", "priority", "cadence", "actions", "tags", "owner"):
        value = getattr(source, name, None)
        text = ", ".join(map(_text, value)) if isinstance(value, tuple) else _text(value)
        if text:
            found[name] = text
    return found


def _text(value: object) -> str:
    if isinstance(value, ast.Identifier):
        return value.text
    return "" if value is None else str(value)


def _stages(plan: Plan) -> Iterator[Subject]:
    for lifecycle in plan.lifecycles.values():
        for stage in lifecycle.stages.values():
            settings = {
                "next": ", ".join(stage.next),
                "nurture": ", ".join(stage.nurture),
            }
            settings = {name: text for name, text in settings.items() if text}
            for word, expr in (("enter", stage.enter), ("exit", stage.exit)):
                if expr is not None:
                    name = f"{lifecycle.name}.{stage.name} {word}"
                    said = getattr(stage.source, word)
                    yield Subject("stage", name, expr, said, settings if word == "enter" else {})
