"""Two windows that nearly meet.

What it does:
    Finds two windows over one event, in one definition, where one ends a little before or after the
    other begins: by a day at most.

Why:
    They were meant to lie side by side. As it is, some events are counted twice or not at all. A
    window is half open: `30d ago to 15d ago` and `last 15d` meet exactly.

Bad:
    segment cooling_down "Open less than in the two weeks before" {
      when count(email_open over last 15d) < count(email_open over 30d ago to 16d ago)
    }

Good:
    segment cooling_down "Open less than in the two weeks before" {
      when count(email_open over last 15d) < count(email_open over 30d ago to 15d ago)
    }

Fix:
    Unsafe: makes the earlier window end where the later one begins.
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.windows import DAY
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import duration_text


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    windows: dict[tuple[int, str], list[ast.Window]] = defaultdict(list)
    for call in context.nodes(ast.Call):
        event = call.arguments[0] if call.arguments else None
        if call.selection is None or call.selection.window is None:
            continue
        if isinstance(event, ast.Name):
            _, item = context.item_at(call.span)
            windows[id(item), event.parts[0]].append(call.selection.window)
    for (_, event_name), found in windows.items():
        starts = {start: window for window in found if (start := _start(window)) is not None}
        for window in found:
            if isinstance(window, ast.AgoWindow) and isinstance(window.end, ast.Duration):
                yield from _hit(event_name, window, window.end, starts)


def _start(window: ast.Window) -> int | None:
    """How long ago a sliding window begins."""
    match window:
        case ast.LastWindow(ast.Duration(size)) | ast.AgoWindow(ast.Duration(size), _):
            return size
    return None


def _hit(
    event: str, window: ast.AgoWindow, end: ast.Duration, starts: dict[int, ast.Window]
) -> Iterator[Hit]:
    if end.microseconds in starts:
        return
    for start, other in starts.items():
        apart = abs(start - end.microseconds)
        if other is not window and apart <= DAY and apart * 2 <= start:
            what = "leave out" if end.microseconds > start else "count twice"
            yield Hit(
                end.span,
                f"the two windows {what} {duration_text(apart)} of `{event}`",
                label=f"ends {duration_text(end.microseconds)} ago",
                help=f"write `{duration_text(start)} ago`",
                related=(Label(other.span, f"begins {duration_text(start)} ago"),),
                fix=Fix(
                    "make them meet",
                    (Edit(end.span, duration_text(start)),),
                    Safety.UNSAFE,
                ),
            )
            return


RULE = Rule(
    code="SEG106",
    name="window-gap",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
