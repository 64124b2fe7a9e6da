"""The pages in `docs/rules` are those that the rules make.

`SEGUE_UPDATE=1 pytest tests/lint/test_pages.py` writes them anew; read the diff.
"""

import os

import pytest

from lint.ruleset import ROOT
from segue.compiler.lint.pages import pages
from segue.compiler.lint.registry import rules

FOLDER = ROOT / "docs" / "rules"
PAGES = pages(rules().values())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    if os.environ.get("SEGUE_UPDATE"):
        (FOLDER / name).write_text(PAGES[name], encoding="utf-8", newline="\n")
    assert (FOLDER / name).read_text("utf-8") == PAGES[name], (
        "run `segue explain-rule --all --out docs/rules`"
    )


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == PAGES.keys()
