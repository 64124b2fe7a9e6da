"""A score is a number within its bounds, the same wherever it is asked for; no more is proved."""

import pytest
from scores.test_reference import FOREST
from scores.worlds import SCORE, World, world

from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Expr
from segue.compiler.scores.model import Feature, Link, Model, Number, ScoreKind, Trees
from segue.compiler.solver.claims import disjoint, everybody, implies, nobody
from segue.compiler.solver.decide import decide
from segue.compiler.solver.verdict import Proved, Unknown
from segue.compiler.types import DURATION, FLOAT, PROBABILITY

DAY = 86_400_000_000


def score(found: World) -> tuple[Build, Expr]:
    return Build(found.plan.graph, found.plan.catalog), found.plan.metrics[SCORE].expr


def test_a_higher_threshold_implies_a_lower_one() -> None:
    found = world(FOREST)
    build, risk = score(found)
    high, low = (build.call(">=", risk, build.literal(x, PROBABILITY)) for x in (0.8, 0.5))
    claim = implies(build.graph, high, low)
    assert decide(found.plan.catalog, claim.contradiction) == Proved()


def test_what_only_the_model_knows_is_unknown_and_says_so() -> None:
    found = world(FOREST)
    build, risk = score(found)
    high, low = (build.call(">=", risk, build.literal(x, PROBABILITY)) for x in (0.8, 0.5))
    claim = implies(build.graph, low, high)
    verdict = decide(found.plan.catalog, claim.contradiction)
    assert verdict == Unknown("the solver does not look into the models of scores")


def test_a_probability_is_never_above_1() -> None:
    found = world(FOREST)
    build, risk = score(found)
    claim = nobody(build.call(">", risk, build.literal(1.0, PROBABILITY)))
    assert decide(found.plan.catalog, claim.contradiction) == Proved()


@pytest.mark.parametrize(
    ("kind", "least"),
    [(ScoreKind.AMOUNT, True), (ScoreKind.DURATION, True), (ScoreKind.NUMBER, False)],
)
def test_an_amount_and_a_duration_are_never_below_0(kind: ScoreKind, least: bool) -> None:
    model = Model(kind, (Feature("x", FLOAT, ""),), (Number(0),), Trees((0.0,), ()))
    found = world(model)
    build, value = score(found)
    zero = build.literal(0, DURATION) if kind is ScoreKind.DURATION else build.literal(0.0, FLOAT)
    claim = nobody(build.call("<", value, zero))
    assert (decide(found.plan.catalog, claim.contradiction) == Proved()) is least


def test_a_class_is_one_of_those_that_the_model_knows() -> None:
    model = Model(
        ScoreKind.CLASS,
        (Feature("x", FLOAT, ""),),
        (Number(0),),
        Trees((0.0, 1.0), ()),
        Link.GREATEST,
        classes=("stays", "leaves"),
    )
    found = world(model)
    build, value = score(found)
    either = [build.call("==", value, build.literal(name, value.type)) for name in model.classes]
    assert decide(found.plan.catalog, disjoint(build.graph, *either).contradiction) == Proved()
    anyone = everybody(build.graph, build.logical("or", tuple(either)))
    assert decide(found.plan.catalog, anyone.contradiction) == Proved()
