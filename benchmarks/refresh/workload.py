"""Segments by chance over a pool of 102 aggregates, as rules; what peers need to write them as SQL.

Everything is as of an instant that is midnight, as a daily refresh is.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.grammar.parser import parse

AS_OF = datetime(2024, 6, 29, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
NAMES = ("view", "click", "search", "cart", "buy", "refund")
CATEGORIES = tuple(f"c{i}" for i in range(20))
WINDOWS = (7, 30, 90)
LONGEST = max(WINDOWS)
ENOUGH = {"count": {7: 1, 30: 2, 90: 4}, "sum": {7: 100, 30: 300, 90: 700}}
OLD = 500
"""Days since sign-up, in one of the tests of attributes."""

CATALOG = """
lateness: {late}h
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    plan: string?
    country: string?
    age: int?
    signed_up_at: timestamp?
    email_ok: bool?
    leaving: bool?
    credit: float?
    visits: int?
events:
  event: {{table: events, at: happened_at, properties: {{category: string?}}}}
""" + "".join(
    f"  {name}: {{{{table: events, at: happened_at, where: {{{{name: {name}}}}}, "
    "properties: {{amount: decimal(2)?}}}}\n"
    for name in NAMES
)

ATTRIBUTES = (
    ('plan == "pro"', "plan = 'pro'"),
    ('country in ["US", "DE"]', "country IN ('US', 'DE')"),
    ("age >= 40", "age >= 40"),
    ("email_ok", "email_ok"),
    ("visits < 500", "visits < 500"),
    ('country != "JP"', "country <> 'JP'"),
    ("credit > 500", "credit > 500"),
    ("leaving", "leaving"),
    (f"age(signed_up_at) >= {OLD}d", "signed_up_at <= {old}"),
)
"""Tests of attributes: as rules, and as SQL."""


@dataclass(frozen=True)
class Measure:
    """One aggregate: how many, how much or when last, of which events, since when."""

    kind: str
    field: str
    value: str
    days: int

    @property
    def column(self) -> str:
        return f"{self.kind}_{self.value}_{self.days}d"

    @property
    def tile(self) -> str:
        """The column for it where each day stands by itself."""
        return f"{self.kind}_{self.value}"

    @property
    def rows(self) -> str:
        """Which rows count, whenever they were."""
        return f"{self.field} = '{self.value}'"

    @property
    def rule(self) -> str:
        over = f"over last {self.days}d"
        if self.field == "category":
            return f'count(event where category == "{self.value}" {over})'
        match self.kind:
            case "count":
                return f"count({self.value} {over})"
            case "sum":
                return f"sum({self.value}.amount {over})"
        return f"age(last({self.value}.at {over}))"


@dataclass(frozen=True)
class Test:
    """A comparison of an aggregate with a number, or with days ago for the last time."""

    measure: Measure
    enough: bool
    threshold: int

    @property
    def rule(self) -> str:
        if self.measure.kind == "last":
            return f"{self.measure.rule} {'<=' if self.enough else '>'} {self.threshold}d"
        return f"{self.measure.rule} {'>=' if self.enough else '<'} {self.threshold}"


@dataclass(frozen=True)
class Segment:
    """Tests of aggregates, joined by `and` or by `or`, and a test of an attribute."""

    number: int
    tests: tuple[Test, ...]
    joined: str
    attribute: tuple[str, str]

    @property
    def name(self) -> str:
        return f"segment_{self.number}"

    @property
    def rule(self) -> str:
        tests = f" {self.joined} ".join(test.rule for test in self.tests)
        return f"segment {self.name} {{ when ({tests}) and {self.attribute[0]} }}\n"


def pool() -> list[Measure]:
    """Counts and sums of six kinds of events, counts in twenty categories, last times."""
    found = []
    for name in NAMES:
        for days in WINDOWS:
            found += [Measure("count", "name", name, days), Measure("sum", "name", name, days)]
        found.append(Measure("last", "name", name, LONGEST))
    return found + [Measure("count", "category", c, days) for c in CATEGORIES for days in WINDOWS]


def segments(count: int, seed: int) -> list[Segment]:
    """Segments of one to three tests; the first ones are the same whatever the count."""
    chance, measures, found = random.Random(seed), pool(), []
    for number in range(count):
        tests = []
        for _ in range(chance.choice([1, 2, 2, 3])):
            measure = chance.choice(measures)
            enough = chance.random() < 0.75
            last = measure.kind == "last"
            threshold = chance.choice([7, 14, 30]) if last else ENOUGH[measure.kind][measure.days]
            tests.append(Test(measure, enough, threshold))
        joined = chance.choice(["and", "and", "or"])
        found.append(Segment(number, tuple(tests), joined, chance.choice(ATTRIBUTES)))
    return found


def measures_of(found: Sequence[Segment]) -> list[Measure]:
    """The different aggregates that segments need."""
    return list(dict.fromkeys(test.measure for segment in found for test in segment.tests))


def compiled_plan(found: Sequence[Segment], late: int = 1) -> Plan:
    """The same segments as rules, through the compiler; events come up to `late` hours late."""
    catalog = load_catalog(CATALOG.format(late=late))
    assert catalog.catalog is not None, catalog.diagnostics
    parsed = parse("".join(segment.rule for segment in found), "rules.seg")
    assert not parsed.diagnostics, parsed.diagnostics
    result = analyse([Source((), parsed.module)], catalog.catalog)
    assert result.plan is not None, result.diagnostics[:3]
    return result.plan


def binding(as_of: datetime) -> Binding:
    return Binding(to_microseconds(as_of), ZONE)


def before(as_of: datetime, days: int) -> datetime:
    return as_of - timedelta(days=days)
