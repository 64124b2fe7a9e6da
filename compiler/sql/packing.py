"""Counts of one kind of events in several windows, added up as one wide number.

    SUM(CASE WHEN "name" = 'view' THEN "windows" END) AS "view_counts"

`windows` is computed once for each row: a 1 in the lane of each window the row lies in. Lane
`i` of the sum is then the count in window `i`. Up to four windows share 126 bits, so a lane has
at least 31 bits: it would take 2^31 events of one kind, of one entity, to overflow it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.plan.nodes import Kernel
from segue.compiler.sql.dialects.folds import Fold
from segue.compiler.sql.names import Names
from segue.compiler.sql.trees import Tree, all_of, case, cast, coalesce, column, integer

BITS = 126
MOST_WINDOWS = 4
MANY = 20
"""Folds of one scan below which nothing is packed: a few counts read better one by one."""

Window = tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """What is packed: columns of the row, select items, results; and the folds that are left."""

    rest: tuple[Fold, ...]
    columns: dict[str, Tree] = field(default_factory=dict)
    items: dict[str, Tree] = field(default_factory=dict)
    results: dict[str, Tree] = field(default_factory=dict)


def pack(folds: Sequence[Fold], scan: str, names: Names, wide: str, bigint: str) -> Packed:
    """Packs the counts of a scan that have the same filter and different windows."""
    groups = _groups(folds) if len(folds) >= MANY else {}
    if not groups:
        return Packed(tuple(folds))
    used = Counter(fold.window for group in groups.values() for fold in group)
    ordered = [window for window, _ in used.most_common()]
    packed = Packed((), {}, {}, {})
    done: set[str] = set()
    for start in range(0, len(ordered), MOST_WINDOWS):
        windows = ordered[start : start + MOST_WINDOWS]
        lanes = ""
        for where, group in groups.items():
            inside = [fold for fold in group if fold.window in windows]
            if len(inside) < 2:
                continue
            if not lanes:
                lanes = names.fresh("windows")
                packed.columns[lanes] = _lanes(windows, wide)
            together = names.fresh(f"{inside[0].name}_and_others")
            packed.items[together] = _sum(where, lanes, [fold.name for fold in inside])
            for fold in inside:
                lane = windows.index(fold.window)
                total = column(together, scan)
                packed.results[fold.name] = _unpack(total, lane, len(windows), bigint)
            done |= {fold.name for fold in inside}
    rest = tuple(fold for fold in folds if fold.name not in done)
    return Packed(rest, packed.columns, packed.items, packed.results)


def _groups(folds: Sequence[Fold]) -> dict[Window, list[Fold]]:
    """Counts by their filter, where there are several windows of one.

    The filter as it is written, not as it is meant: how a time of day is spelled may rely on
    the window.
    """
    groups: dict[Window, list[Fold]] = {}
    for fold in folds:
        if fold.kernel is Kernel.COUNT and fold.value is None:
            groups.setdefault(fold.where, []).append(fold)
    return {where: group for where, group in groups.items() if len({f.window for f in group}) > 1}


def _lanes(windows: Sequence[Window], wide: str) -> Tree:
    """A 1 in the lane of each window that a row lies in."""
    width, total = BITS // len(windows), None
    for lane, window in enumerate(windows):
        one = integer(1 << lane * width)
        condition = all_of(part.copy() for part in window)
        here = one if condition is None else case((condition, one), default=integer(0))
        total = here if total is None else exp.Add(this=total, expression=here)
    assert total is not None
    return cast(total, wide)


def _sum(where: Window, lanes: str, names: Sequence[str]) -> Tree:
    condition = all_of(part.copy() for part in where)
    value: Tree = column(lanes)
    total = exp.Sum(this=value if condition is None else case((condition, value)))
    total.add_comments([", ".join(names)])
    return total


def _unpack(total: Tree, lane: int, lanes: int, bigint: str) -> Tree:
    """One count out of the packed ones."""
    width = BITS // lanes
    shifted: Tree = coalesce(total, integer(0))
    if lane:
        shifted = exp.Paren(
            this=exp.BitwiseRightShift(this=shifted, expression=integer(lane * width))
        )
    return cast(exp.BitwiseAnd(this=shifted, expression=integer((1 << width) - 1)), bigint)
