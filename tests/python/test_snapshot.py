"""Snapshots: what an entity is compared with, in one process."""

import json
from datetime import datetime, timedelta

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.inputs import UnnamedAggregate
from segue.compiler.python.population import Evaluated, evaluate_population
from segue.compiler.python.predicates import compile_predicates
from segue.compiler.python.profile import Profile
from segue.compiler.python.snapshot import NeedsSnapshot, Ordered, Snapshot
from segue.grammar.parser import parse

NOW = datetime(2024, 5, 1, 12)
CATALOG = """
entity:
  name: person
  table: people
  key: {column: id, type: int}
  attributes: {spend: int?, country: string?}
events:
  bought: {table: bought, at: at, properties: {amount: int}}
"""
RULES = """
metric part = percentile(spend)
metric mean = average(spend by country)
metric middle = quantile(spend, 50%)
metric place = rank(spend)
segment best { when top 2 by spend }
segment upper { when percentile(spend) >= 50% }
segment bought_often { when count(bought) >= 2 }
"""


def plan_of(rules: str) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    found = analyse([Source((), parse(rules, "rules.seg").module)], catalog)
    assert found.plan is not None, [d.message for d in found.diagnostics]
    return found.plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(RULES)


@pytest.fixture(scope="module")
def everybody(plan: Plan) -> Evaluated:
    spends = {1: (10, "FR"), 2: (20, "FR"), 3: (20, None), 4: (None, "FR"), 5: (40, None)}
    profiles = {
        key: Profile({"spend": spend, "country": country})
        for key, (spend, country) in spends.items()
    }
    return evaluate_population(compile_evaluator(plan), profiles, NOW)


def test_ties_share_a_place_and_missing_values_take_no_part(everybody: Evaluated) -> None:
    metrics = {key: found.metrics for key, found in everybody.evaluations.items()}

    assert [metrics[key]["part"] for key in (1, 2, 3, 4, 5)] == [0.0, 0.25, 0.25, None, 0.75]
    assert [metrics[key]["place"] for key in (1, 2, 3, 4, 5)] == [4, 2, 2, None, 1]


def test_those_without_a_group_are_a_group(everybody: Evaluated) -> None:
    means = [found.metrics["mean"] for found in everybody.evaluations.values()]

    assert means == [15.0, 15.0, 30.0, 15.0, 30.0]


def test_the_first_of_equals_is_the_one_with_the_smaller_key(everybody: Evaluated) -> None:
    best = [key for key, found in everybody.evaluations.items() if found.segments["best"]]

    assert best == [2, 5]


def test_a_quantile_is_a_value_that_somebody_has(everybody: Evaluated) -> None:
    assert {found.metrics["middle"] for found in everybody.evaluations.values()} == {20}


def test_a_snapshot_is_json_data(everybody: Evaluated) -> None:
    text = json.dumps(everybody.snapshot.to_json())

    assert Snapshot.from_json(json.loads(text)) == everybody.snapshot
    with pytest.raises(ValueError, match="not written by this version"):
        Snapshot.from_json({"version": 0})


def test_a_snapshot_says_how_old_it_is(everybody: Evaluated) -> None:
    assert everybody.snapshot.age(NOW + timedelta(hours=3)) == timedelta(hours=3)


def test_one_profile_stands_among_those_of_the_snapshot(plan: Plan, everybody: Evaluated) -> None:
    newcomer = Profile({"id": 9, "spend": 30, "country": "DE"})
    found = compile_evaluator(plan).evaluate(newcomer, NOW, everybody.snapshot)

    assert found.metrics["part"] == 0.75
    assert found.metrics["place"] == 2
    assert found.metrics["mean"] is None
    assert found.segments["best"]


def test_without_a_snapshot_only_rules_that_need_it_fail(plan: Plan) -> None:
    found = compile_evaluator(plan).evaluate(Profile({"spend": 30}), NOW)

    assert found.value(plan.segments["bought_often"].expr) is False
    with pytest.raises(NeedsSnapshot, match=r"`percentile\(spend\)` compares with everybody"):
        found.value(plan.segments["upper"].expr)


def test_a_snapshot_of_other_rules_is_told(plan: Plan, everybody: Evaluated) -> None:
    other = plan_of("segment s { when rank(spend by country) == 1 }")

    with pytest.raises(NeedsSnapshot, match="of other rules"):
        compile_evaluator(other).evaluate(Profile({"spend": 30}), NOW, everybody.snapshot)


def test_predicates_compare_values_with_the_snapshot(plan: Plan, everybody: Evaluated) -> None:
    compiled = compile_predicates(plan, ["best", "upper"], snapshot=everybody.snapshot)

    assert [i.name for i in compiled.inputs] == ["id", "spend"]
    assert compiled.evaluate({"id": 9, "spend": 30}) == (True, True)
    assert compiled.evaluate({"id": 9, "spend": 20}) == (False, False)
    assert compiled.evaluate({"id": 9}) == (False, False)


def test_without_a_snapshot_a_named_standing_is_a_value_like_any_other(plan: Plan) -> None:
    compiled = compile_predicates(plan, ["upper"])

    assert [i.name for i in compiled.inputs] == ["part"]
    assert compiled.evaluate({"part": 0.5}) == (True,)
    with pytest.raises(UnnamedAggregate, match="pass the snapshot of a run"):
        compile_predicates(plan, ["best"])


@pytest.mark.parametrize(
    ("share", "value"), [((0, 1), 1), ((1, 4), 1), ((26, 100), 2), ((1, 2), 2), ((1, 1), 9)]
)
def test_a_quantile_is_the_nearest_rank(share: tuple[int, int], value: int) -> None:
    assert Ordered([1, 2, 9], [1, 3, 4]).quantile(share) == value
