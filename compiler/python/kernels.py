"""The kernels that fold events, over rows held in memory.

A row is a tuple: its time, its id or None, then the event's properties in catalog order, all
in representation. Rows are sorted by time.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from segue.compiler.plan.nodes import Kernel
from segue.compiler.plan.windows import Bounds

Row = tuple[Any, ...]
AT, ID, FIRST_PROPERTY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one event, sorted by time, and their times."""

    times: Sequence[int]
    rows: Sequence[Row]

    def between(self, bounds: Bounds) -> Sequence[Row]:
        """The rows in `(after, until]`."""
        start = 0 if bounds.after is None else bisect_right(self.times, bounds.after)
        return self.rows[start : bisect_right(self.times, bounds.until)]


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step of a sequence, ready to be looked for.

    `where` takes the rows of steps 0 up to this one; the row of a negated step is None for
    the steps after it.
    """

    rows: Rows
    negated: bool
    within: int | None
    where: Callable[..., bool] | None


def follows(steps: Sequence[BoundStep], path: tuple[Row | None, ...], at: int, as_of: int) -> bool:
    """Whether the steps from the one after `path` on can be taken after the instant `at`."""
    place = len(path) - 1
    if place == len(steps):
        return True
    step = steps[place]
    until = as_of if step.within is None else min(at + step.within, as_of)
    later = step.rows.between(Bounds(at, until)) if until > at else ()
    where = step.where
    if step.negated:
        if step.within is not None and at + step.within > as_of:
            return False
        if any(where is None or where(*path, row) for row in later):
            return False
        return follows(steps, (*path, None), at, as_of)
    return any(
        (where is None or where(*path, row)) and follows(steps, (*path, row), row[AT], as_of)
        for row in later
    )


def latest(rows: Sequence[Row], count: int) -> list[Row]:
    """The `count` latest rows, equal times by greatest id; a row without an id comes before
    those with one."""
    return sorted(rows, key=lambda row: (row[AT], row[ID] is not None, row[ID]))[-count:]


def fold(
    kernel: Kernel,
    rows: Sequence[Row],
    value: Callable[[Row], Any] | None,
    weight: Callable[[Row], Any] | None,
) -> Any:
    """The result of a kernel over the rows that count."""
    if value is None:
        assert kernel is Kernel.COUNT
        return len(rows)
    pairs = [(found, row) for row in rows if (found := value(row)) is not None]
    values = [found for found, _ in pairs]
    match kernel:
        case Kernel.COLLECT:
            return [(row[AT], found) for found, row in pairs]
        case Kernel.COUNT:
            return len(values)
        case Kernel.SUM:
            return sum(values)
        case Kernel.DISTINCT:
            return len(set(values))
        case Kernel.MIN:
            return min(values, default=None)
        case Kernel.MAX:
            return max(values, default=None)
        case Kernel.FIRST:
            return min(((row[AT], found) for found, row in pairs), default=(0, None))[1]
        case Kernel.LAST:
            return max(((row[AT], found) for found, row in pairs), default=(0, None))[1]
        case Kernel.MODE:
            return _mode(pairs, weight)


def _mode(pairs: Sequence[tuple[Any, Row]], weight: Callable[[Row], Any] | None) -> Any:
    weights: dict[Any, int] = {}
    for found, row in pairs:
        more = 1 if weight is None else weight(row) or 0
        weights[found] = weights.get(found, 0) + more
    if not weights:
        return None
    greatest = max(weights.values())
    return min(found for found, total in weights.items() if total == greatest)
