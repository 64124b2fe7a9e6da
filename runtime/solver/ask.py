"""Asks the solver about all customers.

    claims = {"a in b": implies(plan.graph, a, b), "both": disjoint(plan.graph, a, b)}
    verdicts = ask(plan, claims)

Each verdict is `Proved`, `Refuted` with a customer who refutes the claim, or `Unknown` with the
reason. A customer is told only after both backends have said that they refute it.
"""

from collections.abc import Mapping

from segue.compiler.plan.plan import Plan
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Refuted, Unknown, Verdict
from segue.runtime.solver.process import DEFAULT, Effort, decide_all
from segue.runtime.solver.replay import confirmed


def ask(plan: Plan, claims: Mapping[str, Claim], effort: Effort = DEFAULT) -> dict[str, Verdict]:
    """The verdict on each claim; what is refuted is so in Python and in SQL."""
    return replayed(plan, claims, decide_all(plan.catalog, claims, effort))


def replayed(
    plan: Plan, claims: Mapping[str, Claim], verdicts: Mapping[str, Verdict]
) -> dict[str, Verdict]:
    """The verdicts, with those unknown whose witness the SQL backend does not confirm."""
    found = {
        name: (claims[name].contradiction, verdict.witness)
        for name, verdict in verdicts.items()
        if isinstance(verdict, Refuted)
    }
    good = confirmed(plan, found)
    doubtful = Unknown("the example that was found does not stand up to DuckDB")
    return {
        name: doubtful if name in found and name not in good else verdict
        for name, verdict in verdicts.items()
    }
