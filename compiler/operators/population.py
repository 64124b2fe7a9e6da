"""The functions that see the whole population, declared once and rewritten to the few kernels.

Their values are those of all entities at `as_of`. In one process, where there is one entity,
they are read off a snapshot of the last batch (`compiler/python/snapshot.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from segue.compiler.operators.declaration import MEASURES
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Among, Expr, Population
from segue.compiler.types import FLOAT, INT, RATIO, Kind

ORDERED = (*MEASURES, Kind.DATE, Kind.TIMESTAMP)
NUMBERS = (Kind.INT, Kind.DECIMAL, Kind.RATIO, Kind.PROBABILITY, Kind.FLOAT)
GROUPS = (
    Kind.BOOL,
    Kind.INT,
    Kind.DECIMAL,
    Kind.ENUM,
    Kind.STRING,
    Kind.DATE,
    Kind.TIMESTAMP,
    Kind.DURATION,
)
"""The kinds of value that may be a group: those that are equal or not, without a rounding."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """What a population function is given: the value, the group or None, and its constant."""

    value: Expr
    group: Expr | None
    share: Fraction | None = None
    first: int | None = None

    def stands(self, build: Build, among: Among, value: Expr | None = None) -> Expr:
        """How an entity stands with its value (or another one) in its group."""
        share = None if self.share is None else self.share.as_integer_ratio()
        population = Population(among, share if among is Among.QUANTILE else None)
        return build.population(population, value or self.value, self.group)


@dataclass(frozen=True, slots=True)
class PopulationFunction:
    """The declaration of one population function.

    `kinds` are the types of value it takes. Those with a `share` take that as a second
    argument, a constant ratio; `missing` and `result` are for the reference.
    """

    name: str
    syntax: str
    doc: str
    example: str
    missing: str
    result: str
    kinds: tuple[Kind, ...]
    takes_share: bool = False
    expand: Callable[[Build, Everybody], Expr] = field(repr=False, kw_only=True)


def _percentile(build: Build, everybody: Everybody) -> Expr:
    below = everybody.stands(build, Among.BELOW)
    count = everybody.stands(build, Among.COUNT)
    operands = (build.call("units", below), build.call("units", count))
    return build.graph.make("quotient", operands, type=RATIO.optional)


def _rank(build: Build, everybody: Everybody) -> Expr:
    above = everybody.stands(build, Among.ABOVE)
    return build.call("+", above, build.literal(1, INT))


def _average(build: Build, everybody: Everybody) -> Expr:
    value = build.exact(everybody.value)
    total = everybody.stands(build, Among.SUM, value)
    return build.mean(total, everybody.stands(build, Among.COUNT, value))


def _zscore(build: Build, everybody: Everybody) -> Expr:
    """(n·x − Σx) / sqrt(n·Σx² − (Σx)²), in doubles of exact sums."""
    value = everybody.value
    # Few places, so that squares of ordinary sizes stay within 64 bits.
    value = build.exact(value, places=3 if value.type.kind is Kind.FLOAT else 6)

    def units(expr: Expr) -> Expr:
        return build.call("units", expr)

    def times(left: Expr, right: Expr) -> Expr:
        return build.call("*", left, right)

    n = units(everybody.stands(build, Among.COUNT, value))
    total = units(everybody.stands(build, Among.SUM, value))
    squares = units(everybody.stands(build, Among.SUM, times(value, value)))
    spread = build.call("-", times(n, squares), times(total, total))
    # Doubles may make a little something of no deviation at all.
    least = _extreme(build, everybody, value, Fraction(0))
    greatest = _extreme(build, everybody, value, Fraction(1))
    nothing = build.literal(0.0, FLOAT)
    spread = build.choice(build.call("<", least, greatest), spread, nothing)
    distance = build.call("-", times(n, units(value)), total)
    return build.call("quotient", distance, build.call("sqrt", spread))


def _extreme(build: Build, everybody: Everybody, value: Expr, share: Fraction) -> Expr:
    population = Population(Among.QUANTILE, share.as_integer_ratio())
    return build.population(population, value, everybody.group)


def _top(build: Build, everybody: Everybody) -> Expr:
    population = Population(Among.TOP, first=everybody.first)
    return build.population(population, everybody.value, build.key())


POPULATION: Mapping[str, PopulationFunction] = MappingProxyType(
    {
        function.name: function
        for function in (
            PopulationFunction(
                name="percentile",
                syntax="percentile(value [by group])",
                doc=(
                    "The share of all who have a value whose value is smaller, by one division: "
                    "`percentile(x) >= 75%` is the top quarter. Equal values have one percentile."
                ),
                example="percentile(revenue_90d) >= 75%",
                missing="missing for whom the value is missing",
                result="ratio",
                kinds=ORDERED,
                expand=_percentile,
            ),
            PopulationFunction(
                name="rank",
                syntax="rank(value [by group])",
                doc=(
                    "1 for the greatest value, for any other 1 and how many are greater. Equal "
                    "values have one rank."
                ),
                example="rank(revenue_90d by country) <= 3",
                missing="missing for whom the value is missing",
                result="int",
                kinds=ORDERED,
                expand=_rank,
            ),
            PopulationFunction(
                name="top",
                syntax="top n by value",
                doc=(
                    "Whether among the first `n` by the value, the greatest first, equal ones in "
                    "order of the key: exactly `n` entities, where so many have a value."
                ),
                example="top 100 by revenue_90d",
                missing="false for whom the value is missing",
                result="bool",
                kinds=ORDERED,
                expand=_top,
            ),
            PopulationFunction(
                name="quantile",
                syntax="quantile(value, share [by group])",
                doc=(
                    "The nearest rank: the smallest value such that at least this share of all "
                    "values are at or below it. `quantile(x, 50%)` is the (lower) median."
                ),
                example="revenue_90d > quantile(revenue_90d, 90%)",
                missing="missing where nobody has a value",
                result="as the value",
                kinds=ORDERED,
                takes_share=True,
                expand=lambda build, everybody: everybody.stands(build, Among.QUANTILE),
            ),
            PopulationFunction(
                name="average",
                syntax="average(value [by group])",
                doc=(
                    "The mean of all values, or of those in the same group. Exact sums, as for "
                    "`avg`, which is the mean over one entity's own events."
                ),
                example="revenue_90d > 2 * average(revenue_90d by country)",
                missing="missing where nobody has a value",
                result="float, or duration",
                kinds=MEASURES,
                expand=_average,
            ),
            PopulationFunction(
                name="zscore",
                syntax="zscore(value [by group])",
                doc=(
                    "How many (population) standard deviations the value is above the mean; a "
                    "float is taken with three places, a ratio with six."
                ),
                example="zscore(revenue_90d) > 2",
                missing="missing for whom the value is missing, and where all values are equal",
                result="float",
                kinds=NUMBERS,
                expand=_zscore,
            ),
        )
    }
)
