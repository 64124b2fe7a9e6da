"""What asks the solver: given to lint rules, lifecycles and diffs by whoever can run it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.customers import Members
from segue.compiler.solver.verdict import Verdict
from segue.compiler.solver.witness import Witness


class Solver(Protocol):
    """Answers claims about all customers. Names of claims are the asker's."""

    def ask(self, plan: Plan, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        """Proved, unknown, or refuted by a customer whom both backends confirmed."""
        ...

    def explore(self, plan: Plan, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        """As `ask`, for what is not reported: any customer will do, confirmed by Python only."""
        ...

    def prove(self, plan: Plan, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        """Proved or unknown: no customer is looked for, so it takes a fraction of the time."""
        ...

    def members(
        self, plan: Plan, customers: Mapping[str, Witness], conditions: Sequence[Expr]
    ) -> Members:
        """Which customers, given by their fingerprints, fulfil which conditions, says Python."""
        ...
