"""`segue check`: what is wrong with a project, all of it, and what could be better."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.runtime.cli.arguments import projects_of
from segue.runtime.cli.collector import without_collector
from segue.runtime.cli.options import database_option, target_option
from segue.runtime.files import difference, replace_file
from segue.runtime.lint.baseline import FILE, judge, read_baseline, write_baseline
from segue.runtime.lint.checking import check_and_lint, seen_from_here, undecided_from_here
from segue.runtime.lint.formats.registry import FORMATS, writer
from segue.runtime.lint.outcome import Outcome, Wishes
from segue.runtime.lint.report import Report, fails, together
from segue.runtime.terminal import from_here, relocate, show

if TYPE_CHECKING:
    from segue.runtime.lint.fixing import Change


def _selectors(
    _ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Rules from the command line, several to an option."""
    words = tuple(word for value in values for word in value.replace(",", " ").split())
    if words:
        # Knows all rules: only for those who name some.
        from segue.runtime.lint.settings import unknown_selector

        for word in words:
            hint = unknown_selector(word)
            if hint is not None:
                raise click.BadParameter(f"there is no rule `{word}`; {hint}")
    return words


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--fix", is_flag=True, help="Make the fixes that keep every segment's members.")
@click.option("--unsafe-fixes", "unsafe", is_flag=True, help="Make all fixes; read the diff.")
@click.option("--diff", "only_diff", is_flag=True, help="Print what fixing would change.")
@click.option(
    "--select", metavar="RULES", multiple=True, callback=_selectors, help="Run only these rules."
)
@click.option(
    "--ignore", metavar="RULES", multiple=True, callback=_selectors, help="Leave these rules out."
)
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=f"Leave out the findings of this file; default: {FILE}, if the project has one.",
)
@click.option("--write-baseline", "write", is_flag=True, help="Put all findings in the baseline.")
@click.option(
    "--solver/--no-solver",
    default=True,
    help="Prove things about segments (SEG2xx); answers are kept in .segue_cache.",
)
@click.option("--strict", is_flag=True, help="Hints fail as well.")
@click.option(
    "--partitions",
    is_flag=True,
    help="Look in the warehouse instead: are all rows in the partitions that the catalog says?",
)
@target_option
@database_option
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    fix: bool,
    unsafe: bool,
    only_diff: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    style: str,
    baseline: Path | None,
    write: bool,
    solver: bool,
    strict: bool,
    partitions: bool,
    target: str | None,
    database: str | None,
    exit_zero: bool,
) -> None:
    """Find what is wrong with the rules and the catalog, and what could be better.

    A PATH is a project, or any file or folder in one, which is then checked as a whole: a
    change in one file can break a rule in another. Without PATH: the project around the working
    folder. RULES are codes (SEG101), beginnings of codes (SEG3), names or categories;
    `segue explain-rule` says what each rule is about.

    Exits with 0 when there are no errors and warnings, 1 when there are, 2 when it could not check.

    \b
    segue check
    segue check --fix
    segue check --partitions --target prod
    segue check rulesets/shop --select SEG1,unused-metric --format concise
    """
    ctx.with_resource(without_collector())
    if partitions:
        found = [
            shown for root in projects_of(paths) for shown in _misplaced(root, target, database)
        ]
        click.echo("\n\n".join(found) or "all rows are in the partitions that the catalog says")
        ctx.exit(1 if found and not exit_zero else 0)
    reports, differs = [], False
    for root in projects_of(paths):
        wishes = Wishes(select, ignore, solver)
        file = baseline or root / FILE
        known = frozenset() if write else _baseline(file, must_exist=baseline is not None)
        fixed = 0
        if fix or unsafe or only_diff:
            from segue.runtime.lint.fixing import find_fixes  # With parser, analysis and rules.

            changes, fixed = find_fixes(root, wishes, known, unsafe=unsafe)
            if only_diff:
                differs = _print_diff(root, changes) or differs
                continue
            for change in changes:
                replace_file(root / change.path, change.after)
        outcome = check_and_lint(root, wishes)
        if write:
            write_baseline(file, outcome.findings)
            known = read_baseline(file)
        reports.append(_report(root, outcome, known, fixed))
    if only_diff:
        ctx.exit(1 if differs and not exit_zero else 0)
    report = together(reports)
    click.echo(writer(style)(report))
    if fails(report, strict=strict) and not exit_zero:
        ctx.exit(1)


def _misplaced(root: Path, target: str | None, database: str | None) -> list[str]:
    """What is wrong with the partitions of a project's tables, with line and caret."""
    # With the drivers of warehouses.
    from segue.runtime.project import load_project
    from segue.runtime.warehouse.connect import chosen_target, connect
    from segue.runtime.warehouse.failures import told_with_catalog
    from segue.runtime.warehouse.misplaced import misplaced_rows

    project = load_project(root)
    chosen = chosen_target(project, target, database)
    with (
        connect(chosen, read_only=True) as warehouse,
        told_with_catalog(project, warehouse.engine),
    ):
        warehouse.inspect(project.catalog)
        found = list(misplaced_rows(warehouse, project.catalog))
    moved, texts = relocate(found, project.texts, project.root)
    return [show(diagnostic, texts) for diagnostic in moved]


def _baseline(file: Path, *, must_exist: bool) -> frozenset[str]:
    return read_baseline(file) if must_exist or file.is_file() else frozenset()


def _print_diff(root: Path, changes: "Sequence[Change]") -> bool:
    path = from_here(root)
    for change in changes:
        click.echo(difference(change.before, change.after, path(change.path), "fixed"), nl=False)
    return bool(changes)


def _report(root: Path, outcome: Outcome, known: frozenset[str], fixed: int) -> Report:
    judged = judge(outcome.findings, known)
    findings, texts = seen_from_here(judged.new, outcome.texts, root)
    return Report(
        findings,
        texts,
        outcome.files,
        outcome.suppressed,
        judged.known,
        judged.gone,
        fixed,
        undecided_from_here(outcome.undecided, root),
    )
