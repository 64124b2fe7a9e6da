"""The solver as lint rules and diffs are given it: it remembers what it was asked.

Verdicts are kept in `.segue_cache/` of the project by the fingerprints of what they are about,
so that only what changed is asked again. What the time did not suffice for is not kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Unknown, Verdict
from segue.compiler.solver.wire import Fingerprints
from segue.compiler.solver.witness import Witness
from segue.runtime.solver.cache import Cache
from segue.runtime.solver.process import DEFAULT, Effort, Question, Workers, decide_all
from segue.runtime.solver.truths import Truths

if TYPE_CHECKING:
    from segue.compiler.solver.customers import Members


@dataclass
class Session:
    """A solver with a memory; see `segue.compiler.solver.solver.Solver`.

    `late` says whether time was too short for any answer: another run may know more.
    """

    cache: Cache = field(default_factory=Cache)
    effort: Effort = DEFAULT
    truths: Truths = field(default_factory=Truths)
    workers: Workers | None = None
    late: bool = field(default=False, init=False)
    _fingerprints: Fingerprints | None = field(default=None, init=False)

    def ask(self, plan: Plan, claims: Mapping[str, Claim]) -> dict[str, Verdict]:
        """Proved, unknown, or refuted by a customer whom both backends confirmed."""
        return self._remembered("asked", plan, claims, self._asked)

    def explore(self, plan: Plan, claims: Mapping[str, Claim]) -> dict[str, Verdict]:
        """As `ask`, for what is not reported: any customer will do, confirmed by Python only."""
        return self._remembered("explored", plan, claims, self._decided("explore"))

    def prove(self, plan: Plan, claims: Mapping[str, Claim]) -> dict[str, Verdict]:
        """Proved or unknown: no customer is looked for."""
        return self._remembered("proved", plan, claims, self._decided("prove"))

    def _asked(self, plan: Plan, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        from segue.runtime.solver.ask import replayed  # With DuckDB: only where something is told.

        return replayed(plan, claims, self._decided("decide")(plan, claims))

    def _decided(self, question: Question) -> "_Answer":
        return lambda plan, claims: decide_all(
            plan.catalog, claims, self.effort, question, self.workers
        )

    def members(
        self, plan: Plan, customers: Mapping[str, Witness], conditions: Sequence[Expr]
    ) -> "Members":
        """Which customers, given by their fingerprints, fulfil which conditions, says Python."""
        from segue.compiler.solver.customers import Members, fulfilled  # Only where it is asked.

        keys = {self._fingerprint(plan.catalog, condition): condition for condition in conditions}
        for names, asked in self.truths.unknown(list(customers), list(keys)):
            exprs, people = [keys[key] for key in asked], [customers[name] for name in names]
            for key, truths in zip(asked, fulfilled(plan.catalog, exprs, people), strict=True):
                self.truths.learn(names, key, truths)
        everyone = self.truths.everyone(list(customers))
        found = {expr: self.truths.fulfilling(key) & everyone for key, expr in keys.items()}
        return Members(everyone, found)

    def _fingerprint(self, catalog: Catalog, expr: Expr) -> str:
        if self._fingerprints is None or self._fingerprints.catalog is not catalog:
            self._fingerprints = Fingerprints(catalog)
        return self._fingerprints.of(expr)

    def _remembered(
        self, kind: str, plan: Plan, claims: Mapping[str, Claim], answer: "_Answer"
    ) -> dict[str, Verdict]:
        keys = {
            name: f"{kind} {self._fingerprint(plan.catalog, claim.contradiction)}"
            for name, claim in claims.items()
        }
        found = {name: self.cache.get(key) for name, key in keys.items()}
        new = {name: claims[name] for name, verdict in found.items() if verdict is None}
        if new:
            for name, verdict in answer(plan, new).items():
                found[name] = verdict
                if isinstance(verdict, Unknown) and verdict.late:
                    self.late = True
                else:
                    self.cache.put(keys[name], verdict)
        return {name: verdict for name, verdict in found.items() if verdict is not None}


_Answer = Callable[[Plan, Mapping[str, Claim]], Mapping[str, Verdict]]


@contextmanager
def kept_session(root: Path, effort: Effort = DEFAULT) -> Iterator[Session]:
    """A solver that remembers what it was asked of a project before, and now for the next time.

    Its processes live as long as the block.
    """
    with Workers() as workers:
        session = Session(Cache(root), effort, Truths(root), workers)
        yield session
        session.cache.save()
        session.truths.save()
