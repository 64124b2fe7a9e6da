"""A small plan, and customers to explain it with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.profile import Profile
from segue.grammar.parser import parse
from segue.runtime.explain.explanation import Explanation, explain

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)

CATALOG = """
timezone: Europe/Paris
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    email: {type: string?, pii: true}
    age: {type: int?, pii: true}
    plan: {type: enum?, values: [free, pro, team]}
    credit: {type: decimal(2), default: 0}
    subscribed: bool?
events:
  email_send: {table: sends, at: at}
  email_open: {table: opens, at: at}
  email_click: {table: clicks, at: at}
  purchase:
    table: purchases
    at: at
    properties: {amount: decimal(2), city: {type: string?, pii: true}}
"""

RULES = """
metric opens_30d = count(email_open over last 30d)
metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)
metric since_click = age(last(email_click.at))
metric home = last(purchase.city)
metric cooling = count(email_open over last 15d) < count(email_open over 30d ago to 15d ago)

condition lapsed = not exists(purchase over last 60d)

segment keen "Opens and clicks" {
  when opens_30d >= 10
   and click_rate >= 15%
   and since_click <= 7d
}
segment either { when opens_30d > 3 or plan == "pro" or credit >= 50.00 }
segment lapsing { when lapsed and cooling }
segment spender { when sum(purchase.amount over this month) > 100 and not (plan in ["free"]) }
segment paris { when home == "Paris" and age >= 18 }
segment choosy { when if subscribed then opens_30d >= 2 else plan == "team" }
segment everyone { when true }
segment wide { when in keen or in lapsing }
"""


def make_plan(rules: str = RULES) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    result = analyse([Source((), parse(rules, "rules.seg").module)], catalog)
    assert result.plan is not None, result.diagnostics
    return result.plan


def ago(**length: float) -> dict[str, Any]:
    return {"at": NOW - timedelta(**length)}


def explained(segment: str, rules: Plan | None = None, **given: Any) -> Explanation:
    plan = rules or make_plan()
    events = given.pop("events", {})
    evaluation = compile_evaluator(plan).evaluate(Profile(given, events), NOW)
    return explain(plan, segment, "17", evaluation)
