"""What `lint` in segue.yml may say, and what is said of what it may not."""

import pytest

from segue.compiler.lint.policy import PathPolicy
from segue.grammar.diagnostics import Severity, render
from segue.runtime.configuration import read_configuration

SETTINGS = """\
actions: [early_access]
templates: mails
lint:
  extend: [missing-owner]
  ignore: SEG304
  severity: {upkeep: error, SEG401: hint}
  per-path:
    "archive/*": [unused-metric, clarity]
  options:
    deep-nesting: {deepest: 5}
    unused-metric: {keep: [dashboard]}
"""


def test_everything_that_can_be_set() -> None:
    config, wrong = read_configuration(SETTINGS, "segue.yml")
    policy = config.lint

    assert wrong == []
    assert (config.actions, config.templates) == (("early_access",), "mails")
    assert (policy.extend, policy.ignore) == (("missing-owner",), ("SEG304",))
    assert policy.severity["SEG401"] is Severity.HINT
    assert policy.severity["SEG402"] is Severity.ERROR
    assert policy.paths == (PathPolicy("archive/*", ("unused-metric", "clarity")),)
    assert policy.options == {"SEG416": {"deepest": 5}, "SEG401": {"keep": ("dashboard",)}}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "lint: {ignore: [unused-metrics]}",
            "error[SEG060]: there is no rule `unused-metrics`\n"
            " --> segue.yml:1:17\n"
            "  |\n"
            "1 | lint: {ignore: [unused-metrics]}\n"
            "  |                 ^^^^^^^^^^^^^^\n"
            "  = help: did you mean `unused-metric`?",
        ),
        (
            "lint: {ignored: []}",
            "error[SEG060]: `lint` has no setting `ignored`\n"
            " --> segue.yml:1:8\n"
            "  |\n"
            "1 | lint: {ignored: []}\n"
            "  |        ^^^^^^^\n"
            "  = help: did you mean `ignore`?",
        ),
        (
            "lint: {severity: {unused-metric: fatal}}",
            "error[SEG061]: the severity of `unused-metric` should be one of error, warning, hint\n"
            " --> segue.yml:1:34\n"
            "  |\n"
            "1 | lint: {severity: {unused-metric: fatal}}\n"
            "  |                                  ^^^^^",
        ),
        (
            "lint: {options: {deep-nesting: {deepest: many}}}",
            "error[SEG061]: `deepest` of `deep-nesting` should be a whole number\n"
            " --> segue.yml:1:42\n"
            "  |\n"
            "1 | lint: {options: {deep-nesting: {deepest: many}}}\n"
            "  |                                          ^^^^",
        ),
        (
            "lint: {options: {deep-nesting: {depth: 3}}}",
            "error[SEG060]: the rule `deep-nesting` has no setting `depth`\n"
            " --> segue.yml:1:33\n"
            "  |\n"
            "1 | lint: {options: {deep-nesting: {depth: 3}}}\n"
            "  |                                 ^^^^^\n"
            "  = help: did you mean `deepest`?",
        ),
        (
            "lint: strict",
            "error[SEG061]: `lint` should be settings by name\n"
            " --> segue.yml:1:1\n"
            "  |\n"
            "1 | lint: strict\n"
            "  | ^^^^\n"
            "  = help: for example `lint: {ignore: [unused-metric]}`",
        ),
    ],
)
def test_what_is_wrong_with_settings_is_said_where_it_stands(settings: str, expected: str) -> None:
    _, wrong = read_configuration(settings, "segue.yml")

    assert [render(d, {"segue.yml": settings}) for d in wrong] == [expected]


@pytest.mark.parametrize(
    "settings",
    ["lint:", "lint: []", "lint: {severity: error}", "lint: {per-path: [a]}", "lint: {options: 1}"],
)
def test_settings_of_the_wrong_shape_are_findings(settings: str) -> None:
    _, wrong = read_configuration(settings, "segue.yml")

    assert [d.code for d in wrong] == ["SEG061"]
