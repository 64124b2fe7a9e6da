"""`segue check` of one project: what is wrong with it, and what its rules say."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from segue.compiler.lint.finding import Edit, Finding, Undecided
from segue.runtime.lint.cache import Cache, Inputs
from segue.runtime.lint.outcome import Outcome, Wishes
from segue.runtime.terminal import from_here, relocated

if TYPE_CHECKING:
    from segue.runtime.solver.session import Session


def check_and_lint(root: Path, wishes: Wishes) -> Outcome:
    """Everything that is wrong with a project, and that its lint rules say of it.

    Where nothing has changed since the same was asked, it is what was found then.
    """
    cache = Cache(root)
    return cache.get(wishes.key) or _look(root, wishes, cache)


def _look(root: Path, wishes: Wishes, cache: Cache) -> Outcome:
    # Parser, analysis and rules: who has nothing changed does not wait for them.
    from segue.runtime.lint.linting import lint_checked
    from segue.runtime.ruleset import check_project

    checked = check_project(root)
    with _solver(root) if wishes.solver else nullcontext() as solver:
        outcome = lint_checked(checked, wishes, solver)
    # Where time was short, the same question may have another answer next time.
    if solver is None or not solver.late:
        config = checked.reading.config
        inputs = Inputs(config.catalog, config.rules, config.ignore, config.templates)
        cache.put(wishes.key, inputs, outcome)
    return outcome


def _solver(root: Path) -> "AbstractContextManager[Session]":
    # It loads the Python backend, to confirm what is found.
    from segue.runtime.solver.session import kept_session

    return kept_session(root)


def seen_from_here(
    findings: Iterable[Finding], texts: Mapping[str, str], root: Path
) -> tuple[list[Finding], dict[str, str]]:
    """Findings and texts with paths that a terminal can open."""
    path = from_here(root)
    moved = [_moved(finding, path) for finding in findings]
    return moved, {path(name): text for name, text in texts.items()}


def undecided_from_here(undecided: Iterable[Undecided], root: Path) -> list[Undecided]:
    """Undecided segments with paths that a terminal can open."""
    path = from_here(root)
    return [replace(u, span=u.span._replace(path=path(u.span.path))) for u in undecided]


def _moved(finding: Finding, path: Callable[[str], str]) -> Finding:
    fix = finding.fix
    if fix is not None:
        edits = (Edit(e.span._replace(path=path(e.span.path)), e.text) for e in fix.edits)
        fix = replace(fix, edits=tuple(edits))
    return replace(finding, diagnostic=relocated(finding.diagnostic, path), fix=fix)
