"""The training set of a score from entities held in memory: what the query of it must give.

The features are those of an evaluation at the snapshot, to which
later events do not exist, so that nothing here has to be left out by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.shift import shifted
from segue.compiler.plan.windows import Binding
from segue.compiler.python.boundary import reader
from segue.compiler.python.events import Evaluation, Evaluator
from segue.compiler.python.population import survey_population
from segue.compiler.python.profile import History, Profile
from segue.compiler.scores.definition import ScoreDefinition


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """An entity at a snapshot; values are in representation, None is missing."""

    key: Any
    snapshot: int
    features: tuple[Any, ...]
    label: Any = None


def training_rows(
    plan: Plan,
    definition: ScoreDefinition,
    profiles: Sequence[Profile],
    instants: Sequence[int],
) -> Iterator[TrainingRow]:
    """A row for each entity that takes part at each snapshot, whether its horizon is over or not.

    `profiles` are all entities there are, each with its key among the attributes.
    """
    everybody = _Everybody(plan, profiles)
    asked = [value for _, value in definition.features]
    among = [] if definition.among is None else [definition.among]
    for instant in instants:
        known = everybody.at(instant, [*asked, *among])
        label: list[Expr] = []
        if definition.label is not None:
            binding = Binding(instant, everybody.zone)
            label = list(shifted(plan.graph, [definition.label], binding))
        outcomes = everybody.at(instant + definition.horizon, label)
        for key, here, outcome in zip(everybody.keys, known, outcomes, strict=True):
            if all(here.value(condition) for condition in among):
                features = tuple(here.value(feature) for feature in asked)
                yield TrainingRow(key, instant, features, *(outcome.value(e) for e in label))


class _Everybody:
    """All entities, read once."""

    def __init__(self, plan: Plan, profiles: Sequence[Profile]) -> None:
        self.plan = plan
        self.zone = ZoneInfo(plan.catalog.timezone)
        self.evaluator = Evaluator(plan)
        self.histories: list[History] = [self.evaluator.read(profile) for profile in profiles]
        key = plan.catalog.entity.key
        read = reader(key.type)
        self.keys = [read(profile.attributes[key.name]) for profile in profiles]

    def at(self, instant: int, roots: Sequence[Expr]) -> list[Evaluation]:
        """An evaluation of each, which knows of all others what the roots compare with."""
        snapshot = survey_population(self.evaluator, self.histories, instant, roots)
        return [self.evaluator.evaluation(one, instant, snapshot) for one in self.histories]
