"""A shop's catalog, and rules compiled over it."""

from collections.abc import Callable

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.grammar.parser import parse

CATALOG = """
timezone: Europe/Paris
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    country: {type: string?}
    plan: {type: enum?, values: [free, pro]}
    unsubscribed: {type: bool?, default: false}
    vip: {type: bool?}
    joined: {type: timestamp?}
    born: {type: date?}
    credit: {type: decimal(2)?}
    visits: {type: int?, default: 3}
    rating: {type: float?, default: 2.5}
events:
  opened: {table: opens, at: at}
  clicked: {table: clicks, at: at}
  bought:
    table: purchases
    at: at
    id: purchase_id
    properties:
      amount: {type: decimal(2)?}
      weight: {type: float?}
      sku: {type: string?}
  returned: {table: returns, at: at, properties: {sku: {type: string?}}}
  active: {any_of: [opened, clicked]}
"""


@pytest.fixture(scope="session")
def plan_of() -> Callable[[str], Plan]:
    """Compiles rules."""

    def compile_rules(rules: str) -> Plan:
        catalog = load_catalog(CATALOG)
        assert catalog.catalog is not None, catalog.diagnostics
        parsed = parse(rules, "rules.seg")
        assert not parsed.diagnostics, parsed.diagnostics
        result = analyse([Source((), parsed.module)], catalog.catalog)
        assert result.plan is not None, [(d.code, d.message) for d in result.diagnostics]
        return result.plan

    return compile_rules
