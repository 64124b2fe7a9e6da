"""Makes tests of lint findings: of the customers whom the solver shows what is wrong by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from segue.compiler.lint.finding import Finding, Shown
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.lifecycles import advance
from segue.compiler.python.population import evaluate_alone
from segue.runtime.lint.linting import lint_checked
from segue.runtime.lint.outcome import Wishes
from segue.runtime.ruleset import Ruleset, check_project
from segue.runtime.solver.replay import given_of
from segue.runtime.solver.session import kept_session
from segue.runtime.terminal import count
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.homes import Homes, expects_of, read_back
from segue.runtime.testing.judge import judge
from segue.runtime.testing.model import Case, Given
from segue.runtime.testing.stages import NO_STAGE
from segue.runtime.testing.written import Draft


@dataclass(frozen=True, slots=True)
class WrittenExamples:
    """What was written where, as seen from the working folder; `shown` are the findings that a
    customer shows, `open` those of whose customer no test can be written."""

    counts: Mapping[str, int]
    shown: int
    open: tuple[Finding, ...]


def findings_of(root: Path, rules: Sequence[str]) -> tuple[Finding, ...]:
    """The findings of some lint rules, of all that the settings want where none is named."""
    checked = check_project(root)
    with kept_session(root) as solver:
        return lint_checked(checked, Wishes(select=tuple(rules), solver=True), solver).findings


def write_examples(
    ruleset: Ruleset,
    findings: Sequence[Finding],
    cases: Sequence[Case],
    texts: Mapping[str, str],
) -> WrittenExamples:
    """Adds a test of each customer who shows a finding, where no test says the same already.

    `cases` are the tests there are, and `texts` their files, by path.
    """
    homes = Homes(ruleset, cases, texts)
    writer = _Writer(ruleset)
    shown = [(finding, finding.shown) for finding in findings if finding.shown is not None]
    open: list[Finding] = []
    for finding, who in shown:
        draft = writer.draft(finding, who)
        if draft is None:
            open.append(finding)
        elif not any(_says_the_same(case, draft, who) for case in _about(cases, who)):
            stem = PurePosixPath(finding.diagnostic.span.path).stem
            file = homes.of(partial(_is_about, who), stem)
            file.add(draft, ruleset.plan.catalog)
    for file in homes.changed():
        file.write()
    counts = {file.shown: len(file.cases) for file in homes.changed()}
    return WrittenExamples(counts, len(shown), tuple(open))


def report_lines(written: WrittenExamples) -> Iterator[str]:
    """What was written, and what is left to do by hand."""
    for path, number in written.counts.items():
        yield f"wrote {count(number, 'test')} into {path}: look at what each expects"
    if not written.shown:
        yield "nothing to write: no finding of these rules is shown by a customer"
    elif not written.counts and len(written.open) < written.shown:
        yield "nothing to write: each customer who shows a finding has a test"
    for finding in written.open:
        found = finding.diagnostic
        yield f"no test of {found.code} ({found.message}): the text of a test cannot say it"


def _is_about(shown: Shown, case: Case) -> bool:
    return any(expects_of(case, name) for name in shown.names) or bool(
        case.expected.stages.keys() & shown.stages.keys()
    )


def _about(cases: Sequence[Case], shown: Shown) -> Iterator[Case]:
    return (case for case in cases if _is_about(shown, case))


def _says_the_same(case: Case, draft: Draft, shown: Shown) -> bool:
    """Whether a test is of the same customer, or expects of some other what the new one would.

    Of the same customer somebody may have said what is meant: then it fails, until it holds.
    """
    if (case.given, case.as_of) == (draft.given, draft.as_of):
        return True
    expected, wanted = case.expected, draft.expect
    stages = {name: found.stage or NO_STAGE for name, found in expected.stages.items()}
    return (
        expected.members.keys() >= set(wanted.get("in", ()))
        and expected.others.keys() >= set(wanted.get("not_in", ()))
        and stages.items() >= wanted.get("stages", {}).items()
        and all(case.given.stages.get(name) == stage for name, stage in shown.stages.items())
        and all(
            name in expected.values and expected.values[name].value == value
            for name, value in wanted.get("metrics", {}).items()
        )
    )


class _Writer:
    """Says what the rules make of a customer."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._plan = ruleset.plan
        self._evaluator = compile_evaluator(ruleset.plan)

    def draft(self, finding: Finding, shown: Shown) -> Draft | None:
        """The test of a customer; None where its text would say something else of them."""
        witness = shown.witness
        found = given_of(witness, self._plan.catalog)
        stages = {name: stage for name, stage in shown.stages.items() if stage is not None}
        given = Given(found.attributes, found.rows, stages)
        expect = self._expectation(shown, given, self._evaluation(given, witness.as_of))
        name = f"{finding.diagnostic.code}: {shown.what.replace('`', '')}"
        draft = Draft(name, witness.as_of, given, expect)
        case = read_back(draft, self._ruleset) if expect else None
        if case is None or judge(self._plan, case, self._evaluation(case.given, draft.as_of).value):
            return None
        return replace(draft, given=case.given)

    def _evaluation(self, given: Given, as_of: int) -> Evaluation:
        return evaluate_alone(self._evaluator, profile_of(given, self._plan.catalog), as_of)

    def _expectation(self, shown: Shown, given: Given, evaluation: Evaluation) -> Mapping[str, Any]:
        plan = self._plan
        segments = {n: plan.segments[n] for n in shown.names if n in plan.segments}
        conditions = {n: plan.conditions[n] for n in shown.names if n in plan.conditions}
        parts: dict[str, Any] = {
            "in": [n for n, found in segments.items() if evaluation.value(found.expr)],
            "not_in": [n for n, found in segments.items() if not evaluation.value(found.expr)],
            "metrics": {n: evaluation.value(found.expr) for n, found in conditions.items()},
            "stages": {
                name: advance(plan.lifecycles[name], given.stages.get(name), evaluation.value).after
                or NO_STAGE
                for name in shown.stages
            },
        }
        return {name: part for name, part in parts.items() if part}
