"""Names: from a word in a rule to what it stands for."""

from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.hints import event_hint, fold_hint, name_hint, property_hint
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import EventArgument, Scope
from segue.compiler.analysis.symbols import Symbol
from segue.compiler.index.recording import part_spans
from segue.compiler.index.targets import (
    Target,
    TargetKind,
    definition,
    parameter,
    property_of,
)
from segue.compiler.index.targets import event as event_target
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import enum
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis


def resolve_name(analysis: "Analysis", scope: Scope, node: ast.Name) -> Expr:
    """The value a name stands for: an argument, a property of the event row in sight, a
    definition, an attribute, or `as_of` and `today`."""
    found = (
        _argument(analysis, scope, node)
        or _property(analysis, scope, node)
        or _definition(analysis, scope, node)
        or _entity(analysis, node)
    )
    if found is None:
        raise _not_a_value(analysis, scope, node)
    return found


def resolve_segment(analysis: "Analysis", scope: Scope, node: ast.Name) -> Expr:
    """The membership condition of a segment."""
    symbol = analysis.symbols.find(node.parts, scope.module)
    if symbol is not None and isinstance(symbol.node, ast.Segment):
        analysis.recording.parts(node, definition(symbol.name))
        return analysis.definition(symbol, node.span)
    if symbol is not None:
        raise problem(
            codes.WRONG_KIND,
            node.span,
            f"`{node.text}` is a {symbol.kind}, not a segment",
            label=f"a {symbol.kind}",
            help=_not_a_segment(symbol, node),
        )
    unsupported = analysis.symbols.unsupported(node.parts[-1])
    if unsupported is not None:
        raise problem(
            codes.NOT_YET_SUPPORTED,
            node.span,
            f"`{node.text}` is part of a `{unsupported}` block, which is not yet supported",
        )
    _refuse_stage(analysis, node)
    segments = [s.name for s in analysis.symbols if isinstance(s.node, ast.Segment)]
    raise problem(
        codes.UNKNOWN_NAME,
        node.span,
        f"there is no segment `{node.text}`",
        label="not defined",
        help=did_you_mean(node.text, segments),
    )


def _not_a_segment(symbol: Symbol, node: ast.Name) -> str:
    if symbol.tiers is not None:
        return "ask for one of its tiers: " + ", ".join(f"`in {n}`" for n in symbol.tier_names)
    return f"write `{node.text}` without `in`" if symbol.kind == "condition" else ""


def _refuse_stage(analysis: "Analysis", node: ast.Name) -> None:
    """Raises `Problem` where a name is that of a stage, which depends on earlier runs."""
    lifecycle = analysis.stages.get(node.parts[-1])
    if lifecycle is None:
        return
    raise problem(
        codes.WRONG_KIND,
        node.span,
        f"`{node.text}` is a stage of the lifecycle `{lifecycle}`, not something a rule can ask",
        label="a stage",
        help="a rule sees data as of one instant, a stage depends on the runs before it: "
        "write the condition that both need",
    )


def find_event(analysis: "Analysis", scope: Scope, name: str) -> str | None:
    """The event a word means: one of the catalog, or one passed to the define."""
    argument = scope.arguments.get(name)
    if isinstance(argument, EventArgument):
        return argument.event
    return name if name in analysis.catalog.events else None


def record_event(analysis: "Analysis", scope: Scope, node: ast.Name, event: str) -> None:
    """Writes down that the first word of a name means this event."""
    word = node.parts[0]
    passed = isinstance(scope.arguments.get(word), EventArgument)
    target = parameter(scope.define, word) if passed else event_target(event)
    analysis.recording.name(part_spans(node)[0], target)


def unknown_event(analysis: "Analysis", span: ast.Name, name: str, function: str = "") -> Problem:
    """The finding for a word in place of an event, perhaps as the argument of a function."""
    return problem(
        codes.UNKNOWN_NAME,
        span.span,
        f"there is no event `{name}`",
        label="not in the catalog",
        help=event_hint(analysis, name, function),
    )


def _argument(analysis: "Analysis", scope: Scope, node: ast.Name) -> Expr | None:
    if len(node.parts) > 1:
        return None
    argument = scope.arguments.get(node.text)
    if not isinstance(argument, Expr):
        return None
    event = scope.events[-1] if scope.events else None
    if event is not None and _has(analysis, event, node.text):
        raise problem(
            codes.DEFINED_TWICE,
            node.span,
            f"`{node.text}` is a parameter, and a property of `{event}`",
            label="which of them?",
            help="give the parameter another name",
        )
    analysis.recording.name(node.span, parameter(scope.define, node.text))
    return argument


def _property(analysis: "Analysis", scope: Scope, node: ast.Name) -> Expr | None:
    if not scope.events or len(node.parts) > 2:
        return None
    if len(node.parts) == 1:
        step, event = len(scope.events) - 1, scope.events[-1]
        assert event is not None
        return _row_value(analysis, event, step, node)
    qualifier, name = node.parts
    event = find_event(analysis, scope, qualifier)
    if event is None:
        return None
    found = scope.step_of(event)
    if found is None:
        raise problem(
            codes.WRONG_KIND,
            node.span,
            f"`{qualifier}` is not one of the events here",
            label="no such step before this one",
            help="in sight: " + ", ".join(f"`{e}`" for e in scope.events if e is not None),
        )
    record_event(analysis, scope, node, event)
    value = _row_value(analysis, event, found, node)
    if value is None:
        raise _unknown_property(analysis, node, event, name)
    return value


def _row_value(analysis: "Analysis", event: str, step: int, node: ast.Name) -> Expr | None:
    name = node.parts[-1]
    if not _has(analysis, event, name):
        return None
    analysis.recording.parts(node, property_of(event, name))
    if name == "at":
        return analysis.build.event_time(step)
    return analysis.build.property(event, step, name)


def _has(analysis: "Analysis", event: str, name: str) -> bool:
    return name == "at" or name in analysis.catalog.events[event].properties


def _definition(analysis: "Analysis", scope: Scope, node: ast.Name) -> Expr | None:
    symbol = analysis.symbols.find(node.parts, scope.module)
    if symbol is None:
        return None
    analysis.recording.parts(node, definition(symbol.name))
    if isinstance(symbol.node, ast.Metric | ast.State | ast.Condition):
        return analysis.definition(symbol, node.span)
    if symbol.is_tier and symbol.tiers is not None:
        # The value that its tiers have for its members.
        names = tuple(tier.name.text for tier in symbol.tiers.tiers)
        return analysis.build.literal(symbol.node.name.text, enum(names))
    raise _asked_wrongly(symbol, node)


def _asked_wrongly(symbol: Symbol, node: ast.Name) -> Problem:
    if isinstance(symbol.node, ast.Define):
        call = f"{node.text}({', '.join(p.text for p in symbol.node.parameters)})"
        help = f"call it with its arguments: `{call}`"
    elif isinstance(symbol.node, ast.Score):
        help = f"what its model says is `{node.text}()`"
    else:
        help = f"membership is asked with `in {node.text}`"
    return problem(
        codes.WRONG_KIND,
        node.span,
        f"`{node.text}` is a {symbol.kind}, not a value",
        label=f"a {symbol.kind}",
        help=help,
    )


def _entity(analysis: "Analysis", node: ast.Name) -> Expr | None:
    entity, build = analysis.catalog.entity, analysis.build
    # The entity may be called like its key: an address, a phone number.
    *qualifiers, name = node.parts
    if qualifiers not in ([], [entity.name]):
        return None
    if name in entity.attributes:
        kind, value = TargetKind.ATTRIBUTE, build.attribute(name)
    elif name == entity.key.name:
        kind, value = TargetKind.KEY, build.key()
    elif name == "as_of":
        kind, value = TargetKind.BUILTIN, build.as_of()
    elif name == "today":
        kind, value = TargetKind.BUILTIN, build.today()
    else:
        return None
    if len(node.parts) > 1:
        analysis.recording.name(part_spans(node)[0], Target(TargetKind.ENTITY, entity.name))
    analysis.recording.parts(node, Target(kind, name))
    return value


def _not_a_value(analysis: "Analysis", scope: Scope, node: ast.Name) -> Problem:
    first = node.parts[0]
    event = find_event(analysis, scope, first)
    if event is not None and len(node.parts) == 1:
        return problem(
            codes.WRONG_KIND,
            node.span,
            f"`{first}` is an event, not a value",
            label="an event",
            help=f"count it: `count({first} over last 30d)`",
        )
    if event is not None:
        return _property_outside(analysis, node, event)
    unsupported = analysis.symbols.unsupported(node.parts[-1])
    if unsupported is not None:
        return problem(
            codes.NOT_YET_SUPPORTED,
            node.span,
            f"`{node.text}` comes from a `{unsupported}` block, which is not yet supported",
        )
    _refuse_stage(analysis, node)
    return problem(
        codes.UNKNOWN_NAME,
        node.span,
        f"unknown name `{node.text}`",
        label="not defined here",
        help=name_hint(analysis, scope, node),
    )


def _property_outside(analysis: "Analysis", node: ast.Name, event: str) -> Problem:
    name = node.parts[1]
    if not _has(analysis, event, name):
        return _unknown_property(analysis, node, event, name)
    return problem(
        codes.WRONG_KIND,
        node.span,
        f"`{node.text}` has a value for each event, not one for the {analysis.catalog.entity.name}",
        label="a property of an event",
        help=fold_hint(analysis, event, name),
    )


def _unknown_property(analysis: "Analysis", node: ast.Name, event: str, name: str) -> Problem:
    return problem(
        codes.UNKNOWN_NAME,
        node.span,
        f"`{event}` has no property `{name}`",
        label="not in the catalog",
        help=property_hint(analysis, event, name),
    )
