"""The rulesets to copy are as the linter would have them, the solver's rules included."""

from pathlib import Path

import pytest

from segue.grammar.diagnostics import render
from segue.runtime.lint.linting import lint_checked
from segue.runtime.lint.outcome import Wishes
from segue.runtime.ruleset import check_project
from segue.runtime.solver.session import Session

ROOT = Path(__file__).parents[2] / "rulesets"
PROJECTS = sorted({file.parent for file in ROOT.glob("*/*.seg")})


@pytest.mark.parametrize("root", PROJECTS, ids=lambda root: root.name)
def test_a_shipped_ruleset_has_no_findings(root: Path) -> None:
    outcome = lint_checked(check_project(root), Wishes(), Session())

    assert [render(f.diagnostic, outcome.texts) for f in outcome.findings] == []
