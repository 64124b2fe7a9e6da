"""What holds whatever a model says: a score is one value of each customer, within its bounds."""

import pytest

from segue.compiler.solver.survey import Survey
from segue.runtime.solver.session import Session
from solver.shop import plan_of

SCORE = """
score churn_risk: probability {
  predict not exists(activity over next 30d)
  from    count(email_open over last 30d), count(purchase)
  train   every 30d over last 360d
}
"""


@pytest.fixture(scope="module")
def survey() -> Survey:
    rules = """
segment likely   { when churn_risk() >= 80% and email_subscribed }
segment possible { when churn_risk() >= 50% and email_subscribed }
segment never    { when churn_risk() >= 80% and churn_risk() < 20% }
segment wordy    { when churn_risk() >= 80% and churn_risk() >= 20% }
segment buyers   { when count(purchase) >= 2 }
segment regulars { when count(purchase) >= 5 }
"""
    return Survey(plan_of(SCORE + rules), Session())


def test_thresholds_that_exclude_each_other(survey: Survey) -> None:
    assert list(survey.impossible) == ["never"]


def test_the_higher_threshold_is_inside_the_lower(survey: Survey) -> None:
    assert [(found.inner, found.outer) for found in survey.inside] == [
        ("likely", "possible"),
        ("likely", "wordy"),
        ("regulars", "buyers"),
    ]


def test_the_weaker_of_two_thresholds_is_redundant(survey: Survey) -> None:
    assert [(found.segment, found.place) for found in survey.redundant] == [("wordy", 1)]


def test_who_is_in_depends_on_the_model_and_stays_undecided(survey: Survey) -> None:
    why = "the solver does not look into the models of scores"
    assert dict(survey.undecided) == dict.fromkeys(("likely", "possible", "wordy"), why)
