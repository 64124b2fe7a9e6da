"""`segue test`: whether the rules do what their tests say."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from segue.grammar.diagnostics import Diagnostic, SegueError
from segue.runtime.cli.options import format_option
from segue.runtime.cli.written_tests import (
    selected_rules,
    write_findings,
    write_moves,
    write_uncovered,
)
from segue.runtime.coverage.document import as_json as coverage_json
from segue.runtime.coverage.lcov import as_lcov
from segue.runtime.coverage.observe import Coverage, cover
from segue.runtime.coverage.table import percent_text, print_coverage
from segue.runtime.layout import find_project
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.testing.discover import find_test_files
from segue.runtime.testing.judge import Result
from segue.runtime.testing.model import Case
from segue.runtime.testing.read import read_tests
from segue.runtime.testing.report import as_json, as_junit, text_lines
from segue.runtime.testing.run import run_cases


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("-k", "wanted", metavar="TEXT", help="Only tests with this in their file or name.")
@format_option(
    "text", "json", "junit", help="For people, as JSON, or as JUnit XML for a CI system."
)
@click.option("--coverage", "table", is_flag=True, help="Show which conditions the tests tried.")
@click.option(
    "--coverage-html",
    "html",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the coverage as pages: each rule file, its conditions marked.",
)
@click.option(
    "--coverage-lcov",
    "lcov",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the coverage for genhtml, editors and review tools.",
)
@click.option(
    "--coverage-json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the coverage as JSON.",
)
@click.option(
    "--fail-under",
    "least",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Fail where less than this is covered.",
)
@click.option(
    "--write", is_flag=True, help="Write a test for each condition that no test has tried."
)
@click.option(
    "--from-diff",
    "base",
    metavar="BASE",
    help="With --write: write tests of who enters and who leaves since BASE instead.",
)
@click.option(
    "--from-lint",
    "rules",
    metavar="[RULES]",
    is_flag=False,
    flag_value="",
    help="With --write: write tests of the customers whom findings of `segue check` show instead; "
    "of all rules, or of these.",
)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    wanted: str | None,
    style: str,
    table: bool,
    html: Path | None,
    lcov: Path | None,
    json_file: Path | None,
    least: float | None,
    write: bool,
    base: str | None,
    rules: str | None,
) -> None:
    """Run the tests of the rules.

    A PATH is a project, a folder in one, or a file of tests. Without PATH: all tests of the
    project around the working folder, which are the files that end in .test.yml in its tests
    folder and beside its rules. Every test runs in Python and in DuckDB, and both must agree.

    --coverage says of each condition of each rule whether it was true, false and missing in
    some test that expects something of the rule, and whether it decided (MC/DC).

    --write looks for customers who show what is not covered, and adds them to the files of tests
    with what the rules make of them, marked `unconfirmed: true`: a person decides whether that is
    meant.

    --write --from-diff BASE does so for each segment that has changed since BASE, a revision of
    git or a folder as of `segue diff`: the customer who enters and the one who leaves become
    tests of the new rules.

    --write --from-lint does so for the findings of `segue check` that a customer shows, such as
    one who is in two segments that are asserted to be disjoint.

    Exits with 0 when all pass, 1 when some fail or less than --fail-under is covered, 2 when
    they could not run.

    \b
    segue test
    segue test --coverage --fail-under 80
    segue test shop/tests/engagement.test.yml -k keen
    segue test --write
    segue test --write --from-diff main
    segue test --write --from-lint=SEG206
    """
    root = _only_project(paths)
    _check_write(write, wanted, [path for path in paths if path.resolve() != root], base, rules)
    selected = selected_rules(rules)
    ruleset = load_ruleset(root)
    began = time.monotonic()
    cases, texts = _read_cases(ruleset, paths, needed=not write)
    cases = _chosen(cases, wanted, needed=not write)
    results = run_cases(ruleset.plan, cases)
    seconds = time.monotonic() - began
    _print_results(results, seconds, style)
    enough = True
    uncovered = write and base is None and rules is None
    if table or html or lcov or json_file or least is not None or uncovered:
        coverage = cover(ruleset, results)
        if table:
            print_coverage(coverage, to_errors=style != "text")
        _write_coverage(coverage, ruleset.project.texts, html, lcov, json_file)
        enough = least is None or _is_enough(coverage, least)
        if uncovered:
            write_uncovered(ruleset, coverage, results, texts)
    if base is not None:
        write_moves(ruleset, base, cases, texts)
    if selected is not None:
        write_findings(ruleset, selected, cases, texts)
    if not enough or not all(result.passed for result in results):
        ctx.exit(1)


def _check_write(
    write: bool, wanted: str | None, inside: Sequence[Path], base: str | None, rules: str | None
) -> None:
    """Refuses options that do not go together; `inside` are the paths that are no project."""
    if write and (wanted is not None or inside):
        raise Refusal(
            "--write looks at all tests of a project", "leave out -k, and paths inside the project"
        )
    for option, given in (("--from-diff", base), ("--from-lint", rules)):
        if given is not None and not write:
            raise Refusal(f"{option} says which tests to write", "add --write")


def _print_results(results: Sequence[Result], seconds: float, style: str) -> None:
    match style:
        case "json":
            click.echo(as_json(results))
        case "junit":
            click.echo(as_junit(results, seconds))
        case _:
            click.echo("\n".join(text_lines(results, seconds)))


def _only_project(paths: Sequence[Path]) -> Path:
    """The folder of the project that all paths are in."""
    for path in paths:
        if not path.exists():
            raise Refusal(f"there is no file or folder `{path}`")
    roots = {find_project(path): path for path in paths or (Path(),)}
    if len(roots) > 1:
        first, second, *_ = roots.values()
        raise Refusal(
            f"`{first}` and `{second}` are of different projects", "test one project at a time"
        )
    return next(iter(roots))


def _read_cases(
    ruleset: Ruleset, paths: Sequence[Path], *, needed: bool
) -> tuple[list[Case], dict[str, str]]:
    """The tests, and the texts of their files by path; raises `SegueError` where one is wrong."""
    cases: list[Case] = []
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for file in find_test_files(ruleset.project, paths, needed=needed):
        name = os.path.relpath(file).replace(os.sep, "/")
        texts[name] = _read(file)
        read, diagnostics = read_tests(texts[name], name, ruleset.plan)
        cases += read
        found += diagnostics
    if found:
        raise SegueError(found, texts)
    return cases, texts


def _chosen(cases: list[Case], wanted: str | None, *, needed: bool) -> list[Case]:
    """The tests with the wanted text in their name."""
    if wanted is not None:
        cases = [case for case in cases if wanted.lower() in case.id.lower()]
    if not cases and needed:
        # A misspelt name would otherwise be a success.
        what = "there are no tests" if wanted is None else f"no test has `{wanted}` in its name"
        raise Refusal(f"{what} in the files that were read")
    return cases


def _write_coverage(
    coverage: Coverage,
    texts: Mapping[str, str],
    html: Path | None,
    lcov: Path | None,
    json_file: Path | None,
) -> None:
    if html is not None:
        # Jinja is slow to import.
        from segue.runtime.coverage.pages import write_pages

        click.echo(f"wrote {write_pages(coverage, texts, html)}", err=True)
    for path, render in ((lcov, as_lcov), (json_file, coverage_json)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(coverage), encoding="utf-8", newline="\n")
            click.echo(f"wrote {path}", err=True)


def _is_enough(coverage: Coverage, least: float) -> bool:
    found = coverage.share
    if found.percent >= least:
        return True
    click.echo(
        f"covered {found.covered} of {found.total} ({percent_text(found)}), "
        f"and --fail-under asks for {least:g}%",
        err=True,
    )
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"`{path}` is not UTF-8 text", "save the file as UTF-8") from None
