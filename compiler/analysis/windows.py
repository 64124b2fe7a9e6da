"""Windows: from `over last 30d` to a window of the plan."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.problems import problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import (
    Ahead,
    Calendar,
    Ever,
    Fixed,
    FixedDays,
    LastEvents,
    Sliding,
    Window,
)
from segue.compiler.types import Kind, Type
from segue.grammar import ast
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Bound:
    """A window of the plan, and what of it depends on the entity (`since signed_up_at`)."""

    window: Window
    condition: Expr | None = None


def lower_window(analysis: "Analysis", scope: Scope, node: ast.Window | None, event: str) -> Bound:
    """The window an aggregate sees; none written means the whole history."""
    match node:
        case None | ast.EverWindow():
            return Bound(Ever())
        case ast.LastWindow(size):
            return Bound(_last(analysis, scope, size))
        case ast.NextWindow(size):
            return Bound(_next(analysis, scope, node, size))
        case ast.AgoWindow(start, end):
            return Bound(_ago(analysis, scope, node, start, end))
        case ast.FromToWindow(start, end):
            return Bound(_from_to(analysis, scope, node, start, end))
        case ast.SinceWindow(start):
            return _since(analysis, scope, start)
        case ast.CalendarWindow(count, unit, previous):
            return Bound(Calendar(unit, _count(analysis, scope, count), previous))
        case ast.ThisWindow(unit):
            return Bound(Calendar(unit, 1))
        case _:
            assert_never(node)


def _next(analysis: "Analysis", scope: Scope, node: ast.NextWindow, size: ast.Expression) -> Window:
    if scope.part == "label":
        value = _constant(analysis, scope, size, Kind.DURATION)
        _positive(size, value)
        return Ahead(_int(value))
    if scope.part == "":
        raise problem(
            codes.FORWARD_WINDOW,
            node.span,
            "a rule cannot look into the future",
            label="after `as_of`",
            help="`next` is for the label of a score: `predict not exists(… over next 30d)`",
        )
    what = "a feature" if scope.part == "feature" else "who takes part in training"
    raise problem(
        codes.FORWARD_WINDOW,
        node.span,
        f"{what} cannot depend on the future: the model would be told the answer",
        label="after the snapshot",
        help="what follows a snapshot belongs to the label (`predict …`); here, look back: "
        f"`over last {unparse(size)}`",
    )


_PERIODS = ("day", "week", "month", "quarter", "year")


def _last(analysis: "Analysis", scope: Scope, size: ast.Expression) -> Window:
    if isinstance(size, ast.Name) and size.text in _PERIODS:
        raise problem(
            codes.BAD_WINDOW,
            size.span,
            f"`last {size.text}` could be the one that is over, or the one until now",
            help=f"write `previous 1 calendar {size.text}` for the whole one before this, "
            f"`this {size.text}`, or a length of time, as in `last 30d`",
        )
    value = _constant(analysis, scope, size, Kind.DURATION, Kind.INT)
    _positive(size, value)
    number = _int(value)
    return Sliding(number) if value.type.kind is Kind.DURATION else LastEvents(number)


def _ago(
    analysis: "Analysis",
    scope: Scope,
    node: ast.AgoWindow,
    start: ast.Expression,
    end: ast.Expression,
) -> Window:
    first = _int(_constant(analysis, scope, start, Kind.DURATION))
    last = _int(_constant(analysis, scope, end, Kind.DURATION))
    if first <= last or last < 0:
        raise problem(
            codes.BAD_WINDOW,
            node.span,
            "the window ends before it starts",
            label="from the later instant to the earlier",
            help=f"write `{unparse(end)} ago to {unparse(start)} ago`",
        )
    return Sliding(first, last)


def _from_to(
    analysis: "Analysis",
    scope: Scope,
    node: ast.FromToWindow,
    start: ast.Expression,
    end: ast.Expression,
) -> Window:
    first = _constant(analysis, scope, start, Kind.DATE, Kind.TIMESTAMP)
    last = _constant(analysis, scope, end, Kind.DATE, Kind.TIMESTAMP)
    if first.type.kind is not last.type.kind:
        raise problem(
            codes.BAD_WINDOW,
            node.span,
            "the window runs from a day to an instant",
            help="write both as days (`2024-11-29`) or both as instants",
        )
    if _int(first) > _int(last):
        raise problem(codes.BAD_WINDOW, node.span, "the window ends before it starts")
    make = FixedDays if first.type.kind is Kind.DATE else Fixed
    return make(_int(first), _int(last))


def _since(analysis: "Analysis", scope: Scope, start: ast.Expression) -> Bound:
    build = analysis.build
    value = analysis.lower(scope, start)
    kind = value.type.kind
    if kind not in (Kind.DATE, Kind.TIMESTAMP):
        raise problem(
            codes.BAD_WINDOW,
            start.span,
            f"`since` needs an instant or a day, not {advice.describe(value.type)}",
            label=advice.describe(value.type),
            help=f"for a duration write `over last {unparse(start)}`"
            if kind is Kind.DURATION
            else "",
        )
    if value.op == "literal":
        make = FixedDays if kind is Kind.DATE else Fixed
        return Bound(make(_int(value), None))
    moment = build.event_time(0)
    if kind is Kind.DATE:
        moment = build.as_date(moment)
    return Bound(Ever(), build.call(">=", moment, value))


def _count(analysis: "Analysis", scope: Scope, node: ast.Expression) -> int:
    value = _constant(analysis, scope, node, Kind.INT)
    _positive(node, value)
    return _int(value)


def _constant(analysis: "Analysis", scope: Scope, node: ast.Expression, *kinds: Kind) -> Expr:
    value = analysis.lower(scope, node)
    if value.op == "literal" and value.type.kind in kinds:
        return value
    wanted = " or ".join(advice.describe(Type(kind)) for kind in kinds)
    help = ""
    if isinstance(node, ast.Number) and Kind.DURATION in kinds and Kind.INT not in kinds:
        help = f"write the unit: `{node.value}d`"
    raise problem(
        codes.BAD_WINDOW,
        node.span,
        f"a window needs {wanted}, known when the rules are compiled",
        label=advice.describe(value.type),
        help=help,
    )


def _positive(node: ast.Expression, value: Expr) -> None:
    if _int(value) <= 0:
        raise problem(
            codes.BAD_WINDOW, node.span, "the window is empty", label="not greater than zero"
        )


def _int(value: Expr) -> int:
    assert isinstance(value.param, int)
    return value.param
