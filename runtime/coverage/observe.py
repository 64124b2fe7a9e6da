"""From the results of tests to the coverage of the rules."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.compiler.coverage.decisions import decisions
from segue.compiler.coverage.filters import filters, measure_filters
from segue.compiler.coverage.measure import (
    DecisionCoverage,
    Observation,
    Share,
    in_order,
    measure,
    share,
)
from segue.compiler.plan.build import Build
from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.runtime.ruleset import Ruleset
from segue.runtime.testing.judge import Result


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
    checked: dict[frozenset[int], frozenset[int]] = {}
    observations = []
    for result in results:
        roots = {root.id: root for root in _expected(ruleset.plan, result)}
        key = frozenset(roots)
        if key not in checked:
            checked[key] = frozenset(node.id for node in reachable(roots.values()))
        observations.append(Observation(result.value, checked[key]))
    plan = ruleset.plan
    about_rows = measure_filters(
        Build(plan.graph, plan.catalog),
        filters(plan, ruleset.analysis.recording.typed),
        observations,
    )
    found = in_order((*measure(decisions(plan), observations), *about_rows))
    return Coverage(ruleset.project.root, found, tuple(r.case.name for r in results))


def _expected(plan: Plan, result: Result) -> Iterator[Expr]:
    """What a test expects something of: `exactly` says something of every segment."""
    expected = result.case.expected
    segments = (
        plan.segments if expected.exactly is not None else {**expected.members, **expected.others}
    )
    for name in (*segments, *expected.values):
        for group in (plan.segments, plan.conditions, plan.metrics):
            if name in group:
                yield group[name].expr
    for name in expected.stages:
        stage = result.case.given.stages.get(name)
        yield from _asked(plan.lifecycles[name], stage, result.value)


def _asked(lifecycle: Lifecycle, stage: str | None, value: Callable[[Expr], Any]) -> Iterator[Expr]:
    """The conditions that a move depends on: entries up to the one that holds, then the exit."""
    for following in lifecycle.tried_from(stage):
        assert following.enter is not None
        yield following.enter
        if value(following.enter):
            return
    present = lifecycle.stages.get(stage) if stage is not None else None
    if present is not None and present.exit is not None:
        yield present.exit
