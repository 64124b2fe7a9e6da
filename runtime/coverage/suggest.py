"""Finds customers for what no test has shown, and makes tests of them.

The solver is asked for a customer of whom an atom is true (false, missing) and alone decides;
where there is none who decides, for one of whom it is that at all. What the rules make of the
customer becomes the expectation, for a person to confirm.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from segue.compiler.coverage.decisions import EVENTS, Decision
from segue.compiler.coverage.goals import decides, shows
from segue.compiler.coverage.measure import (
    AtomCoverage,
    Observation,
    Outcome,
    measure,
)
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.lifecycles import advance
from segue.compiler.python.population import evaluate_alone
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.witness import Witness
from segue.runtime.coverage.observe import Coverage
from segue.runtime.solver.ask import ask
from segue.runtime.solver.process import Effort
from segue.runtime.solver.replay import given_of
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.model import Given
from segue.runtime.testing.stages import NO_STAGE
from segue.runtime.testing.written import Draft

EFFORT = Effort(seconds=120.0, step=1.0)


@dataclass(frozen=True, slots=True)
class Goal:
    """One outcome of one atom that no test has shown; `decisive` when it should decide as well."""

    decision: Decision
    place: int
    """Of the atom in its decision."""
    outcome: Outcome
    decisive: bool

    @property
    def text(self) -> str:
        """`high_engagement: opens >= 10 is false and decides`."""
        atom = self.decision.atoms[self.place]
        decides = " and decides" if self.decisive else ""
        return f"{self.decision.name}: {atom.text} is {self.outcome}{decides}"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Tests for what was not covered, the goals that nobody can reach, and those left open."""

    drafts: tuple[tuple[Goal, Draft], ...]
    impossible: tuple[Goal, ...]
    open: tuple[tuple[Goal, str], ...]
    """With the reason of the solver."""


def suggest(
    plan: Plan, coverage: Coverage, accepts: Callable[[Goal, Draft], Evaluation | None]
) -> Suggestions:
    """Tests that show what is not covered.

    `accepts` says what the rules make of a test as it will be read back; None where the text
    cannot say it.
    """
    goals = [goal for goal in _goals(coverage) for goal in (goal, replace(goal, decisive=False))]
    build = Build(plan.graph, plan.catalog)
    claims = {
        str(number): Claim(_condition(build, plan, goal)) for number, goal in enumerate(goals)
    }
    verdicts = ask(plan, claims, EFFORT)
    found = {goal: verdicts[str(number)] for number, goal in enumerate(goals)}
    return _Chooser(plan, coverage, accepts).choose(found)


def _goals(coverage: Coverage) -> Iterator[Goal]:
    """What is missing of each atom, as what must be seen and should decide."""
    for covered in coverage.decisions:
        if covered.decision.kind == EVENTS:
            continue  # What a customer must be like to have such a row is not asked yet.
        for place, atom in enumerate(covered.atoms):
            for outcome in (Outcome.TRUE, Outcome.FALSE, Outcome.MISSING):
                if outcome in atom.outcomes and _is_lacking(atom, outcome):
                    yield Goal(covered.decision, place, outcome, True)


def _is_lacking(atom: AtomCoverage, outcome: Outcome) -> bool:
    if not atom.covers(outcome):
        return True
    if outcome is Outcome.MISSING or atom.covers(Outcome.DECIDES):
        return False
    return (outcome is Outcome.TRUE) not in atom.decides_when


def _condition(build: Build, plan: Plan, goal: Goal) -> Expr:
    """What a customer must fulfil to reach the goal, in a test that asks about the decision."""
    atom = goal.decision.atoms[goal.place]
    if goal.decisive:
        wanted = decides(build, goal.decision, atom, goal.outcome)
    else:
        wanted = shows(build, atom, goal.outcome)
    others = tuple(build.negation(expr) for expr in _tried_before(plan, goal.decision))
    return build.logical("and", (wanted, *others))


def _tried_before(plan: Plan, decision: Decision) -> Iterator[Expr]:
    """The entry conditions that are looked at before the condition of a stage."""
    if decision.stage is None:
        return
    lifecycle, stage = plan.lifecycles[decision.stage[0]], decision.stage[1]
    for tried in lifecycle.tried_from(None if decision.kind == "enter" else stage):
        if decision.kind == "enter" and tried.name == stage:
            return
        assert tried.enter is not None
        yield tried.enter


class _Chooser:
    """Takes the customers that are needed, one after the other."""

    def __init__(
        self, plan: Plan, coverage: Coverage, accepts: Callable[[Goal, Draft], Evaluation | None]
    ) -> None:
        self.plan = plan
        self.accepts = accepts
        self.evaluator = compile_evaluator(plan)
        self.seen: dict[str, list[Evaluation]] = {}
        self.before = {c.decision.name: c.atoms for c in coverage.decisions}
        self.drafts: list[tuple[Goal, Draft]] = []

    def choose(self, found: Mapping[Goal, Verdict]) -> Suggestions:
        impossible: list[Goal] = []
        open: list[tuple[Goal, str]] = []
        for goal, verdict in found.items():
            if not self._is_needed(goal):
                continue
            match verdict:
                case Proved() if goal.decisive and goal.outcome is Outcome.MISSING:
                    pass  # To be missing is enough.
                case Proved():
                    impossible.append(goal)
                case Refuted(witness):
                    self._take(goal, witness, open)
                case Unknown(why):
                    open.append((goal, why))
        still = [(goal, why) for goal, why in open if self._is_needed(goal)]
        weak = {(g.decision.name, g.place, g.outcome) for g in impossible if not g.decisive}
        told = [
            goal
            for goal in impossible
            if not goal.decisive or (goal.decision.name, goal.place, goal.outcome) not in weak
        ]
        return Suggestions(tuple(self.drafts), tuple(told), tuple(still))

    def _take(self, goal: Goal, witness: Witness, open: list[tuple[Goal, str]]) -> None:
        draft = self._draft(goal, witness)
        evaluation = self.accepts(goal, draft)
        if evaluation is None:
            open.append((goal, "a test cannot be written of the customer that was found"))
            return
        self.seen.setdefault(goal.decision.name, []).append(evaluation)
        self.drafts.append((goal, draft))

    def _is_needed(self, goal: Goal) -> bool:
        """Whether neither the tests there are nor those taken so far have shown it."""
        before = self.before[goal.decision.name][goal.place]
        id = goal.decision.expr.id
        taken = [
            Observation(evaluation.value, frozenset({id}))
            for evaluation in self.seen.get(goal.decision.name, ())
        ]
        (now,) = measure([goal.decision], taken)
        atom = now.atoms[goal.place]
        unseen = not (before.covers(goal.outcome) or atom.covers(goal.outcome))
        if unseen or not goal.decisive or goal.outcome is Outcome.MISSING:
            return unseen
        return (goal.outcome is Outcome.TRUE) not in (before.decides_when | atom.decides_when)

    def _draft(self, goal: Goal, witness: Witness) -> Draft:
        given = given_of(witness, self.plan.catalog)
        decision = goal.decision
        if decision.kind == "exit" and decision.stage is not None:
            given = replace(given, stages=dict([decision.stage]))
        profile = profile_of(given, self.plan.catalog)
        evaluation = evaluate_alone(self.evaluator, profile, witness.as_of)
        return Draft(
            goal.text, witness.as_of, given, self._expectation(decision, given, evaluation)
        )

    def _expectation(
        self, decision: Decision, given: Given, evaluation: Evaluation
    ) -> Mapping[str, Any]:
        if decision.stage is not None:
            name = decision.stage[0]
            move = advance(self.plan.lifecycles[name], given.stages.get(name), evaluation.value)
            return {"stages": {name: move.after or NO_STAGE}}
        value = evaluation.value(decision.expr)
        if decision.kind == "segment":
            return {"in" if value else "not_in": [decision.name]}
        return {"metrics": {decision.name: value}}
