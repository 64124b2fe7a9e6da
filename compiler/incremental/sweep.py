"""What the passing of time from one instant to another can change, and for whom.

A condition that was evaluated for everybody at one instant has the same truth at a later one for
each entity that has no row in a *strip*, no row that was not there before, and the same *traits*:

    strips   intervals of time, by event, that an edge swept over: the edge of a window, a
             threshold of `age(last(x.at)) <= 7d`, the end of a `within 24h`
    traits   the parts of the condition that read no events: `country == "FR"`,
             `age(signed_up_at) >= 30d`

A condition of which that cannot be said needs everybody: it compares entities with one another,
or reads the clock in another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import STEPS, Aggregate, Expr, Kernel, reachable, reads_rows
from segue.compiler.plan.shift import BOUND
from segue.compiler.plan.windows import (
    Ahead,
    Binding,
    Bounds,
    Calendar,
    LastEvents,
    Sliding,
    Window,
    bounds,
    merged,
)
from segue.compiler.types import Kind

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
TIMES = frozenset({Kernel.FIRST, Kernel.LAST, Kernel.MIN, Kernel.MAX})
MOST_SLICES = 400
"""Slices of a window above which a sweep of all of them is as good as one of each."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What happens to some conditions between two instants.

    `strips` are by the name of the table event; `reach` is the instant after which the
    conditions read its rows, None for all. `traits` are what to compare of each entity.
    """

    strips: Mapping[str, tuple[Bounds, ...]]
    reach: Mapping[str, int | None]
    traits: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class NeedsAll:
    """Why a condition has to be evaluated for everybody."""

    reason: str


def sweep(
    catalog: Catalog, roots: Sequence[Expr], before: Binding, now: Binding
) -> Sweep | NeedsAll:
    """What can change of conditions from one instant to a later one, in the same zone."""
    found = _Sweeper(catalog, before, now)
    for root in roots:
        reason = found.entity(root)
        if reason is not None:
            return NeedsAll(reason)
    strips = {event: merged(intervals) for event, intervals in found.strips.items()}
    return Sweep(strips, found.reach, tuple(found.traits.values()))


def why_all(
    catalog: Catalog, roots: Sequence[Expr], before: Binding, now: Binding
) -> dict[int, str | None]:
    """Why each condition has to be evaluated for everybody, by its `id`; None where it has not."""
    found = _Sweeper(catalog, before, now)
    return {root.id: found.entity(root) for root in roots}


class _Sweeper:
    """Walks conditions, each part once; a method says why everybody is needed, or None."""

    def __init__(self, catalog: Catalog, before: Binding, now: Binding) -> None:
        self.catalog = catalog
        self.before = before
        self.now = now
        self.strips: dict[str, list[Bounds]] = {}
        self.reach: dict[str, int | None] = {}
        self.traits: dict[int, Expr] = {}
        self._seen: dict[int, str | None] = {}
        self._folds: dict[int, bool] = {}

    def entity(self, expr: Expr) -> str | None:
        """An expression of the entity."""
        if expr.id not in self._seen:
            self._seen[expr.id] = self._entity(expr)
        return self._seen[expr.id]

    def _entity(self, expr: Expr) -> str | None:
        if expr.op == "literal":
            return None
        if not self._has_steps(expr):
            if expr.type.kind is not Kind.BOOL and _reads_clock(expr):
                return "it compares events with the time that has passed"
            self.traits[expr.id] = expr
            return None
        if expr.op == "population":
            return "it compares everybody with everybody"
        if expr.op == "score":
            return "it uses a score"
        if isinstance(expr.param, Aggregate):
            return self._aggregate(expr.param)
        if expr.op in COMPARISONS:
            aged = _age_threshold(expr)
            if aged is not None:
                fold, length = aged
                self._sweep(fold.event, -length - 1, 1)
                return self._aggregate(fold)
        return self._any(map(self.entity, expr.args))

    def _aggregate(self, fold: Aggregate) -> str | None:
        if isinstance(fold.window, Ahead):
            return "it looks ahead"
        self._window(fold.event, fold.window)
        events = [fold.event]
        for step in fold.steps:
            events.append(step.event)
            # What follows may come at any time up to `as_of`.
            self._add(step.event, Bounds(self.before.as_of, self.now.as_of))
            self._read(step.event, bounds(fold.window, self.now).after)
            if step.negated and step.within is not None:
                # A row counts once that time has passed, since it or what followed it.
                for event in events:
                    self._sweep(event, -step.within - 1, 1)
        rows = [fold.where, *(step.where for step in fold.steps), fold.weight]
        value = fold.value
        if value is not None and value.op == "period":
            reason = self._periods(fold, value)
            if reason is not None:
                return reason
            value = value.args[0]
        return self._any(self._row(part) for part in (*rows, value) if part is not None)

    def _row(self, expr: Expr) -> str | None:
        """An expression of a row, which may read the entity too."""
        if not reads_rows(expr):
            return self.entity(expr)
        if expr.op in BOUND:
            return "it reads the clock for each event"
        return self._any(map(self._row, expr.args))

    def _window(self, event: str, window: Window) -> None:
        then, now = bounds(window, self.before), bounds(window, self.now)
        self._read(event, now.after)
        if then.after is not None and now.after is not None:
            self._add(event, Bounds(*sorted((then.after, now.after))))
        self._add(event, Bounds(*sorted((then.until, now.until))))

    def _periods(self, fold: Aggregate, period: Expr) -> str | None:
        """The slices of a window: those of a sliding one slide along."""
        assert isinstance(period.param, tuple)
        window, unit = period.param
        if fold.kernel is not Kernel.DISTINCT or isinstance(fold.window, LastEvents):
            return "it reads the clock for each event"
        if isinstance(window, Calendar):
            return None
        assert isinstance(window, Sliding)
        assert isinstance(unit, int)
        lengths = range(window.start, window.end, -unit)
        if len(lengths) > MOST_SLICES:
            return "it counts too many periods"
        for length in lengths:
            self._sweep(fold.event, -length, 0)
        return None

    def _sweep(self, event: str, shift: int, more: int) -> None:
        """What an edge swept over that moves with `as_of`."""
        self._add(event, Bounds(self.before.as_of + shift, self.now.as_of + shift + more))

    def _add(self, event: str, strip: Bounds) -> None:
        assert strip.after is not None
        if strip.after < strip.until:
            for member in self.catalog.members(event):
                self.strips.setdefault(member.name, []).append(strip)

    def _read(self, event: str, after: int | None) -> None:
        for member in self.catalog.members(event):
            known = self.reach.get(member.name, after)
            self.reach[member.name] = None if known is None or after is None else min(known, after)

    def _has_steps(self, expr: Expr) -> bool:
        if expr.id not in self._folds:
            self._folds[expr.id] = expr.op in STEPS or any(map(self._has_steps, expr.args))
        return self._folds[expr.id]

    @staticmethod
    def _any(reasons: Iterable[str | None]) -> str | None:
        # All of them are walked, so that nothing is left out of the strips.
        found = [reason for reason in reasons if reason is not None]
        return found[0] if found else None


def _age_threshold(expr: Expr) -> tuple[Aggregate, int] | None:
    """`as_of - x` against a constant, where `x` is when an event happened."""
    for age, bound in (expr.args, expr.args[::-1]):
        if age.op != "-" or age.args[0].op != "as_of" or bound.op != "literal":
            continue
        fold, length = age.args[1].param, bound.param
        if not isinstance(fold, Aggregate) or fold.kernel not in TIMES:
            continue
        is_time = fold.value is not None and fold.value.op == "event_time"
        if is_time and isinstance(length, int) and not isinstance(length, bool):
            return fold, length
    return None


def _reads_clock(expr: Expr) -> bool:
    return any(node.op == "as_of" or node.op in BOUND for node in reachable([expr]))
