"""A whole population held in memory: everybody evaluated at one instant.

Functions that compare with everybody are surveyed from the inside out: those of what needs no
other first, then those of their results. Then each entity is evaluated by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segue.compiler.plan.nodes import Among, Expr, level
from segue.compiler.python.events import Evaluation, Evaluator
from segue.compiler.python.function import instant
from segue.compiler.python.profile import History, Profile
from segue.compiler.python.snapshot import Snapshot, Standing, Survey, population_nodes, standings
from segue.compiler.types import Kind

Key = int | str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Everybody at one instant, and the snapshot by which others are compared with them."""

    evaluations: Mapping[Key, Evaluation]
    snapshot: Snapshot


def evaluate_population(
    evaluator: Evaluator, profiles: Mapping[Key, Profile], as_of: datetime | int
) -> Evaluated:
    """Evaluates profiles, by key, as all the entities there are."""
    return _evaluate(evaluator, profiles, instant(as_of), evaluator.plan.roots)


def evaluate_alone(
    evaluator: Evaluator,
    profile: Profile,
    as_of: datetime | int,
    roots: Iterable[Expr] | None = None,
) -> Evaluation:
    """Evaluates a profile as the only entity there is: what a test says, or a solver finds.

    `roots` are what is asked of it, by default everything the plan names.
    """
    asked = evaluator.plan.roots if roots is None else list(roots)
    if not population_nodes(asked):
        return evaluator.evaluate(profile, as_of)
    key = evaluator.plan.catalog.entity.key
    name = profile.attributes.get(key.name, 1 if key.type.kind is Kind.INT else "1")
    return _evaluate(evaluator, {name: profile}, instant(as_of), asked).evaluations[name]


def _evaluate(
    evaluator: Evaluator, profiles: Mapping[Key, Profile], moment: int, roots: Iterable[Expr]
) -> Evaluated:
    key_name = evaluator.plan.catalog.entity.key.name
    histories = {
        key: evaluator.read(Profile({**profile.attributes, key_name: key}, profile.events))
        for key, profile in profiles.items()
    }
    snapshot = survey_population(evaluator, list(histories.values()), moment, roots)
    evaluations = {
        key: evaluator.evaluate(history, moment, snapshot) for key, history in histories.items()
    }
    return Evaluated(evaluations, snapshot)


def survey_population(
    evaluator: Evaluator, histories: Sequence[History], moment: int, roots: Iterable[Expr]
) -> Snapshot:
    """What the roots need to know of everybody, at an instant in microseconds.

    Each history has the key among its attributes.
    """
    survey = Survey(moment)
    everybody = [Evaluation(evaluator, one, moment, survey.snapshot) for one in histories]
    nodes = population_nodes(roots)
    standing = standings(evaluator.plan, nodes)
    for depth in sorted({level(node) for node in nodes}):
        here = [node for node in nodes if level(node) == depth]
        operands = [arg for node in here for arg in node.args]
        for evaluation in everybody:
            evaluation.compute(operands)
        for node in here:
            _survey(survey, node, standing[node.id], everybody)
    return survey.snapshot


def _survey(survey: Survey, node: Expr, standing: Standing, everybody: list[Evaluation]) -> None:
    def values() -> list[tuple[Any, Any]]:
        value, *other = node.args
        pairs = ((e.value(value), e.value(other[0]) if other else None) for e in everybody)
        return [pair for pair in pairs if pair[0] is not None]

    if standing.asked.among is Among.TOP:
        survey.add_top(standing, values())
    else:
        survey.add(standing, ((group, value, 1) for value, group in values()))
