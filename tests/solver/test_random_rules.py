"""What the solver proves of random rules, no random customer contradicts; what it refutes, its
customer refutes in Python and in DuckDB.

A longer hunt:

    SEGUE_SOLVER_EXAMPLES=500 python -m pytest tests/solver/test_random_rules.py
"""

import os
from collections import Counter
from dataclasses import replace
from itertools import islice
from random import Random

from parity.case import Case
from parity.engines.python import evaluations
from parity.generate.cases import case
from parity.generate.rulesets import Tally

from segue.compiler.catalog.model import Catalog, Field, TableEvent, UnionEvent
from segue.compiler.plan.nodes import Expr, Graph, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import Evaluation
from segue.compiler.python.snapshot import NeedsSnapshot
from segue.compiler.solver.claims import Claim, implies, nobody
from segue.compiler.solver.decide import Limits, decide
from segue.compiler.solver.verdict import Proved, Refuted
from segue.runtime.solver.replay import confirmed
from solver.nearby import nearby

EXAMPLES = int(os.environ.get("SEGUE_SOLVER_EXAMPLES", "12"))
FIRST = int(os.environ.get("SEGUE_SOLVER_FIRST", "0"))
NEIGHBOURS = 4
LIMITS = Limits(step=300)


def promising_nothing(catalog: Catalog) -> Catalog:
    """The catalog without promises that the random rows break."""

    def free(field: Field) -> Field:
        return replace(field, type=field.type.optional, minimum=None, maximum=None)

    def event(found: TableEvent | UnionEvent) -> TableEvent | UnionEvent:
        return replace(found, properties={n: free(p) for n, p in found.properties.items()})

    entity = catalog.entity
    attributes = {name: free(a) for name, a in entity.attributes.items()}
    return replace(
        catalog,
        entity=replace(entity, attributes=attributes),
        events={name: event(found) for name, found in catalog.events.items()},
    )


def claims_about(plan: Plan, random: Random) -> list[Claim]:
    """Claims about the segments of a plan and what is nearly the same as them."""
    graph: Graph = plan.graph
    found: list[Claim] = []
    for segment in plan.segments.values():
        condition = segment.expr
        found.append(nobody(condition))
        others = list(islice(nearby(graph, condition), 200))
        for other in random.sample(others, min(NEIGHBOURS, len(others))):
            found += [implies(graph, condition, other), implies(graph, other, condition)]
    # Of how somebody stands among all, one customer shows nothing.
    return [c for c in found if not any(n.op == "population" for n in reachable([c.contradiction]))]


def test_no_customer_contradicts_a_verdict() -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + EXAMPLES):
        random = Random(seed)
        found = case(random, Tally(), entities=50, definitions=6)
        check(found, random, verdicts, seed)
    print(dict(verdicts))
    assert verdicts["Proved"] >= EXAMPLES
    assert verdicts["Refuted"] >= EXAMPLES


def holds(customer: Evaluation, condition: Expr) -> bool:
    """Whether it holds, as far as is known: the claim may compare with everybody by other values
    than the rules do."""
    try:
        return bool(customer.value(condition))
    except NeedsSnapshot:
        return False


def check(found: Case, random: Random, verdicts: Counter[str], seed: int) -> None:
    plan = replace(found.plan, catalog=promising_nothing(found.catalog))
    customers, _ = evaluations(found)
    refuted: dict[str, tuple[Expr, object]] = {}
    for number, claim in enumerate(claims_about(plan, random)):
        verdict = decide(plan.catalog, claim.contradiction, LIMITS)
        verdicts[type(verdict).__name__] += 1
        if isinstance(verdict, Proved):
            against = [k for k, c in customers.items() if holds(c, claim.contradiction)]
            assert against == [], (seed, number, claim)
        elif isinstance(verdict, Refuted):
            refuted[str(number)] = (claim.contradiction, verdict.witness)
    good = confirmed(plan, refuted)  # type: ignore[arg-type]
    verdicts["not confirmed"] += len(refuted.keys() - good)
