"""Rules over the demo shop, for claims about them."""

from functools import cache
from pathlib import Path

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.plan import Plan
from segue.grammar.parser import parse

SHOP = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"


@cache
def catalog() -> Catalog:
    found = load_catalog(SHOP.read_text(encoding="utf-8")).catalog
    assert found is not None
    return found


def plan_of(text: str) -> Plan:
    parsed = parse(text, "rules.seg")
    assert parsed.module is not None
    assert parsed.diagnostics == ()
    found = analyse([Source((), parsed.module)], catalog())
    assert found.plan is not None, [d.message for d in found.diagnostics]
    return found.plan


def pair(a: str, b: str) -> Plan:
    """A plan with the two conditions as the segments `a` and `b`."""
    return plan_of(f"segment a {{ when {a} }}\nsegment b {{ when {b} }}")
