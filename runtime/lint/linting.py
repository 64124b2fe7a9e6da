"""The linter run on a project that was checked."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from segue.compiler.analysis.symbols import Source
from segue.compiler.lint.context import Context, Facts
from segue.compiler.lint.lint import LintResult, lint
from segue.compiler.lint.policy import Policy
from segue.grammar.diagnostics import Severity
from segue.runtime.configuration import Configuration
from segue.runtime.lint.outcome import Outcome, Wishes
from segue.runtime.lint.report import as_findings
from segue.runtime.ruleset import Checked

if TYPE_CHECKING:
    from segue.compiler.solver.solver import Solver


def lint_checked(checked: Checked, wishes: Wishes, solver: "Solver | None" = None) -> Outcome:
    """All findings of a project that was read and analysed already.

    `solver` is for the rules that need one.
    """
    result = lint_project(checked, wishes.policy(checked.reading.config.lint), solver)
    order = {path: place for place, path in enumerate(checked.texts)}
    linted = result.findings
    if checked.ruleset is None:
        # Who has errors to mend is not helped by hints.
        linted = tuple(f for f in linted if f.diagnostic.severity is not Severity.HINT)
    findings = sorted(
        (*as_findings(checked.diagnostics), *linted),
        key=lambda f: (order.get(f.diagnostic.span.path, -1), f.diagnostic.span.start),
    )
    return Outcome(
        tuple(findings), result.suppressed, checked.files, checked.texts, result.undecided
    )


def lint_project(
    checked: Checked, policy: Policy | None = None, solver: "Solver | None" = None
) -> LintResult:
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
    return lint(context, policy or reading.config.lint, complete=is_complete(checked))


def is_complete(checked: Checked) -> bool:
    """Whether every file of a project could be read without an error."""
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
