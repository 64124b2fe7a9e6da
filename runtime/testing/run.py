"""Runs tests through both backends."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import Evaluation, Evaluator, compile_evaluator
from segue.compiler.python.population import evaluate_population
from segue.compiler.python.snapshot import population_nodes
from segue.runtime.testing.database import Tables, keys_of
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.judge import Result, disagreements, judge, untold, without_unknown
from segue.runtime.testing.model import Case
from segue.runtime.testing.scores import KnownScores, given_scores, with_scores


def run_cases(plan: Plan, cases: Sequence[Case]) -> list[Result]:
    """The result of each test, in order."""
    groups: dict[frozenset[str], list[tuple[int, Case]]] = {}
    for place, case in enumerate(cases):
        groups.setdefault(given_scores(case.given), []).append((place, case))
    results: dict[int, Result] = {}
    for given, group in groups.items():
        results |= _run(with_scores(plan, given), group)
    return [results[place] for place in sorted(results)]


def _run(known: KnownScores, cases: Sequence[tuple[int, Case]]) -> dict[int, Result]:
    """The results of tests that give the same scores, by place."""
    plan = known.plan
    evaluator = compile_evaluator(plan)
    tables = Tables(plan)
    results: dict[int, Result] = {}
    for batch in _batches(plan, cases):
        as_of = batch[0][1].as_of
        # The others come last: each test that has any is a batch of its own.
        others = [other for _, case in batch for other in case.others]
        answers = tables.evaluate([*(case.given for _, case in batch), *others], as_of)
        for (place, case), answer in zip(batch, answers, strict=False):
            evaluation = _evaluate(plan, evaluator, case)
            told = without_unknown(case, known)
            results[place] = Result(
                case,
                partial(_value, known, evaluation),
                (*untold(case, known), *judge(plan, told, evaluation.value)),
                tuple(disagreements(plan, evaluation.value, answer)),
            )
    return results


def _value(known: KnownScores, evaluation: Evaluation, expr: Expr) -> Any:
    found = known.of(expr)
    return None if found is None else evaluation.value(found)


def _evaluate(plan: Plan, evaluator: Evaluator, case: Case) -> Evaluation:
    """The entity that a test is about, among the others where the rules compare with them."""
    if not population_nodes(plan.roots):
        return evaluator.evaluate(profile_of(case.given, plan.catalog), case.as_of)
    everybody = (case.given, *case.others)
    keys = keys_of(everybody, plan.catalog)
    profiles = (profile_of(given, plan.catalog) for given in everybody)
    found = evaluate_population(evaluator, dict(zip(keys, profiles, strict=True)), case.as_of)
    return found.evaluations[keys[0]]


def _batches(plan: Plan, cases: Iterable[tuple[int, Case]]) -> list[list[tuple[int, Case]]]:
    """Tests that can be answered by one query: of one instant, no two with one key, and none
    that is a population of its own."""
    key = plan.catalog.entity.key.name
    compared = bool(population_nodes(plan.roots))
    open_batches: dict[int, list[tuple[int, Case]]] = {}
    done: list[list[tuple[int, Case]]] = []
    for place, case in cases:
        if compared or case.others or key in case.given.attributes:
            done.append([(place, case)])
        else:
            open_batches.setdefault(case.as_of, []).append((place, case))
    return [*open_batches.values(), *done]
