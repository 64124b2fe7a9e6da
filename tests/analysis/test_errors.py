"""Every wrong ruleset of `errors/` and what is said about it, over the catalog of the demo shop."""

from collections.abc import Callable
from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.grammar.diagnostics import render
from segue.grammar.parser import parse

FOLDER = Path(__file__).parent / "errors"
SHOP = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"


@pytest.fixture(scope="module")
def shop() -> Catalog:
    catalog = load_catalog(SHOP.read_text(encoding="utf-8")).catalog
    assert catalog is not None
    return catalog


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.seg")), ids=lambda path: path.stem)
def test_what_is_wrong_is_said(
    path: Path, shop: Catalog, golden: Callable[[Path, str], None]
) -> None:
    text = path.read_text(encoding="utf-8")
    parsed = parse(text, path.name)
    assert parsed.diagnostics == ()

    result = analyse([Source((), parsed.module)], shop)

    assert result.plan is None
    shown = "\n\n".join(render(d, {path.name: text}) for d in result.diagnostics)
    golden(path.with_suffix(".txt"), shown + "\n")
