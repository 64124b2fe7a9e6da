"""The aggregate functions of the language, declared once and rewritten to the few kernels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from segue.compiler.operators.declaration import ALL_KINDS, MEASURES, Parameter
from segue.compiler.plan.build import Build, BuildError
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, Step
from segue.compiler.plan.windows import DAY, WEEK, Calendar, Sliding, Window
from segue.compiler.types import FLOATS, INT, Kind

SLICES = {"hour": DAY // 24, "day": DAY, "week": WEEK}


@dataclass(frozen=True, slots=True)
class Selected:
    """What an aggregate function is given: the events, and what to take from each.

    `value` is None where only the event is named (`count(purchase)`); `unit` is the period
    of `count_periods`.
    """

    event: str
    window: Window
    where: Expr | None
    steps: tuple[Step, ...]
    value: Expr | None
    weight: Expr | None
    unit: str | None

    def fold(self, kernel: Kernel, value: Expr | None = None) -> Aggregate:
        """The fold of a value of the selected events."""
        return Aggregate(
            kernel, self.event, self.window, self.where, self.steps, value, self.weight
        )


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """The declaration of one aggregate function.

    `kinds` are the types of value it takes; empty means that it takes an event, not a value.
    `weighted` functions may say `by`; `result` is for the reference.
    """

    name: str
    doc: str
    example: str
    empty: str
    result: str
    kinds: tuple[Kind, ...] = ()
    takes_event: bool = False
    takes_unit: bool = False
    weighted: bool = False
    parameters: tuple[Parameter, ...] = ()
    expand: Callable[[Build, Selected], Expr] = field(repr=False, kw_only=True)


def _kernel(kernel: Kernel) -> Callable[[Build, Selected], Expr]:
    return lambda build, events: build.aggregate(events.fold(kernel, events.value))


def _sum(build: Build, events: Selected) -> Expr:
    assert events.value is not None
    return build.aggregate(events.fold(Kernel.SUM, build.exact(events.value)))


def _average(build: Build, events: Selected) -> Expr:
    assert events.value is not None
    total = _sum(build, events)
    count = build.aggregate(events.fold(Kernel.COUNT, events.value))
    return build.mean(total, count)


def _exists(build: Build, events: Selected) -> Expr:
    count = build.aggregate(events.fold(Kernel.COUNT))
    return build.call(">=", count, build.literal(1, INT))


def _deviation(build: Build, events: Selected) -> Expr:
    """Sample standard deviation: sqrt((n·Σx² − (Σx)²) / (n·(n − 1))), in doubles of exact sums."""
    assert events.value is not None
    value = events.value
    # Three places, so that squares of ordinary sizes stay within 64 bits.
    value = build.exact(value, places=3)
    count = build.aggregate(events.fold(Kernel.COUNT, value))
    total = build.to_float(build.aggregate(events.fold(Kernel.SUM, value)))
    squares = build.aggregate(events.fold(Kernel.SUM, build.call("*", value, value)))
    n = build.to_float(count)
    spread = build.call(
        "-", build.call("*", n, build.to_float(squares)), build.call("*", total, total)
    )
    spread = build.call("greatest", spread, build.literal(0.0, spread.type.required))
    pairs = build.call("*", n, build.call("-", n, build.literal(1.0, n.type)))
    return build.call("sqrt", build.call("quotient", spread, pairs))


def _count_periods(build: Build, events: Selected) -> Expr:
    window, unit = events.window, events.unit
    assert unit is not None
    moment = build.event_time(0)
    match window:
        case Calendar() if window.unit == unit or unit in ("day", "week"):
            if window.unit != unit:
                raise BuildError(
                    f"the periods of `last … calendar {window.unit}s` are {window.unit}s: "
                    f"write `{window.unit}`, or a window of calendar {unit}s"
                )
            param: tuple[Window, int | str] = (window, unit)
        case Sliding() if unit in SLICES:
            if (window.start - window.end) % SLICES[unit]:
                raise BuildError(f"the window is not a whole number of {unit}s")
            param = (window, SLICES[unit])
        case Sliding():
            raise BuildError(
                f"{unit}s differ in length: count them over a calendar window, as in "
                f"`over last 3 calendar {unit}s`"
            )
        case _:
            raise BuildError(
                "periods are counted over `last 28d`, `30d ago to 10d ago` or `last 3 calendar "
                "months`: a window with a length"
            )
    index = build.call("period", moment, param=param)
    return build.aggregate(events.fold(Kernel.DISTINCT, index))


AGGREGATES: Mapping[str, AggregateFunction] = MappingProxyType(
    {
        function.name: function
        for function in (
            AggregateFunction(
                name="count",
                doc="How many events, or how many that have a value for the property named.",
                example="count(email_open over last 30d)",
                empty="0",
                result="int",
                kinds=ALL_KINDS,
                takes_event=True,
                expand=_kernel(Kernel.COUNT),
            ),
            AggregateFunction(
                name="exists",
                doc="Whether there is any such event.",
                example="exists(purchase over last 90d)",
                empty="false",
                result="bool",
                takes_event=True,
                expand=_exists,
            ),
            AggregateFunction(
                name="sum",
                doc=(
                    "The total of a value. Exact: a float is summed in fixed point with six "
                    "places, and the result is a decimal."
                ),
                example="sum(purchase.amount over last 90d)",
                empty="0",
                result="as the value",
                kinds=MEASURES,
                expand=_sum,
            ),
            AggregateFunction(
                name="avg",
                doc="The mean of a value.",
                example="avg(purchase.amount over last 365d)",
                empty="missing",
                result="float, or duration",
                kinds=MEASURES,
                expand=_average,
            ),
            AggregateFunction(
                name="min",
                doc="The smallest value.",
                example="min(purchase.amount)",
                empty="missing",
                result="as the value",
                kinds=(*MEASURES, Kind.DATE, Kind.TIMESTAMP, Kind.STRING),
                expand=_kernel(Kernel.MIN),
            ),
            AggregateFunction(
                name="max",
                doc="The greatest value.",
                example="max(purchase.amount)",
                empty="missing",
                result="as the value",
                kinds=(*MEASURES, Kind.DATE, Kind.TIMESTAMP, Kind.STRING),
                expand=_kernel(Kernel.MAX),
            ),
            AggregateFunction(
                name="first",
                doc=(
                    "The value of the earliest event that has one; of several at that instant, "
                    "the smallest."
                ),
                example="first(purchase.at)",
                empty="missing",
                result="as the value",
                kinds=ALL_KINDS,
                expand=_kernel(Kernel.FIRST),
            ),
            AggregateFunction(
                name="last",
                doc=(
                    "The value of the latest event that has one; of several at that instant, "
                    "the greatest."
                ),
                example="last(purchase.category)",
                empty="missing",
                result="as the value",
                kinds=ALL_KINDS,
                expand=_kernel(Kernel.LAST),
            ),
            AggregateFunction(
                name="count_distinct",
                doc="How many different values.",
                example="count_distinct(purchase.sku over last 365d)",
                empty="0",
                result="int",
                kinds=ALL_KINDS,
                expand=_kernel(Kernel.DISTINCT),
            ),
            AggregateFunction(
                name="mode",
                doc=(
                    "The most frequent value, or with `by` the one with the greatest sum of that "
                    "number; of several, the smallest."
                ),
                example="mode(purchase.category by purchase.amount over last 365d)",
                empty="missing",
                result="as the value",
                kinds=ALL_KINDS,
                weighted=True,
                expand=lambda build, events: build.aggregate(
                    replace(
                        events,
                        weight=None if events.weight is None else build.exact(events.weight),
                    ).fold(Kernel.MODE, events.value)
                ),
            ),
            AggregateFunction(
                name="stddev",
                doc="The sample standard deviation of a value; missing for fewer than two.",
                example="stddev(purchase.amount)",
                empty="missing",
                result="float",
                kinds=(Kind.INT, Kind.DECIMAL, *sorted(FLOATS)),
                expand=_deviation,
            ),
            AggregateFunction(
                name="count_periods",
                doc=(
                    "In how many periods of the window there is such an event: how regularly. "
                    "Periods of a sliding window (`hour`, `day`, `week`) are counted back from "
                    "`as_of`; those of a calendar window are its calendar units."
                ),
                example="count_periods(email_click, week over last 28d)",
                empty="0",
                result="int",
                takes_event=True,
                takes_unit=True,
                expand=_count_periods,
            ),
        )
    }
)
