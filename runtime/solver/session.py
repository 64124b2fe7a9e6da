"""The solver as lint rules and diffs are given it: it remembers what it was asked.

Verdicts are kept in `.segue_cache/` of the project by the fingerprints of what they are about,
so that only what changed is asked again. What the time did not suffice for is not kept.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from segue.compiler.plan.plan import Plan
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Unknown, Verdict
from segue.compiler.solver.wire import Fingerprints
from segue.runtime.solver.cache import Cache
from segue.runtime.solver.process import DEFAULT, Effort, Question, decide_all


@dataclass
class Session:
    """A solver with a memory; see `segue.compiler.solver.solver.Solver`.

    `late` says whether time was too short for any answer: another run may know more.
    """

    cache: Cache = field(default_factory=Cache)
    effort: Effort = DEFAULT
    late: bool = field(default=False, init=False)

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
        return lambda plan, claims: decide_all(plan.catalog, claims, self.effort, question)

    def _remembered(
        self, kind: str, plan: Plan, claims: Mapping[str, Claim], answer: "_Answer"
    ) -> dict[str, Verdict]:
        fingerprint = Fingerprints(plan.catalog).of
        keys = {n: f"{kind} {fingerprint(c.contradiction)}" for n, c in claims.items()}
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
def kept_session(root: Path) -> Iterator[Session]:
    """A solver that remembers what it was asked of a project before, and now for the next time."""
    session = Session(Cache(root))
    yield session
    session.cache.save()
