"""Names for the columns and steps of a query that nobody named."""

import re

from segue.compiler.plan.nodes import Aggregate
from segue.compiler.plan.windows import (
    DAY,
    Calendar,
    Ever,
    LastEvents,
    Sliding,
    Window,
)

UNITS = ((DAY, "d"), (DAY // 24, "h"), (60_000_000, "min"), (1_000_000, "s"))


class Names:
    """Hands out names, each only once; engines ignore case even in quoted names."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._taken: set[str] = set()

    def reserve(self, name: str) -> None:
        """Keep a name that is given from outside."""
        self._taken.add(name.lower())

    def fresh(self, wanted: str) -> str:
        """The name itself, or with a number after it."""
        wanted = re.sub(r"\W+", "_", wanted)[: self._longest - 6]
        name, n = wanted, 1
        while name.lower() in self._taken:
            n += 1
            name = f"{wanted}_{n}"
        self._taken.add(name.lower())
        return name


def describe(aggregate: Aggregate) -> str:
    """A name that says what an aggregate counts: `count_email_open_30d`."""
    words = [str(aggregate.kernel), aggregate.event]
    value = aggregate.value
    if value is not None and value.op == "property" and isinstance(value.param, tuple):
        words.append(str(value.param[1]))
    window = _window(aggregate.window)
    return "_".join([*words, window] if window else words)


def _window(window: Window) -> str:
    match window:
        case Ever():
            return ""
        case Sliding(start, 0):
            return _duration(start)
        case Sliding(start, end):
            return f"{_duration(start)}_to_{_duration(end)}_ago"
        case Calendar(unit, count, previous):
            return f"{'previous' if previous else 'last'}_{count}_{unit}s"
        case LastEvents(count):
            return f"last_{count}"
        case _:
            return "dates"


def _duration(microseconds: int) -> str:
    for size, unit in UNITS:
        if microseconds % size == 0:
            return f"{microseconds // size}{unit}"
    return f"{microseconds}us"
