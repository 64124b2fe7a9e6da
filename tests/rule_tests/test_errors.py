"""Each `errors/*.yml` is a file of tests with mistakes; beside it is what is said about them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rule_tests.conftest import CATALOG, RULES
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.grammar.diagnostics import render
from segue.grammar.parser import parse
from segue.runtime.testing.read import read_tests

FILES = sorted((Path(__file__).parent / "errors").glob("*.yml"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], catalog).plan
    assert plan is not None
    return plan


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_findings(path: Path, plan: Plan, golden: Callable[[Path, str], None]) -> None:
    text = path.read_text("utf-8")
    _, found = read_tests(text, path.name, plan)
    rendered = "\n\n".join(render(d, {path.name: text}) for d in found) + "\n"
    golden(path.with_suffix(".txt"), rendered)
