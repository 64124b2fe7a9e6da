"""The linter run on a project that was checked, and again on the texts that fixes make of it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.lint.context import Context, Facts
from segue.compiler.lint.finding import Finding
from segue.compiler.lint.fixes import Fixed, fix_all
from segue.compiler.lint.lint import LintResult, lint
from segue.compiler.lint.policy import Policy
from segue.grammar.diagnostics import Severity
from segue.grammar.parser import parse
from segue.runtime.configuration import Configuration
from segue.runtime.lint.baseline import judge
from segue.runtime.ruleset import Checked


def lint_project(checked: Checked, policy: Policy | None = None, solver: Any = None) -> LintResult:
    """The findings of the lint rules in a checked project; none where its catalog is broken.

    `policy` is that of its settings unless given; `solver` is for the rules that need one.
    """
    reading, result = checked.reading, checked.result
    if reading.catalog is None or result is None:
        return LintResult(())
    context = Context(
        sources=[Source(source.module, source.tree) for source in reading.sources],
        texts=checked.texts,
        catalog=reading.catalog,
        analysis=result,
        facts=facts_of(checked.root, reading.config),
        solver=solver,
    )
    return lint(context, policy or reading.config.lint, complete=_complete(checked))


def fix_project(
    checked: Checked,
    policy: Policy,
    findings: Sequence[Finding],
    baseline: frozenset[str],
    *,
    unsafe: bool,
) -> Fixed:
    """The texts of the rule files with the findings fixed, as far as they have fixes.

    What fixing brings to light is fixed as well, unless it is in the baseline.
    """
    reading, catalog = checked.reading, checked.reading.catalog
    texts = {source.path: source.text for source in reading.sources}
    if catalog is None:
        return Fixed(texts, 0, findings)
    modules = {source.path: source.module for source in reading.sources}
    trees = {source.path: (source.text, source.tree) for source in reading.sources}
    facts = facts_of(checked.root, reading.config)
    complete = _complete(checked)
    sound = checked.result is not None and not checked.result.diagnostics

    def check(changed: Mapping[str, str]) -> Sequence[Finding] | None:
        for path, text in changed.items():
            if trees[path][0] != text:
                trees[path] = (text, parse(text, path).module)
        sources = [Source(modules[path], trees[path][1]) for path in changed]
        result = analyse(sources, catalog)
        if sound and result.diagnostics:
            return None  # A fix broke a ruleset that was sound.
        context = Context(sources, changed, catalog, result, facts)
        return judge(lint(context, policy, complete=complete).findings, baseline).new

    return fix_all(texts, findings, check, unsafe=unsafe)


def _complete(checked: Checked) -> bool:
    return not any(d.severity is Severity.ERROR for d in checked.reading.diagnostics)


def facts_of(root: Path, config: Configuration) -> Facts:
    """What the settings of a project say that rules may be held against."""
    templates = None
    if config.templates is not None:
        folder = root / config.templates
        templates = frozenset(
            os.path.relpath(Path(parent, name), folder).replace(os.sep, "/")
            for parent, _, names in os.walk(folder)
            for name in names
        )
    return Facts(None if config.actions is None else frozenset(config.actions), templates)
