"""`segue check` of one project: what is wrong with it, what its rules say, and the fixes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from segue.compiler.lint.finding import Edit, Finding
from segue.grammar.diagnostics import Severity
from segue.runtime.lint.baseline import judge
from segue.runtime.lint.cache import Cache, Inputs
from segue.runtime.lint.linting import fix_project, lint_project
from segue.runtime.lint.outcome import Outcome, Wishes
from segue.runtime.lint.report import as_findings
from segue.runtime.ruleset import Checked, check_project
from segue.runtime.terminal import from_here, relocated


@dataclass(frozen=True, slots=True)
class Change:
    """A rule file as it is, and as fixing leaves it."""

    path: str
    before: str
    after: str


def check_and_lint(root: Path, wishes: Wishes) -> Outcome:
    """Everything that is wrong with a project, and that its lint rules say of it.

    Where nothing has changed since the same was asked, it is what was found then.
    """
    cache = Cache(root)
    known = cache.get(wishes.key)
    if known is not None:
        return known
    checked = check_project(root)
    outcome = lint_checked(checked, wishes)
    config = checked.reading.config
    cache.put(
        wishes.key,
        Inputs(config.catalog, config.rules, config.ignore, config.templates),
        outcome,
    )
    return outcome


def find_fixes(
    root: Path, wishes: Wishes, baseline: frozenset[str], *, unsafe: bool
) -> tuple[list[Change], int]:
    """How fixing what is not in the baseline changes the files, and how many fixes that takes."""
    checked = check_project(root)
    policy = wishes.policy(checked.reading.config.lint)
    new = judge(lint_checked(checked, wishes).findings, baseline).new
    fixed = fix_project(checked, policy, new, baseline, unsafe=unsafe)
    before = checked.texts
    changes = [
        Change(path, before[path], text)
        for path, text in fixed.texts.items()
        if text != before[path]
    ]
    return changes, fixed.fixes


def lint_checked(checked: Checked, wishes: Wishes) -> Outcome:
    """All findings of a project that was read and analysed already."""
    result = lint_project(checked, wishes.policy(checked.reading.config.lint), wishes.solver)
    order = {path: place for place, path in enumerate(checked.texts)}
    linted = result.findings
    if checked.ruleset is None:
        # Who has errors to mend is not helped by hints.
        linted = tuple(f for f in linted if f.diagnostic.severity is not Severity.HINT)
    findings = sorted(
        (*as_findings(checked.diagnostics), *linted),
        key=lambda f: (order.get(f.diagnostic.span.path, -1), f.diagnostic.span.start),
    )
    return Outcome(tuple(findings), result.suppressed, checked.files, checked.texts)


def seen_from_here(
    findings: Iterable[Finding], texts: Mapping[str, str], root: Path
) -> tuple[list[Finding], dict[str, str]]:
    """Findings and texts with paths that a terminal can open."""
    path = from_here(root)
    moved = [_moved(finding, path) for finding in findings]
    return moved, {path(name): text for name, text in texts.items()}


def _moved(finding: Finding, path: Callable[[str], str]) -> Finding:
    fix = finding.fix
    if fix is not None:
        edits = (Edit(e.span._replace(path=path(e.span.path)), e.text) for e in fix.edits)
        fix = replace(fix, edits=tuple(edits))
    return replace(finding, diagnostic=relocated(finding.diagnostic, path), fix=fix)
