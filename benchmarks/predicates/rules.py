"""The rules and values that are compared: five segments by hand, and many by chance."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.grammar.parser import parse

CATALOG = """
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    country: {type: string?}
events:
  opened: {table: opens, at: at}
  clicked: {table: clicks, at: at}
  sent: {table: sends, at: at}
  bought: {table: purchases, at: at, properties: {amount: decimal(2)}}
"""

FIVE = """
metric opens  = count(opened over last 30d)
metric rate   = count(clicked over last 30d) / count(sent over last 30d)
metric since  = age(last(clicked.at))
metric spend  = sum(bought.amount over last 90d)
metric orders = count(bought over last 365d)
segment engaged { when opens >= 10 and rate >= 15% and since <= 7d }
segment at_risk { when opens < 3 and since > 30d and orders >= 1 }
segment big     { when spend >= 500 and orders >= 5 and rate >= 5% }
segment local   { when country == "FR" and opens >= 1 and orders == 0 }
segment winback { when since > 60d and spend >= 100.50 and rate < 10% }
"""

WEEK, MONTH, TWO_MONTHS = timedelta(7), timedelta(30), timedelta(60)
ENOUGH = Decimal("100.50")


def by_hand(v: dict[str, Any]) -> tuple[bool, ...]:
    """The five segments as a careful programmer in a hurry writes them."""
    return (
        v["opens"] >= 10 and v["rate"] >= 0.15 and v["since"] <= WEEK,
        v["opens"] < 3 and v["since"] > MONTH and v["orders"] >= 1,
        v["spend"] >= 500 and v["orders"] >= 5 and v["rate"] >= 0.05,
        v["country"] == "FR" and v["opens"] >= 1 and v["orders"] == 0,
        v["since"] > TWO_MONTHS and v["spend"] >= ENOUGH and v["rate"] < 0.1,
    )


def five_profiles(count: int) -> list[dict[str, Any]]:
    """Values for the five segments, members and not."""
    chance = random.Random(1)
    return [
        {
            "opens": chance.randrange(20),
            "rate": chance.random() * 0.3,
            "since": timedelta(chance.randrange(90)),
            "spend": Decimal(chance.randrange(100_000)) / 100,
            "orders": chance.randrange(8),
            "country": chance.choice(["FR", "BE"]),
        }
        for _ in range(count)
    ]


def compile_rules(rules: str) -> Plan:
    """The plan of rules over the benchmark's catalog."""
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    parsed = parse(rules, "rules.seg")
    result = analyse([Source((), parsed.module)], catalog)
    assert result.plan is not None, (parsed.diagnostics, result.diagnostics)
    return result.plan


def many(segments: int, metrics: int, general: float) -> str:
    """Random segments of three conditions; a share of them has `or` or `not`."""
    chance = random.Random(1)
    lines = []
    for i in range(metrics):
        value = [
            f"count(opened over last {i + 1}d)",
            f"count(clicked over last {i + 1}d) / count(sent over last {i + 1}d)",
            f"avg(bought.amount over last {i + 1}d)",
        ][i % 3]
        lines.append(f"metric m{i} = {value}")
    for i in range(segments):
        a, b, c = (_condition(chance, metrics) for _ in range(3))
        when = f"{a} and {b} and {c}"
        if chance.random() < general:
            when = chance.choice(
                [
                    f"{a} and ({b} or {c})",
                    f"not ({a} and {b}) and {c}",
                    f"{a} or {b} and {c}",
                    f"{a} and not {b} and {c}",
                ]
            )
        lines.append(f"segment s{i} {{ when {when} }}")
    return "\n".join(lines)


def _condition(chance: random.Random, metrics: int) -> str:
    i = chance.randrange(metrics)
    limit = [str(chance.randrange(1, 100)), f"{chance.randrange(1, 100)}%"][i % 3 == 1]
    return f"m{i} {chance.choice(['>=', '<', '>', '<='])} {limit}"


def many_profiles(count: int, metrics: int) -> list[dict[str, Any]]:
    """Values for random segments."""
    chance = random.Random(2)
    return [
        {
            f"m{i}": [chance.randrange(110), chance.random(), chance.random() * 110][i % 3]
            for i in range(metrics)
        }
        for _ in range(count)
    ]
