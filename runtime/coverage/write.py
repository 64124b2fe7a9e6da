"""Writes the tests that are missing into the files of tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from segue.compiler.coverage.decisions import Decision
from segue.compiler.coverage.measure import deciding, outcome_of
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.population import evaluate_alone
from segue.runtime.coverage.observe import Coverage
from segue.runtime.coverage.suggest import Goal, Suggestions, suggest
from segue.runtime.ruleset import Ruleset
from segue.runtime.terminal import count
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.homes import Homes, expects_of, read_back
from segue.runtime.testing.judge import Result, judge
from segue.runtime.testing.model import Case
from segue.runtime.testing.written import Draft


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where, as seen from the working folder, and what was not."""

    counts: Mapping[str, int]
    suggestions: Suggestions


def write_tests(
    ruleset: Ruleset, coverage: Coverage, results: Sequence[Result], texts: Mapping[str, str]
) -> Written:
    """Adds a test for everything that is not covered and that a customer can show."""
    homes = Homes(ruleset, [result.case for result in results], texts)
    suggestions = suggest(ruleset.plan, coverage, _Checker(ruleset).accepts)
    for goal, draft in suggestions.drafts:
        is_about, stem = partial(_is_about, goal.decision), _stem(goal.decision)
        homes.of(is_about, stem).add(draft, ruleset.plan.catalog)
    counts = {}
    for file in homes.changed():
        file.write()
        counts[file.shown] = len(file.cases)
    return Written(counts, suggestions)


def report_lines(written: Written, coverage: Coverage) -> Iterator[str]:
    """What was written, what nobody can be, and what is left to do by hand."""
    for path, number in written.counts.items():
        yield f"wrote {count(number, 'test')} into {path}: look at what each expects"
    if not written.counts:
        yield "nothing to write: every condition that a customer can show has its test"
    for goal in written.suggestions.impossible:
        yield f"{_place(goal, coverage)}: no customer can: {goal.text} (proved)"
    for goal, why in written.suggestions.open:
        yield f"{_place(goal, coverage)}: no customer found: {goal.text} ({why})"


def _place(goal: Goal, coverage: Coverage) -> str:
    span = goal.decision.atoms[goal.place].span
    return f"{coverage.shown_path(span.path)}:{span.line}:{span.column}"


def _stem(decision: Decision) -> str:
    return PurePosixPath(decision.span.path).stem


def _is_about(decision: Decision, case: Case) -> bool:
    """Whether a test expects something of a decision."""
    if decision.stage is not None:
        return decision.stage[0] in case.expected.stages
    return expects_of(case, decision.name)


class _Checker:
    """Reads a test back as it would be written, and says what the rules make of it."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._evaluator = compile_evaluator(ruleset.plan)

    def accepts(self, goal: Goal, draft: Draft) -> Evaluation | None:
        """The evaluation of the test that is read; None where it does not reach the goal."""
        case = read_back(draft, self._ruleset)
        if case is None:
            return None
        plan = self._ruleset.plan
        profile = profile_of(case.given, plan.catalog)
        evaluation = evaluate_alone(self._evaluator, profile, draft.as_of)
        if judge(plan, case, evaluation.value) or not _reaches(goal, evaluation):
            return None
        return evaluation


def _reaches(goal: Goal, evaluation: Evaluation) -> bool:
    decision = goal.decision
    atom = decision.atoms[goal.place]
    if outcome_of(atom, evaluation.value) is not goal.outcome:
        return False
    if not goal.decisive:
        return True
    return atom in deciding(decision.tree, lambda other: bool(evaluation.value(other.expr)))
