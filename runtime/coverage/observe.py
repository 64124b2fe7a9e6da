"""From the results of tests to the coverage of the rules."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.compiler.coverage.decisions import decisions
from segue.compiler.coverage.measure import DecisionCoverage, Observation, Share, measure, share
from segue.compiler.plan.nodes import reachable
from segue.compiler.plan.plan import Plan
from segue.runtime.ruleset import Ruleset
from segue.runtime.testing.judge import Result
from segue.runtime.testing.model import Case


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of a ruleset by tests. Paths in it are relative to `root`."""

    root: Path
    decisions: tuple[DecisionCoverage, ...]
    tests: tuple[str, ...]
    """The names of the tests, by number."""

    @property
    def share(self) -> Share:
        """How much of everything is covered."""
        return share(self.decisions)

    def shown_path(self, path: str) -> str:
        """A file of the project as seen from the working folder."""
        return os.path.relpath(self.root / path).replace(os.sep, "/")


def cover(ruleset: Ruleset, results: Sequence[Result]) -> Coverage:
    """What the tests that ran have shown about every decision of the rules."""
    checked: dict[frozenset[str], frozenset[int]] = {}
    observations = []
    for result in results:
        names = _expected_names(ruleset.plan, result.case)
        if names not in checked:
            checked[names] = _needed(ruleset.plan, names)
        observations.append(Observation(result.evaluation.value, checked[names]))
    found = measure(decisions(ruleset.plan), observations)
    return Coverage(ruleset.project.root, found, tuple(r.case.name for r in results))


def _expected_names(plan: Plan, case: Case) -> frozenset[str]:
    expected = case.expected
    if expected.exactly is not None:  # says something of every segment
        return frozenset((*plan.segments, *expected.values))
    return frozenset((*expected.members, *expected.others, *expected.values))


def _needed(plan: Plan, names: frozenset[str]) -> frozenset[int]:
    """The ids of all that the named definitions are computed from."""
    groups = (plan.segments, plan.conditions, plan.metrics)
    roots = [d.expr for group in groups for name, d in group.items() if name in names]
    return frozenset(node.id for node in reachable(roots))
