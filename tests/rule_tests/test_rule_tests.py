import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import Result

from segue.runtime.testing import judge, run

Tested = Callable[..., Result]

KEEN = """\
  - name: a keen reader
    given:
      attributes: {plan: pro, signed_up_at: 400d ago}
      events:
        email_send: {count: 12, every: 2d, last: 1d ago}
        email_open: {count: 12, every: 2d, last: 1d ago}
        email_click: [{at: 2d ago, campaign: spring}, 3d ago]
    expect:
      in: [keen]
      not_in: [fresh]
      metrics: {opens: 12, click_rate: 16.7%, since_click: 2d, active: true}
"""


def test_a_test_that_holds(tested: Tested) -> None:
    result = tested(KEEN)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("1 passed in ")


def test_a_failure_shows_expected_and_actual_and_why(tested: Tested) -> None:
    result = tested(KEEN.replace("opens: 12", "opens: 13").replace("3d ago]", "40d ago]"))
    assert result.exit_code == 1
    assert result.output.splitlines()[:7] == [
        "FAILED tests/a.test.yml:3 a keen reader",
        "  keen: expected in, is not in",
        "    ✗ click_rate >= 15%  it is 8.333%",
        "        count(email_click over last 30d) = 1, count(email_send over last 30d) = 12",
        "    one change would do: click_rate from 8.333% to at least 15%",
        "  opens: expected 13, is 12",
        "  click_rate: expected 16.7%, is 8.333%",
    ]
    assert "0 passed, 1 failed in " in result.output


STAGES = """\
  - name: from reading to buying
    given:
      stages: {customer: reader}
      events: {purchase: [{at: 3d ago, amount: 10.00}]}
    expect: {stages: {customer: buyer}}
"""


def test_a_stage_leads_to_the_next(tested: Tested) -> None:
    assert tested(STAGES).exit_code == 0


def test_another_stage_than_expected_is_told_with_its_reason(tested: Tested) -> None:
    result = tested(STAGES.replace("10.00", "0.00").replace("{customer: reader}", "{}"))
    assert result.exit_code == 1
    assert "  customer: expected buyer, is in no stage (stayed)" in result.output.splitlines()
    result = tested(STAGES.replace("10.00", "0.00"))
    assert "  customer: expected buyer, is in no stage (exited)" in result.output.splitlines()


def test_exactly_is_all_segments(tested: Tested) -> None:
    result = tested(
        """\
  - name: nothing else
    given: {attributes: {signed_up_at: 1d ago, born: 1990-01-01}}
    expect: {exactly: [fresh]}
"""
    )
    assert "  adults: not in `exactly`, and is in" in result.output.splitlines()


@pytest.mark.parametrize(
    ("given", "metrics"),
    [
        ("events: {email_open: [now, 30d ago]}", "{opens: 1}"),
        ("events: {email_open: {at: 1h30min ago}}", "{opens: 1}"),
        ("events: {email_open: {count: 3, every: 20d}}", "{opens: 2}"),
        ("events: {email_open: {count: 1}}", "{opens: 1}"),
        ("events: {}", "{opens: 0, since_click: missing, click_rate: null, active: false}"),
        ("events: {page_view: [{at: 1d ago, stay: 90s}, {at: 2d ago, stay: 500ms}]}",
         "{stay: 1min30s500ms}"),
        # Rows of a shared table are of every event they fit.
        ("events: {page_view: [{at: 1d ago, page: pricing}, {at: 1d ago}]}", "{pricing_views: 1}"),
        ("events: {pricing_view: [{at: 1d ago, stay: 1s}]}", "{pricing_views: 1, stay: 1s}"),
        # In a table of dates, an instant is the day it is in the project's zone.
        ("events: {purchase: [{at: 2024-05-01, amount: 19.99}, {at: now, amount: 5}]}",
         "{spent: 24.99, bought_today: 2}"),
    ],
)  # fmt: skip
def test_what_can_be_given(tested: Tested, given: str, metrics: str) -> None:
    result = tested(f"  - name: x\n    given:\n      {given}\n    expect: {{metrics: {metrics}}}\n")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("written", "holds"),
    [("8%", True), ("8.3%", True), ("8.33%", True), ("8.34%", False), ("0.083", True)],
)
def test_ratios_are_compared_to_the_places_written(
    tested: Tested, written: str, holds: bool
) -> None:
    result = tested(
        f"""\
  - name: x
    given: {{events: {{email_send: {{count: 12, every: 1d}}, email_click: 1d ago}}}}
    expect: {{metrics: {{click_rate: {written}}}}}
"""
    )
    assert (result.exit_code == 0) is holds, result.output


def test_of_events_at_one_instant_the_last_written_is_the_latest(
    project: Path, tested: Tested
) -> None:
    catalog = project / "catalog.yml"
    text = catalog.read_text("utf-8")
    catalog.write_text(text.replace("clicks, at: at", "clicks, id: click_id, at: at"), "utf-8")
    rules = project / "rules.seg"
    more = 'metric springs = count(email_click where campaign == "spring" over last 1)\n'
    rules.write_text(more + rules.read_text("utf-8"), "utf-8")
    clicks = "[{at: 1d ago, campaign: spring}, {at: 1d ago, campaign: autumn}]"
    result = tested(
        f"  - name: x\n    given: {{events: {{email_click: {clicks}}}}}\n"
        "    expect: {metrics: {springs: 1}}\n"
    )
    assert "Python says" not in result.output, result.output


def test_as_of_of_one_test(tested: Tested) -> None:
    result = tested(
        """\
  - name: later
    as_of: 2024-06-01
    given: {events: {email_open: [2024-05-31T12:00:00Z]}}
    expect: {metrics: {opens: 1}}
  - name: earlier
    given: {events: {email_open: [2024-05-31T12:00:00Z]}}
    expect: {metrics: {opens: 0}}
"""
    )
    assert result.output.startswith("2 passed")


def test_only_some_tests(tested: Tested) -> None:
    tests = KEEN + KEEN.replace("a keen reader", "another")
    assert tested(tests, "-k", "KEEN").output.startswith("1 passed")
    assert tested(tests, "tests/a.test.yml").output.startswith("2 passed")


def test_json(tested: Tested) -> None:
    data = json.loads(tested(KEEN.replace("opens: 12", "opens: 13"), "--format", "json").output)
    assert (data["passed"], data["failed"]) == (0, 1)
    failure = data["tests"][0]["failures"][0]
    assert (failure["subject"], failure["message"]) == ("opens", "expected 13, is 12")
    assert failure["line"] == 13


def test_junit(tested: Tested) -> None:
    output = tested(KEEN.replace("opens: 12", "opens: 13"), "--format", "junit").output
    suite = ElementTree.fromstring(output)
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "opens: expected 13, is 12"


def test_backends_that_disagree_are_a_bug_of_segue(
    tested: Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = run.Tables.evaluate

    def wrong(self: run.Tables, *arguments: Any) -> list[dict[int, Any]]:
        opens = self.plan.metrics["opens"].expr.id
        return [{**row, opens: 11} for row in evaluate(self, *arguments)]

    monkeypatch.setattr(run.Tables, "evaluate", wrong)
    result = tested(KEEN)
    assert result.exit_code == 1
    assert "a bug of Segue" in result.output
    assert "opens: Python says 12, DuckDB says 11" in result.output
    assert judge.RELATIVE_TOLERANCE < 1e-9


def test_no_tests(segue: Callable[..., Result], project: Path) -> None:
    result = segue("test")
    assert result.exit_code == 2
    assert "there are no tests" in result.output


def test_a_choice_that_no_test_fits_is_no_success(tested: Tested) -> None:
    result = tested("- {name: a, given: {attributes: {}}, expect: {not_in: [keen]}}", "-k", "kean")
    assert result.exit_code == 2
    assert "no test has `kean` in its name" in result.output


def test_projects_are_tested_one_at_a_time(
    segue: Callable[..., Result], project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "catalog.yml").write_text((project / "catalog.yml").read_text("utf-8"), "utf-8")
    result = segue("test", str(project / "tests"), str(other))
    assert result.exit_code == 2
    assert "are of different projects" in result.output


def test_hundreds_of_tests_take_about_a_second(tested: Tested) -> None:
    result = tested("".join(KEEN.replace("a keen reader", f"reader {n}") for n in range(300)))
    assert result.output.startswith("300 passed in ")
    seconds = float(result.output.split()[-2])
    assert seconds < 10  # ten times what it takes, for slow machines
