"""Aggregates over events: which events, in what order, in which window, and what of them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.hints import event_hint
from segue.compiler.analysis.names import find_event, record_event, unknown_event
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.windows import Bound, lower_window
from segue.compiler.index.targets import Target, TargetKind
from segue.compiler.operators.aggregates import AggregateFunction, Selected
from segue.compiler.plan.build import BuildError
from segue.compiler.plan.nodes import Expr, Step
from segue.compiler.plan.windows import LastEvents
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

UNITS = ("hour", "day", "week", "month", "quarter", "year")


def lower_aggregate(
    analysis: "Analysis", scope: Scope, node: ast.Call, function: AggregateFunction
) -> Expr:
    """The plan node of an aggregate function applied to events."""
    _check_form(node, function)
    outside = scope.outside_rows()
    event = _base_event(analysis, outside, node, function)
    row = outside.with_row(event)
    value = _value(analysis, row, node, function, event)
    selection = node.selection or ast.Selection()
    bound = lower_window(analysis, outside, selection.window, event)
    _check_order(analysis, node, bound, event)
    where = _conjunction(
        analysis,
        bound.condition,
        None if selection.where is None else analysis.condition(row, selection.where),
    )
    selected = Selected(
        event=event,
        window=bound.window,
        where=where,
        steps=_steps(analysis, row, selection.steps),
        value=value,
        weight=_weight(analysis, row, node),
        unit=_unit(analysis, node) if function.takes_unit else None,
    )
    try:
        return function.expand(analysis.build, selected)
    except BuildError as error:
        span = selection.window.span if selection.window else node.span
        raise problem(codes.BAD_WINDOW, span, str(error)) from None


def _check_form(node: ast.Call, function: AggregateFunction) -> None:
    expected = 2 if function.takes_unit else 1
    if len(node.arguments) == expected:
        return
    help = f"it is used as `{function.example}`"
    if function.name in ("min", "max") and len(node.arguments) > 1:
        help = f"the {function.name} of several values is `{function.name} of (a, b)`"
    raise problem(
        codes.WRONG_ARGUMENTS,
        node.span,
        f"`{function.name}` takes {'an event and a period' if expected == 2 else 'one event'}"
        f", not {len(node.arguments)} arguments",
        help=help,
    )


def _base_event(
    analysis: "Analysis", scope: Scope, node: ast.Call, function: AggregateFunction
) -> str:
    argument = node.arguments[0]
    if isinstance(argument, ast.Name) and len(argument.parts) == 1:
        event = find_event(analysis, scope, argument.text)
        if event is None:
            raise _no_event(analysis, node, argument, function)
        record_event(analysis, scope, argument, event)
        return event
    named = {
        event: name
        for name in _names(argument)
        if len(name.parts) == 2
        and (event := find_event(analysis, scope, name.parts[0])) is not None
    }
    if len(named) > 1:
        first, second = list(named)[:2]
        raise problem(
            codes.SEVERAL_EVENTS,
            named[second].span,
            f"`{function.name}` takes its value from one event, here from `{first}` and `{second}`",
            label="another event",
            help="write two aggregates and combine them",
        )
    if not named:
        qualified = [n for n in _names(argument) if len(n.parts) > 1]
        if qualified:
            raise unknown_event(analysis, qualified[0], qualified[0].parts[0])
        raise _no_event(analysis, node, argument, function)
    return next(iter(named))


def _no_event(
    analysis: "Analysis", node: ast.Call, argument: ast.Expression, function: AggregateFunction
) -> Problem:
    known = isinstance(argument, ast.Name) and (
        argument.parts[-1] in analysis.catalog.entity.attributes
        or analysis.symbols.find(argument.parts, ()) is not None
    )
    if isinstance(argument, ast.Name) and len(argument.parts) == 1 and not known:
        return unknown_event(analysis, argument, argument.text, function.name)
    return problem(
        codes.NO_EVENT,
        argument.span,
        f"`{function.name}` folds events, and there are none here",
        label=f"a value of the {analysis.catalog.entity.name}" if known else "names no event",
        help="an event is named without quotes; " + event_hint(analysis, argument.value)
        if isinstance(argument, ast.String)
        else f"it is used as `{function.example}`",
    )


def _value(
    analysis: "Analysis", row: Scope, node: ast.Call, function: AggregateFunction, event: str
) -> Expr | None:
    argument = node.arguments[0]
    if isinstance(argument, ast.Name) and len(argument.parts) == 1:
        if function.takes_event:
            return None
        properties = analysis.catalog.events[event].properties
        if function.name in ("last", "first"):
            when = f"{function.name}({event}.at)"
            hint = f"when it was is `{when}`, how long ago `age({when})`"
        else:
            hint = f"name a property: `{function.name}({event}.{next(iter(properties), 'at')})`"
        raise problem(
            codes.WRONG_ARGUMENTS,
            argument.span,
            f"`{function.name}` needs a value of `{event}`, not the event itself",
            label="an event",
            help=hint,
        )
    if not function.kinds:
        raise problem(
            codes.WRONG_ARGUMENTS,
            argument.span,
            f"`{function.name}` takes an event, not a value",
            label="a value",
            help=f"write `{function.name}({event} where …)`",
        )
    value = analysis.lower(row, argument)
    if value.type.kind not in function.kinds:
        raise problem(
            codes.TYPE_MISMATCH,
            argument.span,
            f"`{function.name}` cannot take {advice.describe(value.type)}",
            label=advice.describe(value.type),
            help=_value_hint(analysis, function, event, value),
        )
    if function.takes_event and value.type.kind is Kind.BOOL:
        raise problem(
            codes.TYPE_MISMATCH,
            argument.span,
            f"`{function.name}` would look at every `{event}`, true or false alike",
            label="true or false",
            help=f"write `{function.name}({event} where {_condition(argument)})`",
        )
    return value


def _condition(argument: ast.Expression) -> str:
    """A value of an event as its filter would say it: without the event's name."""
    named = next(_names(argument))
    return unparse(argument).replace(f"{named.parts[0]}.", "")


def _value_hint(analysis: "Analysis", function: AggregateFunction, event: str, value: Expr) -> str:
    """What the function could take, for a value that it cannot."""
    if value.type.kind is Kind.BOOL:
        return "for a condition write `count(… where …)`"
    properties = analysis.catalog.events[event].properties.items()
    fitting = [f"`{event}.{name}`" for name, p in properties if p.type.kind in function.kinds]
    if fitting:
        return f"it could take {', '.join(fitting)}"
    return f"how many different ones there are is `count_distinct({event}.…)`"


def _weight(analysis: "Analysis", row: Scope, node: ast.Call) -> Expr | None:
    if node.by is None:
        return None
    if node.function != "mode":
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.by.span,
            f"`{node.function}` takes no `by`",
            help="`mode(view.category by view.price)` weighs the values by a number",
        )
    weight = analysis.lower(row, node.by)
    if weight.type.kind not in (Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.DURATION):
        raise problem(
            codes.TYPE_MISMATCH,
            node.by.span,
            f"`by` needs a number, not {advice.describe(weight.type)}",
            label=advice.describe(weight.type),
        )
    return weight


def _unit(analysis: "Analysis", node: ast.Call) -> str:
    argument = node.arguments[1]
    if isinstance(argument, ast.Name) and argument.text in UNITS:
        analysis.recording.name(argument.span, Target(TargetKind.PERIOD, argument.text))
        return argument.text
    name = argument.text if isinstance(argument, ast.Name) else ""
    raise problem(
        codes.WRONG_ARGUMENTS,
        argument.span,
        "the second argument of `count_periods` is a period",
        label="not a period",
        help=did_you_mean(name, UNITS) or "one of " + ", ".join(f"`{u}`" for u in UNITS),
    )


def _steps(analysis: "Analysis", row: Scope, steps: tuple[ast.Step, ...]) -> tuple[Step, ...]:
    lowered = []
    events = row.events
    for step in steps:
        event = find_event(analysis, row, step.event.text) if len(step.event.parts) == 1 else None
        if event is None:
            raise unknown_event(analysis, step.event, step.event.text)
        record_event(analysis, row, step.event, event)
        inside = row.with_rows((*events, event))
        lowered.append(
            Step(
                event=event,
                negated=step.negated,
                within=_within(analysis, row.outside_rows(), step.within),
                where=None if step.where is None else analysis.condition(inside, step.where),
            )
        )
        # The row of an event that must not be there cannot be read by later steps.
        events = (*events, None if step.negated else event)
    return tuple(lowered)


def _within(analysis: "Analysis", scope: Scope, node: ast.Expression | None) -> int | None:
    if node is None:
        return None
    value = analysis.lower(scope, node)
    if value.op != "literal" or value.type.kind is not Kind.DURATION or _int(value) <= 0:
        raise problem(
            codes.BAD_WINDOW,
            node.span,
            "`within` needs a constant duration, as in `within 24h`",
            label=advice.describe(value.type),
        )
    return _int(value)


def _int(value: Expr) -> int:
    assert isinstance(value.param, int)
    return value.param


def _check_order(analysis: "Analysis", node: ast.Call, bound: Bound, event: str) -> None:
    if not isinstance(bound.window, LastEvents):
        return
    members = analysis.catalog.members(event)
    if len(members) == 1 and members[0].id is not None:
        return
    assert node.selection is not None
    assert node.selection.window is not None
    union = len(members) > 1
    raise problem(
        codes.NO_EVENT_ID,
        node.selection.window.span,
        f"`{event}` is any of several events, whose ids have no common order"
        if union
        else f"`{event}` has no `id` to say which of several events at one instant is the last",
        label="needs a total order",
        help="name one of them: " + ", ".join(f"`{member.name}`" for member in members)
        if union
        else f"give `{event}` an `id` in the catalog",
    )


def _conjunction(analysis: "Analysis", *parts: Expr | None) -> Expr | None:
    present = tuple(part for part in parts if part is not None)
    return analysis.build.logical("and", present) if present else None


def _names(node: object) -> Iterator[ast.Name]:
    """The names an expression mentions, those of nested calls excluded."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.Call) and node.selection is not None:
        return
    elif isinstance(node, tuple):
        for item in node:
            yield from _names(item)
    elif is_dataclass(node) and isinstance(node, ast.Node):
        for field in fields(node):
            yield from _names(getattr(node, field.name))
