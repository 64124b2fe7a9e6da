"""Tests of rules about scores give the score, or have it from a model."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

RULES = """\
metric orders = count(purchase)
score churn_risk: probability {
  predict not exists(purchase over next 30d)
  among   orders > 0
  from    orders, age(last(purchase.at))
  train   every 30d over last 360d
}
score next_order: duration {
  predict until(first(purchase.at over next 30d))
  among   orders > 0
  from    orders
  train   every 30d over last 360d
}
tiers band by churn_risk() { high when >= 80% medium when >= 50% low otherwise }
segment best { when percentile(1 - churn_risk()) >= 75% and orders > 0 }
segment soon { when next_order() <= 7d }
segment buyers { when orders > 0 }
"""
CATALOG = """\
timezone: UTC
entity: {name: customer, table: customers, key: customer_id}
events:
  purchase: {table: purchases, at: at, id: purchase_id}
"""
Tested = Callable[[str], Result]


@pytest.fixture
def tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tested:
    monkeypatch.chdir(tmp_path)

    def run(cases: str, rules: str = RULES) -> Result:
        (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
        (tmp_path / "rules.seg").write_text(rules, "utf-8")
        text = f"as_of: 2024-05-01T12:00:00Z\ntests:\n{cases}"
        (tmp_path / "rules.test.yml").write_text(text, "utf-8")
        return CliRunner().invoke(main, ["test"])

    return run


def test_a_score_that_is_given_needs_no_model(tested: Tested) -> None:
    result = tested(
        """\
  - name: eighty is high
    given: {scores: {churn_risk: 80%}}
    expect: {in: [high], not_in: [medium, low], metrics: {band: high}}
  - name: and below it is not
    given: {scores: {churn_risk: 79.9%}}
    expect: {in: [medium]}
  - name: a duration has its unit
    given: {scores: {next_order: 7d}}
    expect: {in: [soon]}
"""
    )
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 passed")


def test_each_of_a_population_has_a_score_of_its_own(tested: Tested) -> None:
    case = """\
  - name: the best quarter
    given:
      scores: {churn_risk: 10%}
      events: {purchase: [1d ago]}
    population:
      - {times: 3, scores: {churn_risk: 60%}}
    expect: {in: [best, low]}
"""
    assert tested(case).exit_code == 0
    worse = tested(case.replace("60%", "5%"))
    assert worse.exit_code == 1
    assert "best: expected in, is not in" in worse.output


def test_what_nobody_knows_fails_and_the_rest_is_tested(tested: Tested) -> None:
    result = tested(
        """\
  - name: about a score
    expect: {in: [high], not_in: [medium]}
  - name: about all segments
    expect: {exactly: []}
  - name: about what happened
    given: {events: {purchase: [1d ago]}}
    expect: {in: [buyers], metrics: {orders: 1}}
"""
    )
    assert result.exit_code == 1
    assert "1 passed, 2 failed" in result.output
    assert result.output.count("`churn_risk` has no model") == 2
    assert "as in `given: {scores: {churn_risk: …}}`" in result.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{scores: {churn: 5%}}", "there is no score `churn`"),
        ("{scores: {churn_risk: null}}", "`churn_risk` is never missing"),
        ("{scores: {next_order: 7}}", "`7` is not a value of type duration"),
    ],
)
def test_a_score_that_cannot_be_is_refused(tested: Tested, given: str, said: str) -> None:
    result = tested(f"  - name: a\n    given: {given}\n    expect: {{in: [high]}}\n")
    assert result.exit_code == 2
    assert said in result.output


def test_a_score_of_a_table_may_be_missing(tested: Tested) -> None:
    rules = RULES.replace("  among   orders > 0\n", "  serve   table within 7d\n", 1)
    result = tested(
        """\
  - name: nobody wrote it down
    given: {scores: {churn_risk: null}}
    expect: {in: [low], not_in: [high, medium]}
""",
        rules,
    )
    assert result.exit_code == 0, result.output


def test_coverage_counts_given_scores(tested: Tested) -> None:
    tested("  - name: a\n    given: {scores: {churn_risk: 80%}}\n    expect: {in: [high]}\n")
    result = CliRunner().invoke(main, ["test", "--coverage"])
    assert "high: `churn_risk() >= 80%` was never false" in result.output
