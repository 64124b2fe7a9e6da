"""Segments by chance over a pool of 102 aggregates: as rules, and as SQL written by hand."""

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
NAMES = ("view", "click", "search", "cart", "buy", "refund")
CATEGORIES = tuple(f"c{i}" for i in range(20))
WINDOWS = (7, 30, 90)
ENOUGH = {"count": {7: 1, 30: 2, 90: 4}, "sum": {7: 100, 30: 300, 90: 700}}

CATALOG = """
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
  event: {table: events, at: happened_at, properties: {category: string?}}
""" + "".join(
    f"  {name}: {{table: events, at: happened_at, where: {{name: {name}}}, "
    "properties: {amount: decimal(2)?}}\n"
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
    ("age(signed_up_at) >= 500d", "signed_up_at <= TIMESTAMP '2023-02-15'"),
)


def instant(days: int) -> str:
    return f"TIMESTAMP '{AS_OF - timedelta(days=days):%Y-%m-%d %H:%M:%S}'"


IN_REACH = f"happened_at > {instant(90)} AND happened_at <= {instant(0)}"


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

    @property
    def condition(self) -> str:
        """Which rows count, of those in the last 90 days."""
        test = f"{self.field} = '{self.value}'"
        return test if self.days == 90 else f"{test} AND happened_at > {instant(self.days)}"

    def folded(self, *, case: bool) -> str:
        """The aggregate function over the rows that count, or over rows of which they are some."""
        function, value = {
            "count": ("COUNT", "1"),
            "sum": ("SUM", "amount"),
            "last": ("MAX", "happened_at"),
        }[self.kind]
        return f"{function}({f'CASE WHEN {self.condition} THEN {value} END' if case else value})"


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

    @property
    def over_columns(self) -> str:
        sign = ">=" if self.enough else "<"
        if self.measure.kind == "last":
            return f"COALESCE({self.measure.column} {sign} {instant(self.threshold)}, FALSE)"
        return f"COALESCE({self.measure.column}, 0) {sign} {self.threshold}"

    @property
    def sub_query(self) -> str:
        """As somebody writes it who writes one segment at a time."""
        last = self.measure.kind == "last"
        sign = "<" if last and not self.enough else ">="
        bound = instant(self.threshold) if last else str(self.threshold)
        since = instant(self.measure.days)
        rows = f"{self.measure.field} = '{self.measure.value}' AND happened_at > {since}"
        return (
            f"customer_id {'IN' if last or self.enough else 'NOT IN'} (SELECT customer_id "
            f"FROM events WHERE {rows} AND happened_at <= {instant(0)} "
            f"AND NOT customer_id IS NULL GROUP BY customer_id "
            f"HAVING {self.measure.folded(case=False)} {sign} {bound})"
        )


@dataclass(frozen=True)
class Segment:
    """Tests of aggregates, joined by `and` or by `or`, and a test of an attribute."""

    tests: tuple[Test, ...]
    joined: str
    attribute: tuple[str, str]

    def rule(self, number: int) -> str:
        tests = f" {self.joined} ".join(test.rule for test in self.tests)
        return f"segment segment_{number} {{ when ({tests}) and {self.attribute[0]} }}\n"

    @property
    def query(self) -> str:
        tests = f" {self.joined} ".join(test.sub_query for test in self.tests)
        return f"SELECT customer_id FROM customers WHERE ({tests}) AND {self.attribute[1]}"

    @property
    def over_columns(self) -> str:
        tests = f" {self.joined} ".join(test.over_columns for test in self.tests)
        return f"({tests}) AND COALESCE({self.attribute[1]}, FALSE)"


def pool() -> list[Measure]:
    """Counts and sums of six kinds of events, counts in twenty categories, last times."""
    found = []
    for name in NAMES:
        for days in WINDOWS:
            found += [Measure("count", "name", name, days), Measure("sum", "name", name, days)]
        found.append(Measure("last", "name", name, 90))
    return found + [Measure("count", "category", c, days) for c in CATEGORIES for days in WINDOWS]


def segments(count: int, seed: int) -> list[Segment]:
    """Segments of one to three tests; the first ones are the same whatever the count."""
    chance, measures, found = random.Random(seed), pool(), []
    for _ in range(count):
        tests = []
        for _ in range(chance.choice([1, 2, 2, 3])):
            measure = chance.choice(measures)
            enough = chance.random() < 0.75
            last = measure.kind == "last"
            threshold = chance.choice([7, 14, 30]) if last else ENOUGH[measure.kind][measure.days]
            tests.append(Test(measure, enough, threshold))
        joined = chance.choice(["and", "and", "or"])
        found.append(Segment(tuple(tests), joined, chance.choice(ATTRIBUTES)))
    return found


def measures_of(found: Sequence[Segment]) -> list[Measure]:
    """The different aggregates that segments need."""
    return list(dict.fromkeys(test.measure for segment in found for test in segment.tests))


def one_scan(found: Sequence[Segment]) -> str:
    """All segments in one query, as a careful person writes it: a CASE for each aggregate."""
    folds = ",\n".join(f"{m.folded(case=True)} AS {m.column}" for m in measures_of(found))
    flags = ",\n".join(f"{s.over_columns} AS segment_{i}" for i, s in enumerate(found))
    return (
        f"WITH totals AS (SELECT customer_id, {folds} FROM events WHERE {IN_REACH} "
        f"GROUP BY customer_id) SELECT customers.customer_id, {flags} "
        "FROM customers LEFT JOIN totals ON totals.customer_id = customers.customer_id"
    )


def compiled_plan(found: Sequence[Segment]) -> Plan:
    """The same segments as rules, through the compiler."""
    catalog = load_catalog(CATALOG)
    assert catalog.catalog is not None, catalog.diagnostics
    parsed = parse("".join(s.rule(i) for i, s in enumerate(found)), "rules.seg")
    assert not parsed.diagnostics, parsed.diagnostics
    result = analyse([Source((), parsed.module)], catalog.catalog)
    assert result.plan is not None, result.diagnostics[:3]
    return result.plan


BINDING = Binding(to_microseconds(AS_OF), ZoneInfo("UTC"))
