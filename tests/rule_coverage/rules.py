"""Rules over bools alone, so that a test can set each condition by itself."""

from collections.abc import Iterable, Mapping

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.coverage.decisions import Decision, decisions
from segue.compiler.coverage.measure import AtomCoverage, Observation, measure
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.profile import Profile
from segue.grammar.parser import parse

LETTERS = "abcdef"
CATALOG = f"""\
entity:
  name: customer
  table: customers
  key: id
  attributes:
{"".join(f"    {letter}: bool" + chr(10) for letter in LETTERS)}    z: bool?
    n: int?
    country: string?
"""
AS_OF = 1_700_000_000_000_000

Truths = Mapping[str, bool | None]


def plan_of(rules: str) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    result = analyse([Source((), parse(rules, "rules.seg").module)], catalog)
    assert result.plan is not None, result.diagnostics
    return result.plan


def decision_of(rules: str, name: str = "x") -> tuple[Plan, Decision]:
    plan = plan_of(rules)
    return plan, next(d for d in decisions(plan) if d.name == name)


def evaluate(plan: Plan, attributes: Mapping[str, object]) -> Evaluation:
    return compile_evaluator(plan).evaluate(Profile(attributes), AS_OF)


def covered(when: str, tests: Iterable[Mapping[str, object]]) -> dict[str, AtomCoverage]:
    """What tests show of `segment x { when … }`, by the text of the atom."""
    plan, decision = decision_of(f"segment x {{ when {when} }}")
    checked = frozenset({decision.expr.id})
    observations = [Observation(evaluate(plan, test).value, checked) for test in tests]
    (found,) = measure([decision], observations)
    return {atom.atom.text: atom for atom in found.atoms}
