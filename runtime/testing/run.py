"""Runs tests through both backends."""

from collections.abc import Iterable, Sequence

from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.runtime.testing.database import Tables
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.judge import Result, disagreements, judge
from segue.runtime.testing.model import Case


def run_cases(plan: Plan, cases: Sequence[Case]) -> list[Result]:
    """The result of each test, in order."""
    if not cases:
        return []
    evaluator = compile_evaluator(plan)
    tables = Tables(plan)
    results: dict[int, Result] = {}
    for batch in _batches(plan, cases):
        as_of = batch[0][1].as_of
        answers = tables.evaluate([case.given for _, case in batch], as_of)
        for (place, case), answer in zip(batch, answers, strict=True):
            evaluation = evaluator.evaluate(profile_of(case.given, plan.catalog), as_of)
            results[place] = Result(
                case,
                evaluation,
                tuple(judge(plan, case, evaluation.value)),
                tuple(disagreements(plan, evaluation.value, answer)),
            )
    return [results[place] for place in sorted(results)]


def _batches(plan: Plan, cases: Iterable[Case]) -> list[list[tuple[int, Case]]]:
    """Tests that can be answered by one query: of one instant, and no two with one key."""
    key = plan.catalog.entity.key.name
    open_batches: dict[int, list[tuple[int, Case]]] = {}
    done: list[list[tuple[int, Case]]] = []
    for place, case in enumerate(cases):
        if key in case.given.attributes:
            done.append([(place, case)])
        else:
            open_batches.setdefault(case.as_of, []).append((place, case))
    return [*open_batches.values(), *done]
