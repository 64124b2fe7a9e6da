"""Lifecycles as pictures: the texts are golden files, `customer.svg` is one to look at."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from segue.compiler.plan.windows import DAY
from segue.runtime.cli import main
from segue.runtime.history.lifecycle import LifecycleHistory, Stays
from segue.runtime.history.sizes import Size
from segue.runtime.pictures.mermaid import mermaid
from segue.runtime.pictures.picture import Picture, picture_of
from segue.runtime.pictures.svg import svg
from segue.runtime.ruleset import load_ruleset

PROJECT = Path(__file__).parents[2] / "rulesets" / "lifecycle"
CUSTOMER = load_ruleset(PROJECT).plan.lifecycles["customer"]
STAGES = tuple(CUSTOMER.stages)


def counted() -> Picture:
    """As after some runs."""
    sizes = dict(zip(STAGES, (120, 80, 300, 40, 25, 10), strict=True))
    matrix = {
        (None, "prospect"): 500,
        ("prospect", "new_customer"): 210,
        ("prospect", None): 170,
        ("new_customer", "repeat_customer"): 130,
        ("repeat_customer", "vip_customer"): 55,
        ("repeat_customer", "at_risk"): 31,
        ("at_risk", "repeat_customer"): 6,
        ("vip_customer", "advocate"): 15,
    }
    stays = {stage: Stays(10, 40 * DAY, 5) for stage in STAGES[:3]}
    history = LifecycleHistory("customer", STAGES, (Size(1, 0, 600, sizes),), matrix, stays)
    return picture_of(CUSTOMER, history)


def test_mermaid(golden: Callable[[Path, str], None]) -> None:
    golden(Path(__file__).with_name("customer.mmd"), mermaid(counted()))


def test_svg(golden: Callable[[Path, str], None]) -> None:
    golden(Path(__file__).with_name("customer.svg"), svg(counted()))


def test_a_picture_without_a_store_has_no_counts() -> None:
    picture = picture_of(CUSTOMER)
    assert "(" not in mermaid(picture)
    assert "stroke-dasharray" not in svg(picture)


@pytest.mark.parametrize("picture", [counted(), picture_of(CUSTOMER)], ids=["counted", "plain"])
def test_everything_lies_within_the_picture(picture: Picture) -> None:
    root = ElementTree.fromstring(svg(picture))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    space = "{http://www.w3.org/2000/svg}"
    paths = [p.attrib["d"] for p in root.findall(f"{space}path")]
    assert len(paths) == len(picture.arrows)
    for path in paths:
        points = [pair.split(",") for pair in path.replace("M", "").replace("C", "").split()]
        (x0, y0), (x1, _), _, (_, y1) = [(float(x), float(y)) for x, y in points]
        assert 0 < x0 + (x1 - x0) * 3 / 4 < width
        assert 0 < min(y0, y1) < max(y0, y1) < height


def test_a_title_cannot_break_out_of_the_picture() -> None:
    plain = picture_of(CUSTOMER)
    evil = Picture(plain.name, "</text><script>alert(1)</script>", plain.stages, (), False)
    assert "<script" not in svg(evil)


# ------------------------------------------------------------------------ the command


def graph(*arguments: str | Path) -> Result:
    words = ["graph", *map(str, arguments), "--project", str(PROJECT)]
    return CliRunner().invoke(main, words)


def test_mermaid_is_printed_and_svg_written(tmp_path: Path) -> None:
    assert "stateDiagram-v2" in graph("customer").output
    assert graph("customer", "--out", tmp_path / "a.svg").exit_code == 0
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")


def test_a_file_whose_name_says_no_format_is_refused(tmp_path: Path) -> None:
    result = graph("customer", "--out", tmp_path / "c.png")
    assert result.exit_code == 2
    assert "`c.png` does not say a format" in result.output
    assert not list(tmp_path.iterdir())


def test_an_unknown_lifecycle_is_refused() -> None:
    result = graph("custmer")
    assert result.exit_code == 2
    assert "did you mean `customer`?" in result.output
