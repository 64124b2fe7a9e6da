"""At which instants witnesses are looked for.

A rule without dates means the same on any day, and a fixed day makes the same witness every
time. What calendar windows do shows in the middle of a period or at its beginning, and a rule
with dates is tried around and after them.
"""

from collections.abc import Iterable, Iterator

from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.windows import DAY, Fixed, FixedDays
from segue.compiler.types import Kind

HOUR = DAY // 24
MIDDLE = 1_755_691_200_000_000
"""2025-08-20T12:00:00Z: a Wednesday in the middle of its month, quarter and year."""
BEGINNING = 1_764_552_600_000_000
"""2025-12-01T01:30:00Z: a Monday, early on the first day of a month."""
MOST_DATES = 4


def instants_for(roots: Iterable[Expr]) -> tuple[int, ...]:
    """Where to look for witnesses of some expressions, the most ordinary instant first."""
    dates = sorted(set(_dates(reachable(roots))))
    if not dates:
        return MIDDLE, BEGINNING
    after = dates[-1] + 40 * DAY
    around = [date + 12 * HOUR for date in dates[-MOST_DATES:]]
    return tuple(dict.fromkeys((max(MIDDLE, after), *around, BEGINNING)))


def _dates(nodes: Iterable[Expr]) -> Iterator[int]:
    """The instants that rules mention, in microseconds."""
    for node in nodes:
        if node.op == "literal" and isinstance(node.param, int):
            if node.type.kind is Kind.TIMESTAMP:
                yield node.param
            elif node.type.kind is Kind.DATE:
                yield node.param * DAY
        elif isinstance(node.param, Aggregate):
            window = node.param.window
            size = {Fixed: 1, FixedDays: DAY}.get(type(window))
            if size is not None and isinstance(window, Fixed | FixedDays):
                yield from (e * size for e in (window.start, window.end) if e is not None)
