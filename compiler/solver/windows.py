"""Windows in the solver where the instant of evaluation is not known: any there may be.

The edges of sliding and fixed windows are exact. Where a calendar period or a local day begins is
left open by a day or two, which zones and calendars decide.
"""

from segue.compiler.operators.solver_terms import Z3, Truth, all_of, z3
from segue.compiler.plan.windows import DAY, Calendar, Fixed, FixedDays, Sliding, Window
from segue.compiler.solver.world import World

# Days of the shortest and of the longest calendar period.
_LENGTHS = {
    "day": (1, 1),
    "week": (7, 7),
    "month": (28, 31),
    "quarter": (90, 92),
    "year": (365, 366),
}


class OpenWindows:
    """The windows of one world, whose edges are facts of it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._starts: dict[tuple[str, int], Z3] = {}

    def inside(self, time: Z3, window: Window) -> Truth | None:
        """Whether an instant is in a window; None where its time does not say."""
        as_of = self._world.as_of.value
        happened = time <= as_of
        match window:
            case Sliding(start, end, closed):
                after = time >= as_of - start if closed else time > as_of - start
                return all_of(after, time <= as_of - end)
            case Fixed(start, end):
                after = True if start is None else time >= start
                return all_of(happened, after, True if end is None else time <= end)
            case FixedDays(first, last):
                return all_of(happened, *self._between_days(time, first, last))
            case Calendar(unit, count, previous):
                periods = count if previous else count - 1
                after = time >= self._period_start(unit, periods)
                ended = time < self._period_start(unit, 0) if previous else True
                return all_of(happened, after, ended)
        return None

    def _between_days(self, time: Z3, first: int | None, last: int | None) -> list[Truth]:
        """From one local day to another: where a day begins is known within two days."""
        edges = []
        for day, is_end in ((first, False), (last, True)):
            if day is not None:
                day += is_end
                edge = z3.Int(f"start of day {day}")
                self._world.fact(z3.And(edge >= (day - 1) * DAY, edge <= (day + 1) * DAY))
                edges.append(time < edge if is_end else time >= edge)
        return edges

    def _period_start(self, unit: str, back: int) -> Z3:
        """When the calendar period began that is so many before the current one.

        Zones and calendars decide; a day more or less is left open.
        """
        start = z3.Int(f"start of the {unit} {back} back")
        if (unit, back) in self._starts:
            return start
        shortest, longest = _LENGTHS[unit]
        as_of = self._world.as_of.value
        self._world.fact(start <= as_of - max(0, shortest * back - 1) * DAY)
        self._world.fact(start >= as_of - (longest * (back + 1) + 1) * DAY)
        for (other, other_back), known in self._starts.items():
            if other == unit:
                gap = (shortest * abs(back - other_back) - 1) * DAY
                first, second = (start, known) if back > other_back else (known, start)
                self._world.fact(first <= second - max(gap, 1))
            elif back == other_back == 0 and "week" not in (unit, other):
                # A month begins with a day of its own; weeks lie across months.
                wider = _LENGTHS[unit] > _LENGTHS[other]
                first, second = (start, known) if wider else (known, start)
                self._world.fact(first <= second)
        self._starts[unit, back] = start
        return start
