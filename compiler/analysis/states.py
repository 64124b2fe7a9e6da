"""States: `state score: number = 0 between 0 and 10 { on email_open add 1 }`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.names import find_event, unknown_event
from segue.compiler.analysis.problems import problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, State
from segue.compiler.plan.windows import Ever
from segue.compiler.types import FLOATS, INT, INTEGERS, Kind, Type, decimal
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

TYPES = ("number", "int")


@dataclass(frozen=True, slots=True)
class _Update:
    """What an `on` does: to the events where the condition holds, their value."""

    event: str
    where: Expr | None
    value: Expr


def lower_state(analysis: "Analysis", scope: Scope, node: ast.State) -> Expr:
    """The plan node of a state."""
    _check_type(node)
    build = analysis.build
    constants = [
        _constant(analysis, scope, written)
        for written in (node.initial, node.low, node.high)
        if written is not None
    ]
    updates = [_update(analysis, scope, update) for update in node.updates]
    # One scale for all, so that the state is exact.
    scale = max(value.type.scale for value in (*constants, *(u.value for u in updates)))
    if node.type.text == "int" and scale:
        raise problem(
            codes.BAD_STATE,
            node.type.span,
            "this state has values with decimal places",
            label="whole numbers only",
            help="write `number`",
        )
    initial, *bounds = (_int(build.rescale(constant, scale)) for constant in constants)
    _check_bounds(node, initial, bounds)
    low, high = bounds or (None, None)
    state = State(initial, low, high, tuple(update.operation for update in node.updates))
    changes = [
        Aggregate(Kernel.COLLECT, u.event, Ever(), u.where, value=build.rescale(u.value, scale))
        for u in updates
    ]
    type: Type = decimal(scale) if scale else INT
    return build.state(state, changes, type)


def _check_type(node: ast.State) -> None:
    if node.type.text in TYPES:
        return
    raise problem(
        codes.BAD_STATE,
        node.type.span,
        f"a state cannot be of type `{node.type.text}`",
        label="no type of a state",
        help=did_you_mean(node.type.text, TYPES) or "write `number`, or `int` for whole numbers",
    )


def _check_bounds(node: ast.State, initial: int, bounds: list[int]) -> None:
    if not bounds:
        return
    assert node.low is not None
    low, high = bounds
    if low > high:
        raise problem(
            codes.BAD_STATE, node.low.span, "no number is between these bounds", label="the greater"
        )
    if not low <= initial <= high:
        raise problem(
            codes.BAD_STATE,
            node.initial.span,
            f"`{node.name.text}` begins outside its bounds",
            label="not between them",
        )


def _constant(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Expr:
    value = analysis.lower(scope, node)
    if value.op == "literal" and value.type.kind in INTEGERS:
        return value
    raise problem(
        codes.BAD_STATE,
        node.span,
        "a state begins with a number, and is kept between numbers, written as such",
        label=advice.describe(value.type),
    )


def _update(analysis: "Analysis", scope: Scope, node: ast.Update) -> _Update:
    event = find_event(analysis, scope, node.event.text) if len(node.event.parts) == 1 else None
    if event is None:
        raise unknown_event(analysis, node.event, node.event.text)
    row = scope.with_row(event)
    where = None if node.where is None else analysis.condition(row, node.where)
    value = analysis.lower(row, node.value)
    if value.type.kind not in INTEGERS | FLOATS:
        raise problem(
            codes.TYPE_MISMATCH,
            node.value.span,
            f"a state is a number; `{node.operation}` cannot take {advice.describe(value.type)}",
            label=advice.describe(value.type),
        )
    return _Update(event, where, analysis.build.exact(value))


def _int(value: Expr) -> int:
    assert value.type.kind in (Kind.INT, Kind.DECIMAL)
    assert isinstance(value.param, int)
    return value.param
