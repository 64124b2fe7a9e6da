"""Rulesets for tests of the linter, over the catalog of the rules' examples."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.codes import NOT_YET_SUPPORTED
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.lint.context import Context
from segue.compiler.lint.lint import LintResult, lint
from segue.compiler.lint.policy import Policy
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.library import Header, Known, Models
from segue.grammar.diagnostics import render
from segue.grammar.parser import parse
from segue.runtime.scores.gather import features_of

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "docs" / "rules" / "catalog.yml"


def catalog() -> Catalog:
    found = load_catalog(CATALOG.read_text("utf-8"), "catalog.yml")
    assert found.catalog is not None, found.diagnostics
    return found.catalog


def context_of(texts: Mapping[str, str], **parts: Any) -> Context:
    """A ruleset of files; a folder in a file's path is a module."""
    sources = [
        Source(tuple(path.split("/")[:-1]), parse(text, path).module)
        for path, text in texts.items()
    ]
    shop = catalog()
    models = trained(analyse(sources, shop).known)
    return Context(sources, texts, shop, analyse(sources, shop, models=models), **parts)


def trained(plan: Plan) -> Models:
    """Every score of a plan as if its third model had just been trained."""
    headers = {
        name: {3: Header(name, 3, "a digest", score.kind, features_of(score))}
        for name, score in plan.scores.items()
    }
    return Known(headers)


def linted(text: str, policy: Policy | None = None, **parts: Any) -> LintResult:
    """What the linter says of one file, which must be free of errors."""
    context = context_of({"rules.seg": text}, **parts)
    wrong = [
        render(d, {"rules.seg": text})
        for d in context.analysis.diagnostics
        if d.code != NOT_YET_SUPPORTED.id
    ]
    assert not wrong, "\n".join(wrong)
    return lint(context, policy)


def codes(result: LintResult) -> list[str]:
    return [finding.diagnostic.code for finding in result.findings]
