"""A window that is longer than events are kept.

What it does:
    Finds windows that reach further back than the `retention` that the catalog says of the event.

Why:
    The rule says 365 days and sees 90. Nothing fails: the count is just too small, and `not exists`
    lets in people who were there.

Bad:
    segment gone "Has not looked in for a year" {
      when not exists(page_view over last 365d)
    }

Good:
    segment gone "Has not looked in for two months" {
      when not exists(page_view over last 60d)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.windows import DAY, WEEK
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    kept = {event: days for event in context.catalog.events if (days := _kept(context, event))}
    for call in context.nodes(ast.Call) if kept else ():
        name = call.arguments[0] if call.arguments else None
        event = name.parts[0] if isinstance(name, ast.Name) else ""
        window = call.selection.window if call.selection else None
        reach = _reach(window)
        if event in kept and window is not None and reach > kept[event]:
            yield Hit(
                window.span,
                f"`{event}` is kept for {_days(kept[event])}",
                label=f"reaches {_days(reach)} back",
                help="shorten the window, or keep the events longer",
            )


def _kept(context: Context, event: str) -> int:
    """How long the events are kept, the shortest-lived of a union; 0 where nobody says."""
    lengths = [member.retention for member in context.catalog.members(event)]
    return min((length for length in lengths if length is not None), default=0)


def _reach(window: ast.Window | None) -> int:
    match window:
        case ast.LastWindow(ast.Duration(size)) | ast.AgoWindow(ast.Duration(size), _):
            return size
        case ast.CalendarWindow(ast.Number(int() as count), unit):
            return count * _SHORTEST[unit]
    return 0


# At the least; which days they are depends on when the rule is run.
_SHORTEST = {"day": DAY, "week": WEEK, "month": 28 * DAY, "quarter": 90 * DAY, "year": 365 * DAY}


def _days(microseconds: int) -> str:
    return f"{microseconds // DAY} days"


RULE = Rule(
    code="SEG502",
    name="beyond-retention",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
