"""What a person reads when a catalog is wrong: one golden file per mistake.

`SEGUE_UPDATE=1 pytest tests/catalog/test_errors.py` writes the golden files anew; read the diff.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from segue.compiler.catalog.codes import CODES
from segue.compiler.catalog.load import load_catalog
from segue.grammar.codes import Code
from segue.grammar.diagnostics import render

CASES = sorted((Path(__file__).parent / "errors").glob("*.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_message_is_the_golden_one(case: Path, golden: Callable[[Path, str], None]) -> None:
    text = case.read_text("utf-8")
    result = load_catalog(text, case.name)
    shown = "\n\n".join(render(d, {case.name: text}) for d in result.diagnostics) + "\n"
    assert result.catalog is None
    golden(case.with_suffix(".txt"), shown)


def test_every_code_has_a_golden_case() -> None:
    shown = "".join(case.with_suffix(".txt").read_text("utf-8") for case in CASES)
    assert [code.id for code in CODES if code.id not in shown] == []


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_example_of_a_code_shows_it(code: Code) -> None:
    found = [d.code for d in load_catalog(code.example).diagnostics]
    assert code.id in found
