"""Model cards: what a reviewer reads beside a model, made of its file alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scores import drawn
from segue.compiler.scores.library import Header
from segue.runtime.scores.artefact import Trained, header_of
from segue.runtime.scores.card import html_card, markdown_card
from segue.runtime.scores.charts import calibration_chart, lift_chart
from segue.runtime.scores.report import Group, Importance

HERE = Path(__file__).parent
TRAINED = Trained(drawn.example(), drawn.report())
HEADER: Header = replace(header_of("churn_risk", 3, TRAINED), digest="d" * 64)


def test_a_card_as_markdown(golden: Callable[[Path, str], None]) -> None:
    golden(HERE / "card.md", markdown_card(HEADER, TRAINED))


def test_a_card_without_a_test_says_so() -> None:
    untested = replace(TRAINED, report=replace(TRAINED.report, validation=None))
    for card in (markdown_card(HEADER, untested), html_card(HEADER, untested)):
        assert "It could not be judged: there were no rows to judge it by." in card
        assert "How good it is" not in card


def test_no_text_of_a_model_becomes_part_of_the_page() -> None:
    evil = "</code><script>alert(1)</script>|`*"
    report = TRAINED.report
    assert report.validation is not None
    importance = (Importance(evil, 1.0, 0.1),)
    changed = replace(
        report,
        title=evil,
        remarks=(evil,),
        origin=replace(report.origin, label=evil, entity=evil),
        validation=replace(report.validation, importance=importance),
    )
    page = html_card(HEADER, replace(TRAINED, report=changed))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert "{{" not in html_card(HEADER, TRAINED)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_plot_stays_inside_its_picture(scale: float) -> None:
    groups = [Group(5, n * scale, (7 - n) * scale) for n in range(-3, 8)]
    text = lift_chart(groups)
    heights = [float(part.split('"')[0]) for part in text.split('height="')[1:]]
    assert all(0 <= height <= 300 for height in heights)
    assert "nan" not in text


def test_a_curve_of_nothing_but_zeros_is_drawn() -> None:
    assert "<circle" in calibration_chart([Group(5, 0.0, 0.0, 0.0, 0.0)])
