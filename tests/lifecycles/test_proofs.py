"""What the solver finds in the article's own conditions, and not in the shipped ones."""

from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.lifecycles import LifecycleSurvey
from segue.grammar.parser import parse
from segue.runtime.project import load_project
from segue.runtime.solver.session import Session

PROJECT = Path(__file__).parents[2] / "rulesets" / "lifecycle"


@pytest.fixture(scope="module")
def solver() -> Session:
    return Session()


def plan_with(old: str = "", new: str = "") -> Plan:
    """The shipped ruleset, with another text in one place."""
    project = load_project(PROJECT)
    assert not old or any(old in source.text for source in project.sources)
    sources = [
        Source(source.module, parse(source.text.replace(old, new), source.path).module)
        for source in project.sources
    ]
    plan = analyse(sources, project.catalog).plan
    assert plan is not None
    return plan


def test_nobody_goes_round_in_the_shipped_lifecycle(solver: Session) -> None:
    survey = LifecycleSurvey(plan_with(), solver)
    assert survey.circles == ()
    assert survey.dead == ()
    assert survey.inescapable == ()
    assert [found.lifecycle.name for found in survey.strangers] == ["customer"]


def test_an_advocate_who_is_also_a_vip_would_go_back_and_forth(solver: Session) -> None:
    plan = plan_with("and not advocate_qualified", "")
    circles = LifecycleSurvey(plan, solver).circles
    assert frozenset({"vip_customer", "advocate"}) in {frozenset(c.places) for c in circles}


def test_a_reader_without_a_first_mail_would_leave_and_come_back(solver: Session) -> None:
    # The article's `inactive_60d` is true of somebody who signed up yesterday.
    plan = plan_with("age(signed_up_at) > 60d and not exists", "not exists")
    circles = LifecycleSurvey(plan, solver).circles
    assert frozenset({None, "prospect"}) in {frozenset(c.places) for c in circles}


def test_how_somebody_stands_among_all_proves_nothing(solver: Session) -> None:
    plan = plan_with("lifetime_value >= 1000.00", "percentile(lifetime_value) >= 75%")
    survey = LifecycleSurvey(plan, solver)
    assert survey.circles == ()
    assert survey.inescapable == ()
