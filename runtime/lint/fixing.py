"""What fixing the findings of a project makes of its files."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Finding
from segue.compiler.lint.fixes import Fixed, fix_all
from segue.compiler.lint.lint import lint
from segue.compiler.lint.policy import Policy
from segue.grammar.parser import parse
from segue.runtime.lint.baseline import judge
from segue.runtime.lint.linting import facts_of, is_complete, lint_checked
from segue.runtime.lint.outcome import Wishes
from segue.runtime.ruleset import Checked, check_project, trained_models
from segue.runtime.solver.session import kept_session


@dataclass(frozen=True, slots=True)
class Change:
    """A rule file as it is, and as fixing leaves it."""

    path: str
    before: str
    after: str


def find_fixes(
    root: Path, wishes: Wishes, baseline: frozenset[str], *, unsafe: bool
) -> tuple[list[Change], int]:
    """How fixing what is not in the baseline changes the files, and how many fixes that takes."""
    checked = check_project(root)
    policy = wishes.policy(checked.reading.config.lint)
    with kept_session(root) if wishes.solver else nullcontext() as solver:
        found = lint_checked(checked, wishes, solver).findings
    new = judge(found, baseline).new
    fixed = fix_project(checked, policy, new, baseline, unsafe=unsafe)
    before = checked.texts
    changes = [
        Change(path, before[path], text)
        for path, text in fixed.texts.items()
        if text != before[path]
    ]
    return changes, fixed.fixes


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
    complete = is_complete(checked)
    models = trained_models(checked.root)
    sound = checked.result is not None and not checked.result.diagnostics

    def check(changed: Mapping[str, str]) -> Sequence[Finding] | None:
        for path, text in changed.items():
            if trees[path][0] != text:
                trees[path] = (text, parse(text, path).module)
        sources = [Source(modules[path], trees[path][1]) for path in changed]
        result = analyse(sources, catalog, models=models)
        if sound and result.diagnostics:
            return None  # A fix broke a ruleset that was sound.
        context = Context(sources, changed, catalog, result, facts)
        return judge(lint(context, policy, complete=complete).findings, baseline).new

    return fix_all(texts, findings, check, unsafe=unsafe)
