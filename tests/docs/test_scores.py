"""The page about scores: its rules compile, and its errors are the ones people see."""

import re
from dataclasses import replace
from pathlib import Path

from docs.test_guide import blocks

from segue.compiler.analysis.analysis import AnalysisResult, analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.scores.estimators import DEFAULTS, ESTIMATORS
from segue.compiler.scores.library import NONE, Header, Known, Models
from segue.compiler.scores.model import ScoreKind
from segue.grammar.diagnostics import render
from segue.grammar.format import format_source
from segue.grammar.parser import parse
from segue.runtime.scores.gather import features_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scores.md").read_text("utf-8")
RULES = blocks(PAGE, "seg")


def analysed(text: str, models: Models = NONE, more: str = "") -> AnalysisResult:
    catalog = load_catalog((ROOT / "rulesets/behavioral/catalog.yml").read_text("utf-8")).catalog
    assert catalog is not None
    files = {"scores.seg": text, "segments.seg": more}
    return analyse(
        [Source((), parse(body, name).module) for name, body in files.items()],
        catalog,
        models=models,
    )


def test_the_examples_compile_together_and_are_formatted() -> None:
    result = analysed("\n".join(RULES))

    assert result.diagnostics == ()
    assert list(result.known.scores) == ["churn_risk", "predicted_ltv"]
    assert [format_source(text, "a.seg") for text in RULES] == RULES


def test_a_feature_that_looks_ahead_is_the_error_shown() -> None:
    _, score = RULES[0].split("\n\n")[:2]
    head, rest = score.split("  among")
    feature = "  from    opens_30d, exists(activity over next 30d)\n"
    training = rest[rest.index("  with") :]
    # Below the metrics, so that it stands in the line that the page shows.
    text = "\n" + head + feature + training + "\n" + RULES[0].split("\n\n")[0]

    found = analysed(text).diagnostics

    assert [render(d, {"scores.seg": text}) + "\n" for d in found] == blocks(PAGE, "text")[:1]


def test_a_model_of_another_feature_is_the_error_shown() -> None:
    score = analysed(RULES[0]).known.scores["churn_risk"]
    features = features_of(score)
    known = (replace(features[0], identity="of a window of 7 days"), *features[1:])
    header = Header("churn_risk", 1, "a digest", score.kind, known)
    text = "\nsegment a { when churn_risk() >= 80% }\n"
    rules = RULES[0].split("\n\ntiers")[0]

    found = analysed(rules, Known({"churn_risk": {1: header}}), text).diagnostics

    shown = [replace(d, related=()) for d in found]
    assert [render(d, {"segments.seg": text}) + "\n" for d in shown] == blocks(PAGE, "text")[1:]


def test_every_kind_and_every_estimator_is_named() -> None:
    assert all(f"| `{kind}` |" in PAGE for kind in ScoreKind)
    assert all(f"`{name}" in PAGE for name in ESTIMATORS)
    for name, differing in DEFAULTS.values():
        values = {**ESTIMATORS[name].defaults, **differing}
        written = re.findall(rf"`{name}\((.*?)\)`", PAGE)
        assert any(all(f"{key} = {values[key]}" in text for key in differing) for text in written)
