"""`segue test --write`: which tests are written, and the report of them.

What looks for customers, the solver, is slow to import: each way imports it when asked for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from segue.runtime.coverage.observe import Coverage
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset
from segue.runtime.testing.judge import Result
from segue.runtime.testing.model import Case


def selected_rules(rules: str | None) -> tuple[str, ...] | None:
    """The lint rules of --from-lint; none of them stands for all, and None for no such option."""
    if rules is None:
        return None
    # Knows all rules: only for those who name some.
    from segue.runtime.lint.settings import unknown_selector

    words = tuple(rules.replace(",", " ").split())
    for word in words:
        hint = unknown_selector(word)
        if hint is not None:
            if Path(word).exists():
                hint = f"a path goes before the option: `segue test {word} --write --from-lint`"
            raise Refusal(f"there is no rule `{word}`", hint)
    return words


def write_uncovered(
    ruleset: Ruleset, coverage: Coverage, results: Sequence[Result], texts: Mapping[str, str]
) -> None:
    """Writes a test for each condition that none has tried."""
    from segue.runtime.coverage.write import report_lines, write_tests

    click.echo(
        "\n".join(report_lines(write_tests(ruleset, coverage, results, texts), coverage)), err=True
    )


def write_moves(
    ruleset: Ruleset, base: str, cases: Sequence[Case], texts: Mapping[str, str]
) -> None:
    """Writes tests of who enters and who leaves since `base`."""
    from segue.compiler.diff.compare import compare
    from segue.runtime.diff.examples import report_lines, write_examples
    from segue.runtime.diff.versions import load_version
    from segue.runtime.solver.session import kept_session

    root = ruleset.project.root
    older = load_version(base, root)
    with kept_session(root) as session:
        # Comparing adds the older rules to the graph of the newer ones.
        diff = compare(older.ruleset.plan, ruleset.plan, session)
    written = write_examples(ruleset, diff, older.name, cases, texts)
    click.echo("\n".join(report_lines(written)), err=True)


def write_findings(
    ruleset: Ruleset, rules: Sequence[str], cases: Sequence[Case], texts: Mapping[str, str]
) -> None:
    """Writes tests of the customers whom findings of `segue check` show."""
    from segue.runtime.lint.examples import findings_of, report_lines, write_examples

    written = write_examples(ruleset, findings_of(ruleset.project.root, rules), cases, texts)
    click.echo("\n".join(report_lines(written)), err=True)
